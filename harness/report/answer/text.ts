import { energyWord } from '../../record/format.js';
import type { RunRecord } from '../../record/run-record.js';
import { type Escape, fittingTable, forTerminal } from '../text-table.js';
import type { Answer } from './answer.js';
import type { Problem } from './problems.js';
import type { SystemRow } from './systems.js';
import type { TargetRow } from './target-rows.js';

/** Heads and cells of the answer's two tables, the same in every form. */

export const targetHead = [
  'verdict',
  'target',
  'value [95 %]',
  'limit',
  'margin',
  'blocks met',
  'worst block',
] as const;

export const targetCells = (row: TargetRow): string[] => [
  row.verdict,
  row.target,
  row.value,
  row.limit,
  row.margin,
  row.met,
  row.worstBlock,
];

export const systemHead = (record: RunRecord): string[] => {
  const word = energyWord(record);
  return [
    'strategy',
    'level',
    'accuracy [95 %]',
    `${word} active energy / window [95 %]`,
    `${word} energy saving, active [95 %]`,
    `${word} energy saving, sleep included [95 %]`,
  ];
};

export const systemCells = (row: SystemRow): string[] => [
  row.system,
  row.level,
  row.accuracy,
  row.energy,
  row.saving,
  row.savingWithSleep,
];

export const targetsTitle =
  'Targets, each by its worst block. Margin: from the limit to the near end of the interval; negative where the interval reaches over it.';
export const systemsTitle =
  'Accuracy and saving of the same block: each strategy at the level where it saves least, big-only where most of them are.';

/** Problems that a terminal and a comment show; the rest is counted. */
export const mostProblems = 8;

export function leftProblems({ problems }: Answer): string[] {
  const left = problems.length - mostProblems;
  return left > 0 ? [`${left} more problems are in the report.`] : [];
}

function problemLines({ verdict, what, where, reason, next }: Problem, safe: Escape): string[] {
  const indent = ' '.repeat(verdict.length + 2);
  return [
    `${verdict}  ${safe(`${what}: ${where}`)}`,
    `${indent}${safe(reason)}`,
    `${indent}next: ${safe(next)}`,
  ];
}

/** The answer for a terminal of some width. */
export function answerText(record: RunRecord, answer: Answer, width: number): string {
  const { outcome, headline, problems, targets, systems, systemsNote, facts, notices } = answer;
  const labelWidth = Math.max(...facts.map(([label]) => label.length));
  return [
    `${outcome.toUpperCase()}  ${headline}`,
    ...problems.slice(0, mostProblems).flatMap(problem => problemLines(problem, forTerminal)),
    ...leftProblems(answer),
    ...notices.map(forTerminal),
    '',
    ...(targets.length === 0
      ? []
      : [targetsTitle, fittingTable(targetHead, targets.map(targetCells), width), '']),
    ...(systems.length === 0
      ? []
      : [systemsTitle, fittingTable(systemHead(record), systems.map(systemCells), width)]),
    ...(systemsNote === '' ? [] : [systemsNote]),
    '',
    ...facts.map(([label, text]) => `${label.padEnd(labelWidth)}  ${forTerminal(text)}`),
  ].join('\n');
}
