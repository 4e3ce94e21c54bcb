import { join, relative } from 'node:path';
import type { MochaOptions, Runner, Test } from 'mocha';
import { didYouMean } from '../../config/nearest.js';
import { LittlefirstError } from '../../errors.js';
import { writeFileAtomically } from '../../record/atomic-file.js';
import type { RunRecord } from '../../record/run-record.js';
import { blockName } from '../evaluation/blocks.js';
import { combineVerdicts } from '../evaluation/judge.js';
import { openRun } from '../open-run.js';
import type { Run } from '../run.js';
import { validTitle } from './check.js';
import { checksOf, verdictOf } from './checks.js';
import type { TestResult } from './junit.js';

export interface SuiteResult {
  /** The worst of all verdicts, whatever is allowed; `error` also when the campaign was not collected to its end. */
  outcome: RunRecord['outcome'];
  passed: number;
  failed: number;
  inconclusive: number;
  errors: number;
  /** Results that are neither passed nor allowed, from the worst. */
  judged: RunRecord['outcome'];
  results: TestResult[];
  /** Why there is no new `junit.xml`: the folder may only be read. */
  unwritten?: string;
}

export interface SuiteOptions {
  allow?: readonly string[];
  /** The folder may be one that can only be read, an archive's: then no `junit.xml` is written. */
  mayBeReadOnly?: boolean;
  /** Default: `junit.xml`, of `report.html`. */
  files?: SuiteFiles;
}

/** @throws LF_UNKNOWN_TARGET */
function checkAllowed(allow: readonly string[], { verdicts }: RunRecord): void {
  const known = ['inconclusive', ...new Set(verdicts.map(verdict => verdict.target))];
  const unknown = allow.find(name => !known.includes(name));
  if (unknown === undefined) return;
  throw new LittlefirstError('LF_UNKNOWN_TARGET', `There is no target "${unknown}" that could be allowed`, {
    expected: known.join(', '),
    received: unknown,
    hint: didYouMean(unknown, known),
  });
}

function isAllowed({ verdict, group }: TestResult, allow: readonly string[]): boolean {
  if (verdict !== 'inconclusive' && verdict !== 'fail') return false;
  return (
    (verdict === 'inconclusive' && allow.includes('inconclusive')) ||
    allow.some(name => group === `target ${name}`)
  );
}

/** Names of the suite's file in a run folder, and of the report that it refers to. */
export interface SuiteFiles {
  junit: string;
  report: string;
}
const ownFiles: SuiteFiles = { junit: 'junit.xml', report: 'report.html' };

/** Writes `junit.xml` into a run folder, with the way to its report from where the program was started. @throws LF_JOURNAL */
export async function writeJunit(
  folder: string,
  record: RunRecord,
  results: readonly TestResult[],
  files: SuiteFiles = ownFiles,
): Promise<void> {
  const { junitXml } = await import('./junit.js');
  const report = relative(process.cwd(), join(folder, files.report));
  await writeFileAtomically(join(folder, files.junit), junitXml(record, results, report));
}

/** Why nothing can be written where only reading is allowed; undefined for any other failure. */
function readOnlyReason(error: unknown): string | undefined {
  if (!(error instanceof LittlefirstError)) return undefined;
  const { code } = (error.cause ?? {}) as NodeJS.ErrnoException;
  return ['EROFS', 'EACCES', 'EPERM'].includes(code ?? '') ? error.message.split('\n')[0] : undefined;
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
          seconds: (test.duration ?? 0) / 1e3 + measuring(test),
        });
      runner.on(Mocha.Runner.constants.EVENT_TEST_PASS, test => keep(test));
      runner.on(Mocha.Runner.constants.EVENT_TEST_FAIL, (test, error) => keep(test, error));
    }
  }
  const took = new Map(run.journal.blocks.map(block => [blockName(block.key), block.hostSeconds] as const));
  /* A block's time is that of the check that it is valid: the other checks only read what it left. */
  const measuring = ({ title, parent }: Test): number =>
    title === validTitle ? (took.get(parent?.title ?? '') ?? 0) : 0;
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
 * @param options.allow what the user accepts: `inconclusive`, or names of targets, which may then be missed or open. Errors are never accepted
 * @throws LF_UNKNOWN_TARGET for an allowed target that the record does not have; LF_RUN_MISSING, LF_RUN_CORRUPT, LF_JOURNAL
 */
export async function runSuite(
  folder: string,
  record: RunRecord,
  { allow = [], files, mayBeReadOnly = false }: SuiteOptions = {},
): Promise<SuiteResult> {
  checkAllowed(allow, record);
  const { journal } = await openRun(folder);
  const results: TestResult[] = [];
  const mocha = await mochaOf({ record, journal }, results);
  await new Promise<void>(done => mocha.run(() => done()));
  mocha.dispose();
  const number = (verdict: TestResult['verdict']) => results.filter(r => r.verdict === verdict).length;
  for (const result of results) result.isAllowed = isAllowed(result, allow);
  const unwritten = await writeJunit(folder, record, results, files).then(
    () => undefined,
    (error: unknown) => {
      const reason = mayBeReadOnly ? readOnlyReason(error) : undefined;
      if (reason === undefined) throw error;
      return reason;
    },
  );
  const left = results.filter(result => !result.isAllowed).map(result => result.verdict);
  return {
    outcome: record.outcome === 'error' ? 'error' : combineVerdicts(results.map(result => result.verdict)),
    judged: record.outcome === 'error' ? 'error' : combineVerdicts(left),
    passed: number('pass'),
    failed: number('fail'),
    inconclusive: number('inconclusive'),
    errors: number('error'),
    results,
    unwritten,
  };
}
