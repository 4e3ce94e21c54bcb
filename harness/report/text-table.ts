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
