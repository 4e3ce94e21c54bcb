import { LittlefirstError } from '../../errors.js';
import { savingInterval } from '../../record/interval.js';
import type { Block } from '../../record/run-record.js';
import { type Metric, metricUnits, type Target } from '../../record/targets.js';
import { blockName } from '../evaluation/blocks.js';
import { savingOf } from '../evaluation/energy.js';
import { type Interval, judge } from '../evaluation/judge.js';
import { judgeTargets, validityVerdict } from '../evaluation/verdicts.js';
import type { Run } from '../run.js';
import type { BlockSelector, SavingAssertion } from './declarations.js';
import { Broken, Inconclusive } from './inconclusive.js';

/** The flag under which an assertion keeps the run that its block is of. */
const runFlag = 'littlefirst.run';

const isRun = (subject: unknown): subject is Run =>
  typeof subject === 'object' && subject !== null && 'record' in subject && 'journal' in subject;

function fits(block: Block, selector: BlockSelector): boolean {
  const { level, ...names } = selector;
  const wanted = Object.entries(names).filter(([, name]) => name !== undefined);
  return (
    (level === undefined || block.level.name === level) &&
    wanted.every(([key, name]) => block[key as keyof typeof names] === name)
  );
}

/** The one block of a run that a selector leaves. @throws LF_USAGE naming the blocks that there are */
export function selectBlock({ record }: Run, selector: BlockSelector): Block {
  const found = record.blocks.filter(block => fits(block, selector));
  if (found.length === 1) return found[0];
  throw new LittlefirstError(
    'LF_USAGE',
    `${found.length} blocks of the run are ${JSON.stringify(selector)}`,
    {
      expected: 'a selector of board, chip, level, bundle and strategy that leaves one block',
      received:
        (found.length === 0 ? record.blocks : found).map(blockName).join(', ') || 'a run without blocks',
    },
  );
}

/**
 * The block that a baseline names: a strategy at the same board, chip and level, of the block's own bundle or, where that has none
 * (the paper's Big beside our own cascades), the run's first; or what a selector says is other.
 * @throws LF_USAGE naming the blocks that there are
 */
function baselineFor(run: Run, block: Block, baseline: string | BlockSelector): Block {
  const { board, chip, level, bundle } = block;
  const same = { board, chip, level: level.name };
  if (typeof baseline !== 'string') return selectBlock(run, { ...same, ...baseline });
  const named = { ...same, strategy: baseline };
  const found = run.record.blocks.filter(other => fits(other, named));
  return found.find(other => other.bundle === bundle) ?? found[0] ?? selectBlock(run, named);
}

/** By how much an interval lies on the wrong side of a limit, and what would decide. */
function openWords({ value, low, high }: Interval, limit: number, unit: string): string {
  const [factor, name] = unit === 'share' ? [100, ' percentage points'] : [1, ` ${unit}`];
  const text = (x: number): string => `${(x * factor).toPrecision(3)}${name}`;
  const inside = Math.min(limit - low, high - limit);
  return `the limit lies ${text(inside)} inside the 95 % interval; one of at most ± ${text(Math.abs(value - limit))} would decide`;
}

/** Throws for an interval that does not keep its limit. */
function decide(
  assertion: Chai.AssertionStatic,
  what: string,
  interval: Interval,
  limit: Pick<Target, 'atLeast' | 'atMost'>,
  unit: string,
): void {
  const verdict = judge(interval, limit);
  const bound = limit.atLeast ?? limit.atMost!;
  const side = limit.atLeast === undefined ? 'at most' : 'at least';
  const percent = unit === 'share' ? 100 : 1;
  const text = (x: number): string => `${Number((x * percent).toPrecision(5))}`;
  const figure = `${text(interval.value)} [${text(interval.low)}, ${text(interval.high)}] ${unit === 'share' ? '%' : unit}, wanted ${side} ${text(bound)}`;
  if (verdict === 'inconclusive')
    throw new Inconclusive(`${what}: ${figure}: ${openWords(interval, bound, unit)}`);
  assertion.assert(
    verdict === 'pass',
    `expected ${what}: ${figure}`,
    `expected not ${what}: ${figure}`,
    bound,
    interval.value,
  );
}

