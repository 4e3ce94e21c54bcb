import { intervalText } from '../../../record/interval.js';
import { htmlDocument } from '../../../report/html/document.js';
import { section, template } from '../../../report/html/template.js';
import type { Alarm } from '../../series/alarm.js';
import type { MatrixRow } from '../../series/read.js';
import { classOf, timeText } from './words.js';

interface Line {
  name: string;
  /** By strategy; undefined: not run. */
  cells: (MatrixRow | undefined)[];
}

/** One line a board, chip, bundle, level and bench; one column a strategy. */
function matrixOf(rows: readonly MatrixRow[]): { strategies: string[]; lines: Line[] } {
  const strategies = [...new Set(rows.map(({ strategy }) => strategy))].sort();
  const lines = new Map<string, Line>();
  for (const row of rows) {
    const name = `${row.name} ${row.level}, ${row.bench}`;
    const line = lines.get(name) ?? { name, cells: strategies.map(() => undefined) };
    line.cells[strategies.indexOf(row.strategy)] = row;
    lines.set(name, line);
  }
  return { strategies, lines: [...lines.values()] };
}

const matrix = template<{
  strategies: string[];
  lines: Line[];
  classOf: typeof classOf;
}>(`<div class="scroll" tabindex="0" role="group" aria-label="Last night"><table>
<thead><tr><th scope="col">Board, chip, bundle, level, bench</th><% for (const s of it.strategies) { %><th scope="col"><%= s %></th><% } %></tr></thead><tbody>
<% for (const line of it.lines) { %><tr><th scope="row" class="p"><%= line.name %></th><% for (const cell of line.cells) { %><td class="<%= cell === undefined ? '' : it.classOf(cell.state === null || cell.state === 'not regressed' ? cell.outcome : cell.state) %>"><% if (cell !== undefined) { %><a href="/series/<%= cell.series %>"><%= cell.energy === null ? 'no energy' : cell.energy.toPrecision(4) + ' uJ' %></a> <%= cell.outcome %><% if (cell.state !== null) { %>, step: <%= cell.state %><% } %><% if (cell.has_report) { %> <a href="/runs/<%= encodeURIComponent(cell.run) %>/report.html">report</a><% } %><% } else { %>not run<% } %></td><% } %></tr>
<% } %></tbody></table></div>`);

const alarmTable = template<{
  rows: readonly (Alarm & { change: string })[];
  timeText: typeof timeText;
}>(`<div class="scroll" tabindex="0" role="group" aria-label="Alarms"><table>
<thead><tr><th scope="col">Series</th><th scope="col">Raised</th><th scope="col" class="n">Needs more by [95 %]</th><th scope="col">Twin</th><th scope="col">First bad image</th></tr></thead><tbody>
<% for (const a of it.rows) { %><tr><th scope="row" class="p"><a href="/series/<%= a.series %>"><%= a.name %></a>, <%= a.bench %></th><td><%= it.timeText(a.raised_at) %></td><td class="n fail"><%= a.change %></td><td><%= a.twin %></td>
<td class="p"><%= a.searched_at === null ? 'being searched for' : 'run ' + a.first_bad_run + ', commit ' + (a.first_bad_commit ?? '').slice(0, 12) %></td></tr>
<% } %></tbody></table></div>`);

const header = `<header><p class="brand"><a href="/">littlefirst farm</a>, <a href="/series">all series</a></p><h1>Last night</h1><p>Each series' newest run of the last two days, and what was confirmed.</p></header>`;

/** Last night's matrix, and the alarms. */
export function nightPage(rows: readonly MatrixRow[], alarms: readonly Alarm[]): string {
  return htmlDocument({
    title: 'littlefirst farm: last night',
    header,
    body: [
      section({
        id: 'alarms',
        title: 'Confirmed regressions',
        body:
          alarms.length === 0
            ? '<p>None.</p>'
            : alarmTable({
                rows: alarms.map(alarm => ({
                  ...alarm,
                  change: intervalText(
                    { value: alarm.effect, low: alarm.effect_low, high: alarm.effect_high },
                    'share',
                    { isSigned: true },
                  ),
                })),
                timeText,
              }),
      }),
      section({
        id: 'matrix',
        title: 'Matrix',
        body: rows.length === 0 ? '<p>Nothing ran.</p>' : matrix({ ...matrixOf(rows), classOf }),
      }),
    ].join('\n'),
  });
}
