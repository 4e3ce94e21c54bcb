import { visibleLine } from '../visible.js';

/** Makes a string of others harmless where it is to be shown. */
export type Escape = (text: string) => string;

export const forTerminal: Escape = visibleLine;
/** For Markdown and the HTML that it may hold: no mark-up, no mention. */
export const forMarkdown: Escape = text =>
  visibleLine(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('@', '&#64;')
    .replace(/[\\`*_[\]~#!]/g, '\\$&');
/** Within a code span, which ends at a backtick only. */
export const forCode: Escape = text => visibleLine(text).replaceAll('`', "'");

/** A Markdown table whose columns are padded, so that it reads as plain text too. Pipes in cells are escaped. */
export function textTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  safe: Escape = forTerminal,
): string {
  const clean = [head, ...rows].map(row => row.map(cell => safe(cell).replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(3, ...clean.map(row => [...row[column]].length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell + ' '.repeat(widths[column] - [...cell].length)).join(' | ')} |`;
  const rule = `| ${widths.map(width => '-'.repeat(width)).join(' | ')} |`;
  return [line(clean[0]), rule, ...clean.slice(1).map(line)].join('\n');
}

/**
 * A table that fits a terminal: as it is where there is room, else each row as a list of its cells under its first.
 * @param width columns of the terminal
 */
export function fittingTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width: number,
  safe: Escape = forTerminal,
): string {
  const wide = textTable(head, rows, safe);
  if ([...wide.slice(0, wide.indexOf('\n'))].length <= width) return wide;
  const labels = head.map(text => `${text}: `);
  const indent = Math.max(...labels.slice(1).map(label => [...label].length));
  return rows
    .map(([first, ...others]) =>
      [safe(first), ...others.map((cell, i) => `  ${labels[i + 1].padEnd(indent)}${safe(cell)}`)].join('\n'),
    )
    .join('\n');
}
