import { Eta } from 'eta';
import type { RunRecord } from '../../record/run-record.js';
import type { Run } from '../../verdict/run.js';
import type { CheckResult } from '../answer/problems.js';

/** What every section of the report is made from. */
export interface ReportContext {
  run: Run;
  record: RunRecord;
  /** `modelled`, `measured` or `replayed`: stands before every energy. */
  word: string;
  /** Results of the suite. */
  checks: readonly CheckResult[];
}

const eta = new Eta({ autoEscape: true });

/** Compiles an Eta template; `<%= %>` escapes, `<%~ %>` does not, the data is `it`. */
export function template<T extends object>(source: string): (data: T) => string {
  const compiled = eta.compile(source);
  return data => eta.render(compiled, data);
}

interface SectionData {
  id: string;
  title: string;
  /** Paragraphs of plain text under the heading. */
  notes?: readonly string[];
  body: string;
}

/** A section of the page with its heading. `body` is HTML. */
export const section = template<SectionData>(`<section id="<%= it.id %>">
<h2><%= it.title %></h2>
<% for (const note of it.notes ?? []) { %><p class="note"><%= note %></p>
<% } %><%~ it.body %>
</section>
`);
