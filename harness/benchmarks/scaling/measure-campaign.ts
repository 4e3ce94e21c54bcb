import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { stringify } from 'yaml';
import { main } from '../../cli/main.js';
import { packagePath } from '../../package-root.js';

/**
 * Child process of the benchmark. Arguments: windows, and for each DUT `board:level,level`; runs a whole campaign of the synthetic
 * wearer from command to report, and prints one JSON line. `peakBytes` is this process with its threads, which emulate the rp2040; QEMU runs outside.
 */
const [windows, ...duts] = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'littlefirst-scaling-'));
const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });
try {
  const bench = join(folder, 'bench.yaml');
  const chosen = duts.map(text => {
    const [board, levels] = text.split(':');
    return { board, levels: levels.split(',') };
  });
  await writeFile(
    bench,
    stringify({
      schema: 'littlefirst.bench/1',
      name: 'scaling',
      duts: chosen,
      bundles: [packagePath('fixtures', 'bundles', 'little-first-b')],
      strategies: ['little-first'],
      data: { set: 'synthetic', order: 'published', windows: Number(windows), seed: 1 },
      targets: [{ name: 'answers equal the golden interpreter', metric: 'golden-mismatches', atMost: 0 }],
    }),
  );
  const run = join(folder, 'run');
  const started = performance.now();
  const exitCode = await main(['node', 'littlefirst', 'run', bench, '--out', run], {
    out: nowhere(),
    err: nowhere(),
  });
  const seconds = (performance.now() - started) / 1e3;
  const { user, system } = process.cpuUsage();
  const { size } = await stat(join(run, 'journal.ndjson'));
  const figures = {
    windows: Number(windows),
    boards: chosen.length,
    levels: chosen.reduce((sum, { levels }) => sum + levels.length, 0),
    exitCode,
    seconds,
    cpuSeconds: (user + system) / 1e6,
    journalBytes: size,
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
