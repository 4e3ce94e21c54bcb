/** `npm run campaign:kills -- --kills 200 --seed 1`: ends runs at random instants, goes on with them, and compares the records. */
import { parseArgs } from 'node:util';
import { Random } from '../../data/random.js';
import { packagePath } from '../../package-root.js';
import { TestBench } from '../../testing/bench/test-bench.js';
import { KillBench } from '../../testing/faults/kills.js';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } },
});
const strategies = ['big-only', '1BDD'];
const variants = {
  'rp2040 without a meter': { strategies, meter: { driver: 'none' } },
  'rp2040 with a meter': { strategies, meter: { driver: 'direct' } },
  'lm3s6965 without a meter': { board: 'lm3s6965', levels: 'all', strategies, meter: { driver: 'none' } },
  'lm3s6965 with a meter': { board: 'lm3s6965', levels: 'all', strategies, meter: { driver: 'direct' } },
};
const signals = ['SIGKILL', 'SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGHUP', 'SIGINT'] as const;

const random = new Random(Number(values.seed), 0x6b696c6c);
const perVariant = Math.ceil(Number(values.kills) / Object.keys(variants).length);
let equal = 0;
let all = 0;
for (const [name, changes] of Object.entries(variants)) {
  const bench = await TestBench.make(changes);
  const kills = await KillBench.make([process.execPath, packagePath('bin', 'littlefirst.js')], bench);
  process.stdout.write(`${name}: ${Math.round(kills.milliseconds)} ms undisturbed\n`);
  const ways = new Map<string, number>();
  for (let i = 0; i < perVariant; i += 1) {
    const signal = signals[random.integer(0, signals.length - 1)];
    const killed = await kills.kill(signal, random.uniform());
    all += 1;
    if (killed.problems.length === 0) equal += 1;
    ways.set(killed.how, (ways.get(killed.how) ?? 0) + 1);
    for (const problem of killed.problems)
      process.stdout.write(`  ${signal} after ${killed.instantMilliseconds} ms, ${killed.how}: ${problem}\n`);
  }
  process.stdout.write(`  ${[...ways].map(([how, count]) => `${count} ${how}`).join(', ')}\n`);
  await bench.remove();
}
process.stdout.write(`${equal} of ${all} runs ended equal\n`);
process.exitCode = equal === all ? 0 : 1;
