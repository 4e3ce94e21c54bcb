import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as chai from 'chai';
import { packagePath } from '../../package-root.js';
import { moduleHref, nodeWords } from '../../testing/child.js';
import { testJournal } from '../../testing/record/run.js';
import { evaluateRun } from '../open-run.js';
import { blockAssertions } from './block-assertions.js';
import { Broken, Inconclusive } from './inconclusive.js';

chai.use(blockAssertions);
const { expect } = chai;

/** What an assertion throws. */
function failure(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

describe('assertions on blocks', () => {
  const run = evaluateRun(testJournal({ windows: 30 }));
  const [first] = run.record.blocks;
  const level = first.level.name;
  const cascade = { level, strategy: '1B6S' };
  const saved = run.record.blocks.find(b => b.strategy === '1B6S' && b.level.name === level)!
    .savingVsBigOnly!;

  it('should pass where the whole interval keeps the limit, and fail where all of it breaks it', () => {
    expect(run).block(cascade).to.saveEnergy(0.5).versus('big-only');
    expect(run).block(cascade).to.reachAccuracy(0.01);
    expect(run).block(cascade).to.takeAtMostMicrojoules(1e9);
    expect(run).block(cascade).to.answerWithinMilliseconds(1e9);
    expect(run).block(cascade).to.not.reachAccuracy(1.1);
    const missed = failure(() => expect(run).block(cascade).to.saveEnergy(0.999).versus('big-only'));
    expect(missed).to.be.instanceOf(chai.AssertionError).and.not.instanceOf(Inconclusive);
    expect(missed.message).to.match(
      /1B6S to save energy versus .*big-only: [\d.]+ \[.*\] %, wanted at least 99.9/,
    );
    for (const assertion of [
      () => expect(run).block(cascade).to.takeAtMostMicrojoules(1e-9),
      () => expect(run).block(cascade).to.answerWithinMilliseconds(1e-9),
      () => expect(run).block(cascade).to.not.reachAccuracy(0.01),
    ])
      expect(failure(assertion)).to.be.instanceOf(chai.AssertionError).and.not.instanceOf(Inconclusive);
  });

  it('should say by how much a limit inside the interval is open', () => {
    const open = failure(() => expect(run).block(cascade).to.saveEnergy(saved.energy!).versus('big-only'));
    expect(open).to.be.instanceOf(Inconclusive);
    expect(open.message).to.match(
      /inconclusive: .*inside the 95 % interval; one of at most ± 0\.00 percentage points/,
    );
    const other = failure(() =>
      expect(run)
        .block(cascade)
        .to.saveEnergy(saved.energy! - saved.u95! / 2)
        .versus('big-only'),
    );
    expect(other).to.be.instanceOf(Inconclusive);
  });

  it('should compare with any other block of the run', () => {
    const big = { level, strategy: 'big-only' };
    expect(failure(() => expect(run).block(big).to.saveEnergy(0.1).versus('1B6S'))).to.be.instanceOf(
      chai.AssertionError,
    );
    expect(run).block(cascade).to.saveEnergy(0.5).versus({ strategy: 'big-only' });
  });

  it('should leave a block open whose energy a rule forbids, and call a broken one an error', () => {
    for (const [invalidity, kind] of [
      ['method', Inconclusive],
      ['meter', Broken],
      ['broken', Broken],
    ] as const) {
      const other = structuredClone(run);
      const block = other.record.blocks.find(b => b.strategy === '1B6S' && b.level.name === level)!;
      Object.assign(block, { valid: 'the meter lost samples', invalidity });
      const ended = failure(() => expect(other).block(cascade).to.saveEnergy(0.5).versus('big-only'));
      expect(ended).to.be.instanceOf(kind);
      expect(ended.message).to.contain('the meter lost samples');
      const judged = failure(() => expect(other).block(cascade).to.takeAtMostMicrojoules(1e9));
      expect(judged).to.be.instanceOf(kind);
    }
  });

  it('should ask for one block, and for a run', () => {
    for (const [action, text] of [
      [() => expect(run).block({ strategy: 'no-such' }), /0 blocks of the run are .*no-such/],
      [() => expect(run).block({ strategy: '1B6S' }), /blocks of the run are/],
      [() => expect({}).block({}), /needs a run/],
      [() => expect(first).to.reachAccuracy(0.5), /needs a block of a run/],
      [() => expect(run).block(cascade).to.saveEnergy(0.5).versus('no-such'), /0 blocks/],
    ] as const) {
      const error = failure(action);
      expect(error.message).to.match(text);
      expect(error).to.have.property('code', 'LF_USAGE');
    }
  });

  it('should fail a test that forgets what is saved against', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'littlefirst-assertions-'));
    try {
      const file = join(folder, 'forgetful.test.mjs');
      const source = (name: string) => JSON.stringify(moduleHref(name));
      await writeFile(
        file,
        `import * as chai from ${JSON.stringify(import.meta.resolve('chai'))};
        import { testJournal } from ${source('testing/record/run')};
        import { evaluateRun } from ${source('verdict/open-run')};
        import { blockAssertions } from ${source('verdict/suite/block-assertions')};
        chai.use(blockAssertions);
        it('forgets', () => {
          const run = evaluateRun(testJournal({ windows: 30 }));
          chai.expect(run).block(${JSON.stringify(cascade)}).to.saveEnergy(0.5);
        });`,
      );
      const mocha = packagePath('node_modules', 'mocha', 'bin', 'mocha.js');
      const ended = await promisify(execFile)(
        process.execPath,
        [...nodeWords, mocha, '--no-config', '--timeout', '60000', file],
        { cwd: packagePath() },
      ).catch((error: { code: number; stdout: string; stderr: string }) => error);
      expect('code' in ended && ended.code).to.equal(1);
      expect(ended.stdout + ended.stderr).to.contain('saveEnergy(0.5) does not say against what');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
