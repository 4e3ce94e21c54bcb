import type { Writable } from 'node:stream';
import colours from 'picocolors';
import type { RunRecord } from '../report/run-record.js';
import type { SuiteResult } from '../suite/index.js';
import { printLine } from './context.js';

const verdictColours = {
  pass: colours.green,
  fail: colours.red,
  inconclusive: colours.yellow,
  error: colours.red,
} as const;

/** Loud words about data that are not real people. */
export function cautionBanner(caution: string): string {
  const text = `  ${caution}  `;
  return colours.bold(colours.black(colours.bgYellow(text)));
}

function padded(rows: string[][]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map(row => row[column].length)));
  return rows.map(row =>
    row
      .map((cell, i) => (i < 3 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd(),
  );
}

const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;

function blockRow(block: RunRecord['blocks'][number]): string[] {
  const energy = block.energyPerWindow_uJ;
  const saving = block.savingVsBigOnly?.energy ?? null;
  return [
    block.level.name,
    block.bundle,
    block.strategy,
    `${block.correct}/${block.scored}`,
    percent(block.accuracy),
    String(block.bigRuns),
    energy === null ? '-' : `${energy.value.toFixed(1)} ± ${energy.u95.toFixed(1)}`,
    saving === null ? '-' : percent(saving),
    String(block.goldenMismatches),
    block.valid === true ? '' : `not valid: ${block.valid}`,
  ];
}

/** Prints the blocks, what was not passed, and the outcome. */
export function printSummary(out: Writable, record: RunRecord, suite: SuiteResult, folder: string): void {
  const { energy, dataset } = record.provenance;
  const header = ['level', 'bundle', 'strategy', 'correct', 'accuracy', 'Big runs'];
  const rows = [...header, `uJ/window (${energy})`, 'saving', 'golden mismatches', ''];
  printLine(out);
  for (const line of padded([rows, ...record.blocks.map(blockRow)])) printLine(out, line);
  printLine(out);
  for (const { group, title, verdict, message } of suite.results)
    if (verdict !== 'pass')
      printLine(out, `${verdictColours[verdict](verdict)}  ${group}: ${title}: ${message}`);
  const counts = `${suite.passed} passed, ${suite.failed} failed, ${suite.inconclusive} inconclusive`;
  printLine(out, `${verdictColours[suite.outcome](suite.outcome.toUpperCase())}  ${counts}`);
  if (dataset.caution !== undefined) printLine(out, cautionBanner(dataset.caution));
  printLine(out, folder);
}
