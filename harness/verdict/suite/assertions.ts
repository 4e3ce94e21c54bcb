import { LittlefirstError } from '../../errors.js';
import type { Block, TargetVerdict } from '../../record/run-record.js';
import type { Target } from '../../record/targets.js';
import { blockName } from '../evaluation/blocks.js';
import { combineVerdicts } from '../evaluation/judge.js';
import { judgeTargets, validityVerdict } from '../evaluation/verdicts.js';
import type { Run } from '../run.js';
import type {} from './declarations.js';
import { Broken, Inconclusive } from './inconclusive.js';

/** Clock deviation between level and read-back that is the oscillator's and not another level. */
const clockTolerance = 1e-3;

function verdictsFor(subject: Run | Block, target: Target, run?: Run): TargetVerdict[] {
  const whole = 'record' in subject ? subject : run;
  if (whole === undefined) {
    throw new LittlefirstError('LF_USAGE', 'meetTarget on a block needs the run that the block is of', {
      expected: 'expect(block).to.meetTarget(target, run)',
      hint: 'openRun(folder) gives the run',
    });
  }
  const verdicts = judgeTargets([target], whole.record.blocks, whole.journal);
  return 'record' in subject ? verdicts : verdicts.filter(verdict => verdict.block === blockName(subject));
}

const wordsOf = (verdict: TargetVerdict): string => `${verdict.target}, ${verdict.block}: ${verdict.reason}`;

/** Worst verdict of a list; none at all is inconclusive. */
const worst = (verdicts: readonly TargetVerdict[]): TargetVerdict['verdict'] =>
  verdicts.length === 0 ? 'inconclusive' : combineVerdicts(verdicts.map(v => v.verdict));

/** Whether the level that a DUT read back is the level that was commanded: same millivolts, hertz within 0.1 %. */
export function isLevelReached({ level, readBack }: Pick<Block, 'level' | 'readBack'>): boolean {
  return (
    readBack !== null &&
    readBack.mV === level.mV &&
    Math.abs(readBack.Hz - level.Hz) <= clockTolerance * level.Hz
  );
}

/** Chai plugin: `chai.use(littlefirstAssertions)`. */
export const littlefirstAssertions: Chai.ChaiPlugin = ({ Assertion }) => {
  function assertVerdicts(assertion: Chai.AssertionStatic, verdicts: readonly TargetVerdict[], name: string) {
    const open = verdicts.filter(verdict => verdict.verdict !== 'pass').map(wordsOf);
    const outcome = worst(verdicts);
    if (outcome === 'error') throw new Broken(open.join('; '));
    if (outcome === 'inconclusive')
      throw new Inconclusive(open.join('; ') || `${name} is for no block of the run`);
    assertion.assert(
      outcome === 'pass',
      `expected the target to be met: ${open.join('; ')}`,
      `expected the target to be missed: ${verdicts.map(wordsOf).join('; ')}`,
      'pass',
      outcome,
    );
  }

  Assertion.addMethod('meetTarget', function (this: Chai.AssertionStatic, target: Target, run?: Run) {
    assertVerdicts(this, verdictsFor(this._obj, target, run), target.name);
  });
  Assertion.addMethod('passVerdict', function (this: Chai.AssertionStatic) {
    const { verdict, reason }: TargetVerdict = this._obj;
    if (verdict === 'error') throw new Broken(reason);
    if (verdict === 'inconclusive') throw new Inconclusive(reason);
    this.assert(verdict === 'pass', reason, `expected a missed target: ${reason}`, 'pass', verdict);
  });
  Assertion.addProperty('validBlock', function (this: Chai.AssertionStatic) {
    const block: Block = this._obj;
    const verdict = validityVerdict(block);
    if (verdict === 'error') throw new Broken(`the block is invalid: ${block.valid}`);
    if (verdict === 'inconclusive') throw new Inconclusive(`the block is invalid: ${block.valid}`);
  });
  Assertion.addProperty('goldenAnswers', function (this: Chai.AssertionStatic) {
    const block: Block = this._obj;
    this.assert(
      block.goldenMismatches === 0,
      `expected every answer of ${blockName(block)} to be the golden interpreter's, but ${block.goldenMismatches} of ${block.windows} windows differ`,
      `expected ${blockName(block)} to differ from the golden interpreter`,
      0,
      block.goldenMismatches,
    );
  });
};
