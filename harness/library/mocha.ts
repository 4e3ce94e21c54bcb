/**
 * `littlefirst/mocha`: campaigns in somebody's own Mocha suite.
 *
 * In one file: `const run = useRun({ bench: 'bench.yaml' })` collects before the suite that it stands in. For all files at once,
 * `mocha --require littlefirst/mocha` with `LITTLEFIRST_BENCH` (collect once) or `LITTLEFIRST_RUN` (open an old run); tests then
 * ask `currentRun()`. `chai.use(littlefirstChai)` brings the assertions.
 */
import { resolve } from 'node:path';
import { LittlefirstError } from '../errors.js';
import { openRun } from '../verdict/open-run.js';
import type { Run } from '../verdict/run.js';
import { littlefirstAssertions } from '../verdict/suite/assertions.js';
import { blockAssertions } from '../verdict/suite/block-assertions.js';
import { Broken, Inconclusive } from '../verdict/suite/inconclusive.js';
import { type OpenBenchOptions, openBench, type RunOptions, runCampaign } from './run/campaign.js';

export type { AssertionSubject, BlockSelector, SavingAssertion } from '../verdict/suite/declarations.js';
export { Broken, Inconclusive, type Run };

/** Chai plugin: assertions on runs, blocks and verdicts. One that its interval leaves open throws `Inconclusive`, one on what broke `Broken`. */
export const littlefirstChai: Chai.ChaiPlugin = (chai, util) => {
  littlefirstAssertions(chai, util);
  blockAssertions(chai, util);
};

export interface CollectOptions extends OpenBenchOptions, RunOptions {
  /** Bench file that is run; default: the shipped one. */
  bench?: string;
}

/** Where tests get their run from: collect one, or open the folder of an old one. */
export type RunSource = CollectOptions | { run: string };

async function obtain(source: RunSource): Promise<Run & { folder: string }> {
  if ('run' in source) {
    const folder = resolve(source.run);
    return { ...(await openRun(folder)), folder };
  }
  const { bench, out, cwd, signal, onCaution, onPlan, onFlash, onBlockStart, ...rest } = source;
  const { onWindows, onEnergy, onBlockEnd, onFigures, onFault, ...others } = rest;
  const { onExtended, onNote, onUnfinished, ...overrides } = others;
  const begins = { onCaution, onPlan, onFlash, onBlockStart, onWindows, onEnergy };
  const ends = { onBlockEnd, onFigures, onFault, onExtended, onNote, onUnfinished };
  const events = { ...begins, ...ends };
  return runCampaign(await openBench(bench, overrides), { out, cwd, signal, ...events });
}

/**
 * Collects or opens a run before the tests of the suite in which it is called.
 * @returns the run, for use inside tests
 */
export function useRun(source: RunSource = {}): () => Run {
  let run: Run | undefined;
  before('collect the run', async function () {
    this.timeout(0);
    run = await obtain(source);
  });
  return () => {
    if (run !== undefined) return run;
    throw new LittlefirstError('LF_USAGE', 'The run is there inside tests and hooks only', {
      expected: 'a call of what useRun gave from within it(...)',
    });
  };
}

let current: Run | undefined;

/** The run of the whole suite. @throws LF_USAGE without `--require littlefirst/mocha` and what it should collect or open */
export function currentRun(): Run {
  if (current !== undefined) return current;
  throw new LittlefirstError('LF_USAGE', 'There is no run for this suite', {
    expected: 'mocha --require littlefirst/mocha, with LITTLEFIRST_BENCH or LITTLEFIRST_RUN',
  });
}

/** Global fixture: collects what `LITTLEFIRST_BENCH` names, once, before all test files and before parallel workers start. */
export async function mochaGlobalSetup(): Promise<void> {
  const { LITTLEFIRST_BENCH: bench, LITTLEFIRST_RUN: earlier } = process.env;
  if (bench === undefined || earlier !== undefined) return;
  const { folder } = await obtain({ bench });
  process.env.LITTLEFIRST_RUN = folder;
}

/** Root hooks: open the run of `LITTLEFIRST_RUN` in every process that runs tests. */
export const mochaHooks = {
  async beforeAll(this: Mocha.Context): Promise<void> {
    const { LITTLEFIRST_RUN: folder } = process.env;
    if (folder === undefined) return;
    this.timeout(0);
    current = await obtain({ run: folder });
  },
};

/**
 * A test that is pending, not failed, where its assertions are inconclusive:
 * `it('saves energy', pendingIfInconclusive(() => expect(run()).block(...)...))`.
 */
export function pendingIfInconclusive(test: () => void | Promise<void>): Mocha.AsyncFunc {
  return async function () {
    try {
      await test();
    } catch (error) {
      if (!(error instanceof Inconclusive)) throw error;
      console.warn(`${this.test?.title}: ${error.message}`);
      this.skip();
    }
  };
}
