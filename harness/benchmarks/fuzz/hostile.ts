/**
 * `npm run bench:hostile`: 2,400 damaged .tflite files and 100 hostile `bundle.yaml` (`-- --mutants N --bundles N --seed N`): each must run or end in
 * an error of our own within 5 s of processor time, and the process stay below 1 GB. Prints what became of them; status 1 for any find.
 */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { bundleNames } from '../../campaign/bench/names.js';
import { writeTflite } from '../../model/tflite/write.js';
import { packagePath } from '../../package-root.js';
import { hostileBundles, mutant, tryBundle, tryNetwork } from '../../testing/model/hostile.js';
import { tinyNames, tinyNetwork } from '../../testing/model/tiny.js';

const mostSeconds = 5;
const mostBytes = 2 ** 30;

interface Tally {
  outcomes: Map<string, number>;
  finds: string[];
  slowestSeconds: number;
  mostBytes: number;
}

function tryOne(tally: Tally, what: string, work: () => string): void {
  const before = process.cpuUsage();
  let found: string | undefined;
  try {
    const outcome = work();
    tally.outcomes.set(outcome, (tally.outcomes.get(outcome) ?? 0) + 1);
  } catch (error) {
    found = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) * 1e-6;
  const { rss } = process.memoryUsage();
  tally.slowestSeconds = Math.max(tally.slowestSeconds, seconds);
  tally.mostBytes = Math.max(tally.mostBytes, rss);
  if (seconds > mostSeconds) found = `${seconds.toFixed(1)} s`;
  if (rss > mostBytes) found = `${Math.round(rss / 2 ** 20)} MB`;
  if (found !== undefined) tally.finds.push(`${what}: ${found}`);
}

function report(title: string, { outcomes, finds, slowestSeconds, mostBytes: bytes }: Tally): void {
  const counts = [...outcomes].map(([outcome, count]) => `${outcome} ${count}`).join(', ');
  console.log(
    `${title}: ${counts}; slowest ${slowestSeconds.toFixed(2)} s of processor time, ${Math.round(bytes / 2 ** 20)} MB; ${finds.length} finds`,
  );
  for (const find of finds) console.log(find);
}

const emptyTally = (): Tally => ({ outcomes: new Map(), finds: [], slowestSeconds: 0, mostBytes: 0 });

const options = new Command('bench:hostile')
  .option('--mutants <count>', 'damaged networks', '2400')
  .option('--bundles <count>', 'hostile descriptions of each shipped bundle', '25')
  .option('--seed <seed>', 'of the first', '1')
  .parse()
  .opts<{ mutants: string; bundles: string; seed: string }>();
const seed = Number(options.seed);

const files = [
  ...tinyNames.map(name => writeTflite(tinyNetwork(name))),
  ...['little', 'big'].map(name =>
    readFileSync(packagePath('fixtures', 'bundles', 'little-first-a', `${name}.tflite`)),
  ),
];
const networks = emptyTally();
for (let i = 0; i < Number(options.mutants); i += 1)
  tryOne(networks, `mutant ${i} of seed ${seed}`, () =>
    tryNetwork(mutant(files[i % files.length], seed * 100_000 + i)),
  );
report(`${options.mutants} damaged networks`, networks);

const bundles = emptyTally();
for (const name of await bundleNames()) {
  const text = readFileSync(packagePath('fixtures', 'bundles', name, 'bundle.yaml'), 'utf8');
  for (const [i, hostile] of hostileBundles(text, Number(options.bundles), seed).entries())
    tryOne(bundles, `bundle ${i} of ${name}`, () => tryBundle(hostile));
}
report('hostile bundles', bundles);
if (networks.finds.length + bundles.finds.length > 0) process.exitCode = 1;
