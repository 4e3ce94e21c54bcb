import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { loadBundle } from '../../model/load.js';
import { packagePath } from '../../package-root.js';
import { benchLink, type LinkBenchOptions } from './link-bench.js';

/**
 * `npm run bench:link -- --json FILE [--windows N] [--naive N]`: how much of a 1 Mbaud line the stream uses, and how many windows a
 * second it carries beside a naive client. The first case gives the figures at the top; see README.md for the cases.
 */
const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    windows: { type: 'string', default: '80' },
    naive: { type: 'string', default: '4' },
  },
});

/** A USB full-speed frame (Universal Serial Bus 2.0, 8.4.3): what leaves the host waits for the next one. */
const usbFrameNs = 1e6;
/**
 * Default latency timer of FTDI's adapters: what does not fill a packet of 62 bytes waits that long on its way to the host (FTDI AN232B-04,
 * "Small Amounts of Data and End of Buffer Conditions"), and `m-ready` never does.
 */
const latencyTimerNs = 16e6;
type Case = Pick<LinkBenchOptions, 'strategy' | 'level' | 'hostTurnaroundNs' | 'wholeWindows'> & {
  name: string;
};
const lineBound = { strategy: '1B6S', level: '133MHz', hostTurnaroundNs: usbFrameNs };
const cases: Case[] = [
  { ...lineBound, name: 'line-bound, 1 ms USB frame' },
  { ...lineBound, name: 'line-bound, 1 ms USB frame, every window sent whole', wholeWindows: true },
  { ...lineBound, name: 'line-bound, host answers at once', hostTurnaroundNs: 0 },
  { ...lineBound, name: 'line-bound, 16 ms latency timer', hostTurnaroundNs: latencyTimerNs },
  { ...lineBound, name: 'compute-bound, 1 ms USB frame', strategy: 'big-only', level: '24MHz' },
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
const [{ lineUse, windowsPerSecond, naiveWindowsPerSecond, ratio }] = results;
const summary = { lineUse, windowsPerSecond, naiveWindowsPerSecond, ratio, cases: results };
const text = `${JSON.stringify(summary, null, 2)}\n`;
if (values.json === undefined) process.stdout.write(text);
else await writeFile(values.json, text);
