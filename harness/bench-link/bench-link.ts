import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { loadBundle } from '../model/bundle.js';
import { packagePath } from '../package-root.js';
import { benchLink, type LinkBenchOptions } from './link-bench.js';

/**
 * `npm run bench:link -- --json FILE [--windows N] [--naive N]`: how much of a 1 Mbaud line the stream uses, and how many windows a
 * second it carries beside a naive client. The first case gives the figures at the top; see README.md for the cases.
 */
const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    windows: { type: 'string', default: '40' },
    naive: { type: 'string', default: '3' },
  },
});

const usbFrameNs = 1e6;
const latencyTimerNs = 16e6;
const cases: (Pick<LinkBenchOptions, 'strategy' | 'level' | 'hostTurnaroundNs'> & { name: string })[] = [
  { name: 'line-bound', strategy: '1BDD', level: '133MHz', hostTurnaroundNs: usbFrameNs },
  { name: 'line-bound, host at once', strategy: '1BDD', level: '133MHz', hostTurnaroundNs: 0 },
  {
    name: 'line-bound, 16 ms latency timer',
    strategy: '1BDD',
    level: '133MHz',
    hostTurnaroundNs: latencyTimerNs,
  },
  { name: 'compute-bound', strategy: 'big-only', level: '24MHz', hostTurnaroundNs: usbFrameNs },
];

const bundle = await loadBundle(packagePath('fixtures', 'bundles', 'paper'));
const results = [];
for (const one of cases) {
  const { labels, naiveLabels, ...figures } = await benchLink({
    ...one,
    bundle,
    baudRate: 1_000_000,
    windows: Number(values.windows),
    naiveWindows: Number(values.naive),
  });
  const sameLabels = naiveLabels.every((label, i) => label === labels[i]);
  results.push({ ...one, baudRate: 1_000_000, ...figures, sameLabels });
}
const [{ lineUse, windowsPerSecond, naiveWindowsPerSecond }] = results;
const text = `${JSON.stringify({ lineUse, windowsPerSecond, naiveWindowsPerSecond, cases: results }, null, 2)}\n`;
if (values.json === undefined) process.stdout.write(text);
else await writeFile(values.json, text);
