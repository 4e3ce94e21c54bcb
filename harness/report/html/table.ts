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
  columns: readonly Column[];
  rows: readonly (readonly (string | Cell)[])[];
}

const render = template<{
  caption?: string;
  isTight?: boolean;
  columns: readonly Column[];
  rows: readonly Cell[][];
}>(`<div class="scroll" tabindex="0" role="group" aria-label="<%= it.caption ?? it.columns.map(c => c.head).slice(0, 3).join(', ') %>"><table<% if (it.isTight) { %> class="tight"<% } %>>
<% if (it.caption) { %><caption><%= it.caption %></caption>
<% } %><thead><tr><% for (const c of it.columns) { %><th scope="col"<% if (c.isNumber) { %> class="n"<% } %>><%= c.head %></th><% } %></tr></thead>
<tbody>
<% for (const row of it.rows) { %><tr><% row.forEach((cell, i) => { %><td class="<%= it.columns[i].isNumber ? 'n ' : it.columns[i].isProse ? 'p ' : '' %><%= cell.mark ?? '' %>"<% if (cell.style) { %> style="<%= cell.style %>"<% } %>><%= cell.text %></td><% }) %></tr>
<% } %></tbody></table></div>
`);

/** An HTML table; every text is escaped. Rows have as many cells as there are columns. */
export function table({ rows, ...rest }: TableData): string {
  return render({
    ...rest,
    rows: rows.map(row => row.map(cell => (typeof cell === 'string' ? { text: cell } : cell))),
  });
}

/** Column of figures. */
export const number = (head: string): Column => ({ head, isNumber: true });
/** Column of short words that stay on one line. */
export const words = (head: string): Column => ({ head });
/** Column of sentences. */
export const prose = (head: string): Column => ({ head, isProse: true });
