import { energyWord, percent, sig } from '../record/format.js';
import type { RunRecord } from '../record/run-record.js';
import { answerOf } from './answer/answer.js';
import type { CheckResult, Problem } from './answer/problems.js';
import {
  answerText,
  leftProblems,
  mostProblems,
  systemCells,
  systemHead,
  systemsTitle,
  targetCells,
  targetHead,
  targetsTitle,
} from './answer/text.js';
import { type Columns, energyBudgets, savingBudgets, savingTermLines } from './budget.js';
import { conditionRows } from './conditions.js';
import { mlperfRules } from './mlperf-rules.js';
import { areaText, scoreName } from './scores.js';
import { type Escape, fittingTable, forCode, forMarkdown, forTerminal, textTable } from './text-table.js';

/** Targets that Markdown shows, so that a comment stays within 60 lines. */
const mostTargets = 12;
/** Savings whose terms Markdown names; all are in the HTML report and behind `--budget`. */
const mostSavings = 4;

/** What MLPerf Tiny reports, one line a mode of a DUT that is not ours. */
function mlperfLines(record: RunRecord): string[] {
  const { blocks, thirdParty } = record;
  if (thirdParty === undefined) return [];
  const figures = blocks.flatMap(({ bundle, strategy, mlperf, accuracy, scored }) => {
    if (mlperf === undefined) return [];
    const {
      auc,
      latencyMedian_ms: latency,
      energyMedian_uJ: energy,
      inferencesPerSecond,
      iterations,
      loop,
    } = mlperf;
    const range = (m: { value: number; low: number; high: number }, unit: string) =>
      `${sig(m.value, 5)} ${unit} (${sig(m.low, 5)} to ${sig(m.high, 5)})`;
    const parts = [
      ...(strategy === 'accuracy' && scored > 0 ? [`top-1 ${percent(accuracy)} %`] : []),
      ...(auc === null ? [] : [`AUC ${auc.toFixed(3)}`]),
      ...(latency === null
        ? []
        : [`median latency ${range(latency, 'ms')}, ${sig(inferencesPerSecond, 5)} inferences/s`]),
      ...(energy === null
        ? []
        : [
            `median ${energyWord(record)} energy ${range(energy, 'uJ')} an inference, ${iterations} a window`,
          ]),
    ];
    if (loop !== undefined)
      parts.push(
        `${loop.inputs} inputs in turn: Big ran in ${loop.bigRuns} of ${loop.inferences}, the gate in ${loop.gateRuns}`,
      );
    return [`MLPerf Tiny protocol, ${bundle}, ${strategy}: ${parts.join('; ')}.`];
  });
  const { name, profile, model } = thirdParty;
  const rules = mlperfRules(record);
  const broken = rules.filter(({ kept }) => !kept);
  return [
    `The DUT names itself ${name}, profile ${profile}, model ${model}.`,
    ...figures,
    `${rules.length - broken.length} of ${rules.length} rules kept${broken.length === 0 ? '' : ':'}${broken
      .map(({ mode, rule, asked, found }) => ` ${mode}: ${rule} ${found}, asked ${asked}`)
      .join(';')}.`,
  ];
}

/** What the scores of a run come to, one line a block that has some. */
function scoreLines({ blocks }: RunRecord): string[] {
  return blocks.flatMap(({ scores, bundle, strategy, board, level }) =>
    scores === undefined
      ? []
      : [
          `${bundle}, ${strategy} on ${board} at ${level.name}: ${scoreName(scores)}, AUC ${areaText(scores)}.`,
        ],
  );
}

/** What a summary may be told besides the record. */
export interface SummaryOptions {
  /** Results of the suite; default: what the record itself tells. */
  checks?: readonly CheckResult[];
  /** Columns of the terminal; default: tables of any width. */
  width?: number;
}

const budgetTables = (budgets: readonly Columns[], safe: Escape, width: number): string[] =>
  budgets.flatMap(({ caption, head, rows }) => [
    safe(caption),
    '',
    fittingTable(head, rows, width, safe),
    '',
  ]);

/** The uncertainty budgets of energies and savings, for a terminal of some width. */
export function budgetText(record: RunRecord, width = Number.POSITIVE_INFINITY): string {
  const tables = budgetTables([...energyBudgets(record), ...savingBudgets(record)], forTerminal, width);
  return tables.length === 0 ? 'This run has no energy and no budget of it.' : tables.join('\n');
}

/** How the verdicts were made, in one line. */
function decisionLine({ decisionRule: rule, checks }: RunRecord): string[] {
  if (rule === undefined || checks === undefined) return [];
  return [
    `Decision rule: ${rule.name}; ${rule.guardBand}; ${rule.source}. ${checks.withInterval} of ${checks.total} checks judge a figure with an interval.`,
  ];
}

/** The answer of a run for the terminal. */
export function summaryText(
  record: RunRecord,
  { checks, width = Number.POSITIVE_INFINITY }: SummaryOptions = {},
): string {
  const lines = [...mlperfLines(record), ...scoreLines(record)].map(forTerminal);
  return [
    answerText(record, answerOf(record, checks), width),
    ...(lines.length === 0 ? [] : ['', ...lines]),
    ...decisionLine(record).map(forTerminal),
    ...conditionRows(record).map(([name, text]) => forTerminal(`${name}: ${text}`)),
    '',
  ].join('\n');
}

function problemLine({ verdict, what, where, reason, next }: Problem): string {
  return `- **${verdict}** ${forMarkdown(`${what}: ${where}`)}: ${forMarkdown(reason)}; next: ${forMarkdown(next)}`;
}

/** The same as a Markdown file of at most 60 lines, e.g. for a pull request. */
export function summaryMarkdown(record: RunRecord, { checks }: SummaryOptions = {}): string {
  const answer = answerOf(record, checks);
  const { outcome, headline, problems, targets, systems, systemsNote, facts, notices } = answer;
  const rest = targets.length - mostTargets;
  const table = (head: readonly string[], rows: readonly string[][]) => textTable(head, rows, forMarkdown);
  return [
    `## littlefirst: ${outcome}`,
    '',
    `${forMarkdown(headline)}. Run \`${forCode(record.id)}\`.`,
    '',
    ...problems.slice(0, mostProblems).map(problemLine),
    ...leftProblems(answer),
    ...(problems.length === 0 ? [] : ['']),
    ...notices.map(notice => `> **${forMarkdown(notice)}**<br>`),
    ...(notices.length === 0 ? [] : ['']),
    ...(targets.length === 0
      ? []
      : [targetsTitle, '', table(targetHead, targets.slice(0, mostTargets).map(targetCells)), '']),
    ...(rest > 0 ? [`${rest} more targets are in the report.`, ''] : []),
    ...(systems.length === 0
      ? []
      : [systemsTitle, '', table(systemHead(record), systems.map(systemCells)), '']),
    ...(systemsNote === '' ? [] : [systemsNote, '']),
    ...[...mlperfLines(record), ...scoreLines(record)].flatMap(line => [forMarkdown(line), '']),
    ...decisionLine(record).flatMap(line => [forMarkdown(line), '']),
    ...savingTermLines(record, mostSavings).map(line => `- ${forMarkdown(line)}`),
    ...facts.map(([label, text]) => `- ${label}: ${forMarkdown(text)}`),
    ...conditionRows(record).map(
      ([name, text]) => `- ${forMarkdown(name.toLowerCase())}: ${forMarkdown(text)}`,
    ),
    '',
  ].join('\n');
}
