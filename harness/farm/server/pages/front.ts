import { htmlDocument } from '../../../report/html/document.js';
import { section, template } from '../../../report/html/template.js';
import type { AuditRow, FleetRow, JobRow } from '../../store/read.js';
import { auditTable } from './job.js';
import { classOf, timeText } from './words.js';

interface Front {
  person: string;
  fleet: readonly FleetRow[];
  jobs: readonly JobRow[];
  audit: readonly AuditRow[];
}

const words = { classOf, timeText };
type Words = typeof words;

function benchState(row: FleetRow): string {
  if (row.quarantine !== null) return 'quarantined';
  return row.is_draining ? 'draining' : 'in service';
}

const header = template<{ person: string; counts: string }>(`<header>
<p class="brand">littlefirst farm</p><h1>Fleet and queue</h1>
<p><%= it.counts %></p><p><a href="/night">Last night</a>, <a href="/series">all series</a></p>
<form method="post" action="/logout"><p class="note"><%= it.person %> <button type="submit">Sign out</button></p></form></header>`);

const fleetTable = template<
  { rows: (FleetRow & { state: string })[] } & Words
>(`<div class="scroll" tabindex="0" role="group" aria-label="Fleet"><table>
<thead><tr><th scope="col">Device</th><th scope="col">Board, chip, meter</th><th scope="col">Bench</th><th scope="col">Held by</th><th scope="col">Since</th><th scope="col">Last heard of</th></tr></thead><tbody>
<% for (const row of it.rows) { %><tr><th scope="row"><%= row.bench %>/<%= row.device %></th><td><%= row.board %>, <%= row.chip %>, <%= row.meter %></td>
<td class="p <%= it.classOf(row.state) %>"><%= row.state %><% if (row.quarantine !== null) { %>: <%= row.quarantine %><% } %></td>
<td><%= row.holder === null ? 'free' : row.holder + (row.held_as === 'reservation' ? ' (reserved)' : ', lease ' + row.fence) %></td><td><%= it.timeText(row.held_since) %></td><td><%= it.timeText(row.seen_at) %></td></tr>
<% } %></tbody></table></div>`);

const jobTable = template<
  { rows: readonly JobRow[] } & Words
>(`<div class="scroll" tabindex="0" role="group" aria-label="Jobs"><table>
<thead><tr><th scope="col">Job</th><th scope="col">State</th><th scope="col">Outcome</th><th scope="col" class="n">Attempts</th><th scope="col">Bench</th><th scope="col">Asked for by</th><th scope="col">Since</th></tr></thead><tbody>
<% for (const row of it.rows) { %><tr><th scope="row"><a href="/jobs/<%= row.id %>"><%= row.name %></a></th><td class="<%= it.classOf(row.state) %>"><%= row.state %></td>
<td class="<%= it.classOf(row.outcome ?? '') %>"><%= row.outcome ?? row.code ?? '' %></td><td class="n"><%= row.attempts %></td><td><%= row.bench ?? '' %></td><td><%= row.created_by %></td><td><%= it.timeText(row.created_at) %></td></tr>
<% } %></tbody></table></div>`);

/** The first page: who holds what, and what waits, runs and has ended. */
export function frontPage({ person, fleet, jobs, audit }: Front): string {
  const count = (state: string) => jobs.filter(job => job.state === state).length;
  const counts = `${fleet.length} devices; of the newest ${jobs.length} jobs ${count('queued')} wait, ${count('running')} run, ${count('done')} are done, ${count('error')} ended in an error.`;
  return htmlDocument({
    title: 'littlefirst farm',
    header: header({ person, counts }),
    body: [
      section({
        id: 'fleet',
        title: 'Fleet',
        body: fleetTable({ rows: fleet.map(row => ({ ...row, state: benchState(row) })), ...words }),
      }),
      section({ id: 'jobs', title: 'Jobs', body: jobTable({ rows: jobs, ...words }) }),
      section({ id: 'audit', title: 'What was done last', body: auditTable(audit) }),
    ].join('\n'),
  });
}
