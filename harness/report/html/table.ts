import { template } from './template.js';

export interface Cell {
  text: string;
  /** CSS class, e.g. the verdict. */
  mark?: string;
  /** Inline style; only for computed shades. */
  style?: string;
}

export interface Column {
  head: string;
  /** Right-aligned figures. */
  isNumber?: boolean;
  /** May take several lines. */
  isProse?: boolean;
}

interface TableData {
  caption?: string;
  /** Many narrow columns: small figures without room around them. */
  isTight?: boolean;
  /** On a narrow screen each row becomes a card: for what must be read at a glance. */
  isCards?: boolean;
  /** The column that says what a row is about; it stays in sight. Default: the first. */
  rowHead?: number;
  columns: readonly Column[];
  rows: readonly (readonly (string | Cell)[])[];
}

/** What stands smaller below a figure: what its interval is made of. */
const partsPattern = /^(.*\S) (\((?:meter|interval not stated)[^()]*\))$/;

interface ShownCell extends Cell {
  parts?: string;
}

function shown(cell: string | Cell): ShownCell {
  const one = typeof cell === 'string' ? { text: cell } : cell;
  const [, text, parts] = partsPattern.exec(one.text) ?? [];
  return parts === undefined ? one : { ...one, text, parts };
}

const render = template<{
  caption?: string;
  className: string;
  isCards: boolean;
  rowHead: number;
  columns: readonly Column[];
  rows: readonly ShownCell[][];
}>(`<div class="scroll" tabindex="0" role="group" aria-label="<%= it.caption ?? it.columns.map(c => c.head).slice(0, 3).join(', ') %>"><table<% if (it.className) { %> class="<%= it.className %>"<% } %><% if (it.isCards) { %> role="table"<% } %>>
<% if (it.caption) { %><caption><%= it.caption %></caption>
<% } %><thead><tr<% if (it.isCards) { %> role="row"<% } %>><% for (const c of it.columns) { %><th scope="col"<% if (it.isCards) { %> role="columnheader"<% } %><% if (c.isNumber) { %> class="n"<% } %>><%= c.head %></th><% } %></tr></thead>
<tbody>
<% for (const row of it.rows) { %><tr<% if (it.isCards) { %> role="row"<% } %>><% row.forEach((cell, i) => { const c = it.columns[i]; const isHead = i === it.rowHead; const tag = isHead ? 'th' : 'td'; const mark = ((c.isNumber ? 'n ' : c.isProse ? 'p ' : '') + (cell.mark ?? '')).trim(); %><<%= tag %><% if (isHead) { %> scope="row"<% } %><% if (it.isCards) { %> role="<%= isHead ? 'rowheader' : 'cell' %>" data-head="<%= c.head %>"<% } %><% if (mark) { %> class="<%= mark %>"<% } %><% if (cell.style) { %> style="<%= cell.style %>"<% } %>><%= cell.text %><% if (cell.parts) { %> <small><%= cell.parts %></small><% } %></<%= tag %>><% }) %></tr>
<% } %></tbody></table></div>
`);

/** An HTML table; every text is escaped. Rows have as many cells as there are columns. */
export function table({ rows, isTight, isCards = false, rowHead = 0, ...rest }: TableData): string {
  return render({
    ...rest,
    isCards,
    rowHead,
    className: [...(isTight === true ? ['tight'] : []), ...(isCards ? ['cards'] : [])].join(' '),
    rows: rows.map(row => row.map(shown)),
  });
}

/** Column of figures. */
export const number = (head: string): Column => ({ head, isNumber: true });
/** Column of short words that stay on one line. */
export const words = (head: string): Column => ({ head });
/** Column of sentences. */
export const prose = (head: string): Column => ({ head, isProse: true });
