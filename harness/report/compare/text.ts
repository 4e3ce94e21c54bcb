import type { Comparison } from '../../verdict/compare/comparison.js';
import { type Escape, fittingTable, forCode, forMarkdown, forTerminal } from '../text-table.js';
import { cellsOf, comparisonNotes, effectHead, effectRows, reading, verdictLine } from './rows.js';

/** Rows and differences that Markdown shows, so that a comment stays within 60 lines; the rest is counted. */
const mostRows = 20;
const mostDifferences = 8;

function tableOf(
  comparison: Comparison,
  safe: Escape,
  { most = Number.POSITIVE_INFINITY, width = Number.POSITIVE_INFINITY } = {},
): string[] {
  const rows = effectRows(comparison);
  if (rows.length === 0) return [];
  const shown = rows.slice(0, most);
  return [
    fittingTable(effectHead, shown.map(cellsOf), width, safe),
    ...(rows.length > shown.length ? ['', `${rows.length - shown.length} more rows are not shown.`] : []),
  ];
}

/** A comparison for a terminal of some width. */
export function comparisonText(comparison: Comparison, width?: number): string {
  const { baseline, candidate, differences } = comparison;
  return [
    verdictLine(comparison),
    `baseline   ${baseline.id}  ${baseline.startedAt}  ${baseline.outcome}`,
    `candidate  ${candidate.id}  ${candidate.startedAt}  ${candidate.outcome}`,
    ...comparisonNotes(comparison),
    ...differences.map(one => `differs: ${one.what}: ${one.baseline} -> ${one.candidate}`),
  ]
    .map(forTerminal)
    .concat('', tableOf(comparison, forTerminal, { width }), '', reading, '')
    .join('\n');
}

/** A comparison as Markdown, fit for a comment on a pull request. */
export function comparisonMarkdown(comparison: Comparison): string {
  const { baseline, candidate, differences } = comparison;
  return [
    `## littlefirst compare: ${comparison.verdict}`,
    '',
    forMarkdown(verdictLine(comparison)),
    '',
    `Baseline \`${forCode(baseline.id)}\`, candidate \`${forCode(candidate.id)}\`.`,
    '',
    ...comparisonNotes(comparison).flatMap(note => [`> ${forMarkdown(note)}`, '']),
    ...tableOf(comparison, forMarkdown, { most: mostRows }),
    '',
    ...(differences.length === 0
      ? ['The runs differ in nothing but their figures.']
      : [
          ...differences
            .slice(0, mostDifferences)
            .map(one => `- ${forMarkdown(`${one.what}: ${one.baseline} → ${one.candidate}`)}`),
          ...(differences.length > mostDifferences
            ? [`- and ${differences.length - mostDifferences} more differences`]
            : []),
        ]),
    '',
    `<sub>${forMarkdown(reading)}</sub>`,
    '',
  ].join('\n');
}
