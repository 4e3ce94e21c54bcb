import type { RunRecord, TargetVerdict, Verdict } from '../../record/run-record.js';
import { energyMetrics, type Metric } from '../../record/targets.js';
import { blockName } from '../../verdict/evaluation/blocks.js';
import { isConsequence, validityVerdict } from '../../verdict/evaluation/verdicts.js';
import { groupBy } from '../groups.js';
import { fromTheWorst } from './target-rows.js';

/** One check of the suite. */
export interface CheckResult {
  group: string;
  title: string;
  verdict: Verdict;
  message: string;
}

/** What did not pass: once, however many blocks it befell. */
export interface Problem {
  verdict: Exclude<Verdict, 'pass'>;
  what: string;
  /** The worst block, and how many more. */
  where: string;
  reason: string;
  /** What to try. */
  next: string;
}

const severity: readonly Verdict[] = ['error', 'fail', 'inconclusive'];

/** The suite's words for a target, `target NAME`. */
const targetPrefix = 'target ';
/** Titles of the suite's checks of a block that need words of their own. */
const validTitle = 'is valid';
const goldenTitle = 'answers like the golden interpreter';

const unprefixed = (message: string): string =>
  message.replace(/^(error|fail|inconclusive): /, '').replace(/^the block is invalid: /, '');

/** What the record tells without the suite. */
function checksOfRecord({ blocks, verdicts }: RunRecord): CheckResult[] {
  return [
    ...blocks.map(block => ({
      group: blockName(block),
      title: validTitle,
      verdict: validityVerdict(block),
      message: block.valid === true ? '' : block.valid,
    })),
    ...blocks.map(
      (block): CheckResult => ({
        group: blockName(block),
        title: goldenTitle,
        verdict: block.goldenMismatches === 0 ? 'pass' : 'fail',
        message: `${block.goldenMismatches} answers differ`,
      }),
    ),
    ...verdicts.map(({ target, block, verdict, reason }) => ({
      group: `${targetPrefix}${target}`,
      title: block,
      verdict,
      message: reason,
    })),
  ];
}

function narrower(metric: Metric | undefined, energy: RunRecord['provenance']['energy']): string {
  if (metric === undefined || !energyMetrics.has(metric))
    return 'more windows narrow the interval: run again with --windows all, or with data of more people';
  if (energy === 'modelled')
    return "the interval is the model's: only a meter on real silicon narrows it (docs/real-boards.md); or allow it with --allow";
  return 'more windows, more passes or a meter with less error narrow the interval; see the uncertainty budget in the report';
}

function nextOfTarget({ verdict, metric, value }: TargetVerdict, record: RunRecord): string {
  if (verdict === 'error') return 'mend what broke the block (below, and run.log), then run again';
  if (verdict === 'inconclusive' && value !== null) return narrower(metric, record.provenance.energy);
  if (verdict === 'inconclusive') return 'nothing was measured that it could be judged by: see its reason';
  return 'littlefirst compare <last good run> <this run> says what became worse; or change the target';
}

/** Targets that are missed, open or lost, but for those that a block took with it that is told by itself. */
function targetProblems(record: RunRecord): Problem[] {
  const bad = record.verdicts.filter(verdict => verdict.verdict !== 'pass' && !isConsequence(verdict));
  return [...groupBy(bad, ({ target, verdict }) => `${verdict} ${target}`).values()].map(group => {
    const [worst, ...others] = fromTheWorst(group);
    return {
      verdict: worst.verdict as Problem['verdict'],
      what: `target ${worst.target}`,
      where: placeOf(worst.block, others.length),
      reason: worst.reason,
      next: nextOfTarget(worst, record),
    };
  });
}

const placeOf = (first: string, more: number): string => (more === 0 ? first : `${first} and ${more} more`);

function nextOfCheck({ title, verdict, message }: CheckResult): string {
  if (title === 'was collected to its end') return 'littlefirst run --resume <this run> goes on with it';
  if (title === goldenTitle)
    return 'flash the image and bundle again; if it stays, the kernels or the core compute wrongly: see windows.csv for the windows';
  if (title === validTitle && /^(LF_METER|meter|known-load|LF_SEGMENTATION)/.test(unprefixed(message)))
    return 'littlefirst doctor, then littlefirst meter check';
  if (title === validTitle && verdict === 'inconclusive')
    return 'the rule and its remedy stand in the reason; run the block again';
  if (verdict === 'error')
    return 'littlefirst doctor says what is connected and what is missing; run.log has the details';
  return 'see the report for what was expected and what came';
}

/** The same but for its figures: many blocks break one rule by different amounts. */
const kindOf = (message: string): string => message.replace(/\d+(\.\d+)?/g, '#');

function checkProblems(checks: readonly CheckResult[], record: RunRecord): Problem[] {
  const goldenTarget = record.verdicts.some(
    ({ metric, verdict }) => metric === 'golden-mismatches' && verdict === 'fail',
  );
  const bad = checks.filter(
    ({ group, title, verdict }) =>
      verdict !== 'pass' && !group.startsWith(targetPrefix) && !(goldenTarget && title === goldenTitle),
  );
  const invalid = new Set(bad.filter(({ title }) => title === validTitle).map(({ group }) => group));
  const told = bad.filter(
    ({ group, title, verdict }) => title === validTitle || verdict === 'fail' || !invalid.has(group),
  );
  const keyOf = ({ title, verdict, message }: CheckResult) => `${verdict} ${title} ${kindOf(message)}`;
  return [...groupBy(told, keyOf).values()].map(([first, ...others]) => ({
    verdict: first.verdict as Problem['verdict'],
    what: first.title === validTitle ? 'block not valid' : `check: ${first.title}`,
    where: placeOf(first.group, others.length),
    reason: unprefixed(first.message),
    next: nextOfCheck(first),
  }));
}

/**
 * Errors first, then failures, then what stays open; each once.
 * @param checks results of the suite; default: what the record itself tells
 */
export function problemsOf(
  record: RunRecord,
  checks: readonly CheckResult[] = checksOfRecord(record),
): Problem[] {
  const all = [...checkProblems(checks, record), ...targetProblems(record)];
  return severity.flatMap(verdict => all.filter(problem => problem.verdict === verdict));
}
