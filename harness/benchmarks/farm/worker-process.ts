/** A worker as `littlefirst farm worker` runs it, in a process of its own, with another program in the place of `littlefirst run`. Words: worker file, program. */
import { loadWorker } from '../../farm/worker/config.js';
import { runWorker } from '../../farm/worker/worker.js';

const [file, ...program] = process.argv.slice(2);
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
await runWorker(await loadWorker(file), {
  ...{ signal: stop.signal, version: 'trial', program, examine: async () => [] },
  onNote: note => process.stderr.write(`${note}\n`),
});
