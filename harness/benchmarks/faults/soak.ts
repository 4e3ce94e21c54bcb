/**
 * `npm run soak -- --minutes 480 [--seed 1]`: campaigns with random faults one after another, in one process. Ends with status 1 when a valid
 * record was wrong, something hung, memory or descriptors grew, or a temporary file was left.
 */
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { FaultCampaigns, faultOf, missed, undetectable } from '../../testing/faults/campaigns.js';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '60' }, seed: { type: 'string', default: '1' } },
});
/** Memory of the second half of the night may be this much above that of the first: the garbage collector is free in its times. */
const growth = 1.2;

const descriptors = (): number => readdirSync('/proc/self/fd').length;
const ours = (): string[] =>
  readdirSync(tmpdir()).filter(name => /^littlefirst-/.test(name) && name.includes(`-${process.pid}-`));
const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1];

const problems: string[] = [];
const memory: number[] = [];
const open: number[] = [];
const campaigns = await FaultCampaigns.make();
const end = performance.now() + Number(values.minutes) * 60_000;
let seed = Number(values.seed) * 1_000_000;
for (; performance.now() < end; seed += 1) {
  const { kind, outcome, detail } = await campaigns.run(faultOf(seed));
  if (missed.includes(outcome) && !undetectable.includes(kind))
    problems.push(`seed ${seed}: ${kind}: ${outcome} ${detail}`);
  memory.push(process.memoryUsage().rss);
  open.push(descriptors());
}
const left = ours();
if (left.length > 0) problems.push(`left in ${tmpdir()}: ${left.join(', ')}`);
const half = memory.length >> 1;
const halves = (numbers: readonly number[]) =>
  [median(numbers.slice(0, half)), median(numbers.slice(half))] as const;
if (half > 0) {
  const [before, after] = halves(memory);
  process.stdout.write(`memory ${(before / 1e6).toFixed(0)} MB, later ${(after / 1e6).toFixed(0)} MB\n`);
  if (after > growth * before) problems.push('memory grew');
  const [opened, later] = halves(open);
  process.stdout.write(`open files ${opened}, later ${later}\n`);
  if (later > opened) problems.push('open files grew');
}
process.stdout.write(`${memory.length} campaigns, ${problems.length} problems\n${problems.join('\n')}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
