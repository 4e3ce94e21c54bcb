import { join } from 'node:path';
import type { MochaOptions, Runner, Test } from 'mocha';
import { writeFileAtomically } from '../../record/atomic-file.js';
import type { RunRecord } from '../../record/run-record.js';
import { combineVerdicts } from '../evaluation/judge.js';
import { openRun } from '../open-run.js';
import type { Run } from '../run.js';
import { checksOf, verdictOf } from './checks.js';
import type { TestResult } from './junit.js';

export interface SuiteResult {
  /** `error` when the campaign was not collected to its end. */
  outcome: RunRecord['outcome'];
  passed: number;
  failed: number;
  inconclusive: number;
  results: TestResult[];
}

/** A Mocha of the run's checks, one suite a group, that collects into `results`. */
async function mochaOf(run: Run, results: TestResult[]): Promise<Mocha> {
  const { default: Mocha } = await import('mocha');
  class Collector extends Mocha.reporters.Base {
    constructor(runner: Runner, options: MochaOptions) {
      super(runner, options);
      const keep = (test: Test, error?: Error) =>
        results.push({
          group: test.parent?.title ?? '',
          title: test.title,
          verdict: verdictOf(error),
          message: error?.message ?? '',
          seconds: (test.duration ?? 0) / 1e3,
        });
      runner.on(Mocha.Runner.constants.EVENT_TEST_PASS, test => keep(test));
      runner.on(Mocha.Runner.constants.EVENT_TEST_FAIL, (test, error) => keep(test, error));
    }
  }
  const mocha = new Mocha({ reporter: Collector, timeout: 0 });
  const suites = new Map<string, Mocha.Suite>();
  for (const check of checksOf(run)) {
    const suite = suites.get(check.group) ?? Mocha.Suite.create(mocha.suite, check.group);
    suites.set(check.group, suite);
    suite.addTest(new Mocha.Test(check.title, () => check.verify()));
  }
  return mocha;
}

/**
 * Runs the Mocha suite on a run and writes `junit.xml` into its folder.
 * @param folder folder of the run, with its journal
 * @param record the record to assert on; its verdicts may be of other targets than the campaign's own
 * @throws LF_RUN_MISSING, LF_RUN_CORRUPT, LF_JOURNAL
 */
export async function runSuite(folder: string, record: RunRecord): Promise<SuiteResult> {
  const { journal } = await openRun(folder);
  const results: TestResult[] = [];
  const mocha = await mochaOf({ record, journal }, results);
  await new Promise<void>(done => mocha.run(() => done()));
  mocha.dispose();
  const number = (verdict: TestResult['verdict']) => results.filter(r => r.verdict === verdict).length;
  const { junitXml } = await import('./junit.js');
  await writeFileAtomically(join(folder, 'junit.xml'), junitXml(record, results));
  return {
    outcome: record.outcome === 'error' ? 'error' : combineVerdicts(results.map(result => result.verdict)),
    passed: number('pass'),
    failed: number('fail'),
    inconclusive: number('inconclusive'),
    results,
  };
}