/** The block and its run, from the flags of an assertion. @throws LF_USAGE when there is no run */
function subjectOf(assertion: Chai.AssertionStatic, util: Chai.ChaiUtils): { block: Block; run: Run } {
  const run = util.flag(assertion, runFlag) as Run | undefined;
  if (run !== undefined) return { block: assertion._obj as Block, run };
  throw new LittlefirstError('LF_USAGE', 'This assertion needs a block of a run', {
    expected: 'expect(run).block({ strategy: ... }).to. ...',
    hint: 'openRun(folder) and runCampaign(bench) give the run',
  });
}

/** A metric of a block as the run's own targets judge it. */
function meet(assertion: Chai.AssertionStatic, util: Chai.ChaiUtils, target: Omit<Target, 'name'>): void {
  const { block, run } = subjectOf(assertion, util);
  const metric: Metric = target.metric;
  const name = `${blockName(block)} to keep its ${metric}`;
  const verdict = judgeTargets([{ name, ...target }], run.record.blocks, run.journal).find(
    ({ block: of }) => of === blockName(block),
  );
  const { value, reason } = verdict ?? { value: null, reason: 'the run does not hold this block' };
  const words = `${name}: ${reason} (${metricUnits[metric]})`;
  if (verdict?.verdict === 'error') throw new Broken(words);
  if (verdict === undefined || verdict.verdict === 'inconclusive') throw new Inconclusive(words);
  const limit = target.atLeast ?? target.atMost;
  assertion.assert(verdict.verdict === 'pass', `expected ${words}`, `expected not ${words}`, limit, value);
}

/** The saving of a block against any other of its run. */
function assertSaving(
  assertion: Chai.AssertionStatic,
  run: Run,
  block: Block,
  baseline: Block,
  share: number,
): void {
  const { blocks } = run.record;
  const dataOf = (of: Block) => run.journal.blocks[blocks.indexOf(of)];
  const what = `${blockName(block)} to save energy versus ${blockName(baseline)}`;
  const invalid = [block, baseline].find(({ valid }) => valid !== true);
  if (invalid !== undefined) {
    const words = `${what}: ${blockName(invalid)} is invalid: ${invalid.valid}`;
    throw validityVerdict(invalid) === 'error' ? new Broken(words) : new Inconclusive(words);
  }
  const saving = savingOf(
    run.journal.campaign,
    { block, data: dataOf(block) },
    { block: baseline, data: dataOf(baseline) },
  );
  const interval = saving === null ? null : savingInterval(saving);
  if (interval === null) throw new Inconclusive(`${what}: no energy was measured`);
  decide(assertion, what, interval, { atLeast: share }, 'share');
}

/** Chai plugin for runs and their blocks. */
export const blockAssertions: Chai.ChaiPlugin = ({ Assertion }, util) => {
  Assertion.addMethod('block', function (this: Chai.AssertionStatic, selector: BlockSelector) {
    const run: unknown = this._obj;
    if (!isRun(run))
      throw new LittlefirstError('LF_USAGE', 'expect(...).block needs a run', {
        expected: 'what openRun, runCampaign or useRun gives',
      });
    const block = new Assertion(selectBlock(run, selector));
    util.flag(block, runFlag, run);
    return block;
  });
  Assertion.addMethod('saveEnergy', function (this: Chai.AssertionStatic, share: number): SavingAssertion {
    const { block, run } = subjectOf(this, util);
    let isNamed = false;
    // A saving without its baseline would be an assertion that cannot fail: it ends the test instead, as soon as the line is over.
    queueMicrotask(() => {
      if (!isNamed)
        throw new LittlefirstError('LF_USAGE', `saveEnergy(${share}) does not say against what`, {
          expected: "saveEnergy(0.8).versus('big-only')",
        });
    });
    return {
      versus: baseline => {
        isNamed = true;
        assertSaving(this, run, block, baselineFor(run, block, baseline), share);
      },
    };
  });
  Assertion.addMethod('reachAccuracy', function (this: Chai.AssertionStatic, share: number) {
    meet(this, util, { metric: 'accuracy', atLeast: share });
  });
  Assertion.addMethod('takeAtMostMicrojoules', function (this: Chai.AssertionStatic, microjoules: number) {
    meet(this, util, { metric: 'energy-per-window', atMost: microjoules });
  });
  Assertion.addMethod(
    'answerWithinMilliseconds',
    function (this: Chai.AssertionStatic, milliseconds: number) {
      meet(this, util, { metric: 'latency-max', atMost: milliseconds });
    },
  );
};
