import { htmlDocument } from '../../../report/html/document.js';
import { section, template } from '../../../report/html/template.js';
import type { AuditRow, JobRow, RunRow } from '../../store/read.js';
import { classOf, timeText } from './words.js';

const rows = template<{
  rows: readonly AuditRow[];
  timeText: typeof timeText;
}>(`<div class="scroll" tabindex="0" role="group" aria-label="What was done"><table>
<thead><tr><th scope="col">When</th><th scope="col">Who</th><th scope="col">What</th><th scope="col">To what</th><th scope="col">More</th></tr></thead><tbody>
<% for (const row of it.rows) { %><tr><td><%= it.timeText(row.at) %></td><td><%= row.actor %></td><td><%= row.action %></td><td><%= row.subject %></td><td class="p"><%= JSON.stringify(row.detail) %></td></tr>
<% } %></tbody></table></div>`);

export const auditTable = (audit: readonly AuditRow[]): string => rows({ rows: audit, timeText });

const header = template<{
  job: JobRow;
  classOf: typeof classOf;
}>(`<header class="<%= it.classOf(it.job.state) %>">
<p class="brand"><a href="/">littlefirst farm</a></p><h1><%= it.job.name %></h1>
<p><span class="badge <%= it.classOf(it.job.state) %>"><%= it.job.state %></span> after <%= it.job.attempts %> attempts<% if (it.job.code !== null) { %>; <%= it.job.code %>: <%= it.job.message %><% } %></p></header>`);

const files = template<{
  run: RunRow;
}>(`<p>Run <%= it.run.id %> on bench <%= it.run.bench %>: <%= it.run.outcome %>, <%= it.run.energy %> energy.</p><ul>
<% for (const file of it.run.files) { %><li><a href="/runs/<%= encodeURIComponent(it.run.id) %>/<%= encodeURIComponent(file.name) %>"><%= file.name %></a> <span class="note"><%= file.sha256.slice(0, 12) %></span></li>
<% } %></ul>`);

/** One job: its attempts as the audit log has them, its run and the run's files. */
export function jobPage({
  job,
  run,
  audit,
}: {
  job: JobRow;
  run?: RunRow;
  audit: readonly AuditRow[];
}): string {
  return htmlDocument({
    title: `littlefirst farm: ${job.name}`,
    header: header({ job, classOf }),
    body: [
      run === undefined ? '' : section({ id: 'run', title: 'Run', body: files({ run }) }),
      section({ id: 'audit', title: 'What happened', body: auditTable(audit) }),
    ].join('\n'),
  });
}
