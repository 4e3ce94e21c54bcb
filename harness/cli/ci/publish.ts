import { readFileSync } from 'node:fs';
import { answerOf, type FinishedRun, summaryMarkdown } from '../../library/index.js';
import type { CliContext } from '../context.js';
import { annotate, isGithubStep, summarise } from './github.js';
import type { Annotation } from './workflow-command.js';

/** GitHub shows this many errors of a step. */
const mostAnnotations = 10;

/** The bench file of a run, where it is still there. */
function benchOf({ journal }: FinishedRun): { file: string; text: string } | undefined {
  const { bench } = journal.campaign;
  const file = (bench as { file?: unknown } | null)?.file;
  if (typeof file !== 'string') return undefined;
  try {
    return { file, text: readFileSync(file, 'utf8') };
  } catch {
    return undefined;
  }
}

/** The line that names a target. */
function lineOf(text: string, target: string): number | undefined {
  const at = text.split('\n').findIndex(line => line.includes('name:') && line.includes(target));
  return at < 0 ? undefined : at + 1;
}

/**
 * Tells the system of continuous integration that this process is part of, where it is one that listens: GitHub Actions gets the summary of
 * the step, and an annotation of the bench file for each problem. Others read `junit.xml` and `report.md`.
 * @param failOn a verdict that fails the step too
 */
export async function publish(
  context: CliContext,
  run: FinishedRun,
  failOn: 'inconclusive' | undefined,
): Promise<void> {
  if (!isGithubStep(context)) return;
  const { record, suite, report } = run;
  await summarise(context, summaryMarkdown(record, { checks: suite.results }));
  const judged = suite.results.filter(({ isAllowed }) => isAllowed !== true);
  const allowed = new Set(
    suite.results.flatMap(({ isAllowed, group }) => (isAllowed === true ? [group] : [])),
  );
  const bench = benchOf(run);
  const annotations = answerOf(record, judged)
    .problems.filter(({ what }) => !allowed.has(what))
    .map(({ verdict, what, where, reason, next }): Annotation => {
      const line = bench === undefined ? undefined : lineOf(bench.text, what.replace(/^target /, ''));
      return {
        level: verdict === 'inconclusive' && failOn !== 'inconclusive' ? 'warning' : 'error',
        title: `${verdict}: ${what}`,
        message: `${where}: ${reason}\nnext: ${next}\nreport: ${report}`,
        file: bench?.file,
        line: line ?? (bench === undefined ? undefined : 1),
      };
    });
  annotate(context, annotations.slice(0, mostAnnotations));
}
