import { intervalText } from '../../../record/interval.js';
import { htmlDocument } from '../../../report/html/document.js';
import { section, template } from '../../../report/html/template.js';
import type { AnnotationRow, SuspicionRow, Watched } from '../../series/read.js';
import type { Swap } from '../../series/swap.js';
import type { SeriesRow } from '../../store/read.js';
import { seriesChart } from './series-chart.js';
import { classOf, timeText } from './words.js';

type Point = Watched['points'][number];

const table = template<{
  points: readonly Point[];
  timeText: typeof timeText;
  energyText: typeof energyText;
}>(`<div class="scroll" tabindex="0" role="group" aria-label="Nights"><table>
<thead><tr><th scope="col">Run</th><th scope="col">When</th><th scope="col" class="n">Energy / window, uJ [95 %]</th><th scope="col" class="n">Cycles / window, board</th><th scope="col" class="n">emulator</th><th scope="col" class="n">Accuracy</th><th scope="col">Image</th><th scope="col">Commit</th></tr></thead><tbody>
<% for (const p of [...it.points].reverse()) { %><tr><th scope="row"><% if (p.job === null) { %><%= p.run %><% } else { %><a href="/jobs/<%= p.job %>"><%= p.run %></a><% } %></th><td><%= it.timeText(p.at) %></td>
<td class="n"><%= it.energyText(p) %></td>
<td class="n"><%= p.cycles === null ? 'none' : Math.round(p.cycles) %></td><td class="n"><%= p.twin === null ? 'none' : Math.round(p.twin) %></td>
<td class="n"><%= p.accuracy === null ? 'none' : p.accuracy.toFixed(4) %></td><td><%= p.image.slice(0, 12) %></td><td><%= p.commit.slice(0, 12) %></td></tr>
<% } %></tbody></table></div>`);

const energyText = ({ energy, low, high }: Point): string =>
  low === null || high === null ? energy.toPrecision(5) : intervalText({ value: energy, low, high }, 'uJ');

const steps = template<{
  rows: readonly (SuspicionRow & { effectText: string; sizeText: string })[];
  timeText: typeof timeText;
  classOf: typeof classOf;
}>(`<div class="scroll" tabindex="0" role="group" aria-label="Steps"><table>
<thead><tr><th scope="col">Found</th><th scope="col">Verdict</th><th scope="col" class="n">Step in the series</th><th scope="col" class="n">A B B A [95 %]</th><th scope="col">Twin</th><th scope="col">Runs</th><th scope="col">More</th></tr></thead><tbody>
<% for (const s of it.rows) { %><tr><th scope="row"><%= it.timeText(s.found_at) %></th><td class="<%= it.classOf(s.state) %>"><%= s.state %></td><td class="n"><%= s.sizeText %></td><td class="n"><%= s.effectText %></td>
<td><%= s.twin %></td><td class="p">before <%= s.before_run %>, after <%= s.after_run %></td><td class="p"><%= s.first_bad_run === null ? '' : 'first bad image: run ' + s.first_bad_run + '. ' %><%= s.reason ?? '' %></td></tr>
<% } %></tbody></table></div>`);

const notes = template<{
  rows: readonly AnnotationRow[];
  timeText: typeof timeText;
}>(`<ul>
<% for (const note of it.rows) { %><li><%= it.timeText(note.at) %>: <%= note.kind === 'accepted' ? 'accepted: ' : '' %><%= note.body %> <span class="note"><%= note.made_by %></span></li>
<% } %></ul>`);

const form = template<{ id: string }>(`<form method="post" action="/series/<%= it.id %>/annotations">
<p><label for="body">Note</label><br><input id="body" name="body" required maxlength="2000" size="60"></p>
<p><label for="kind">Kind</label> <select id="kind" name="kind"><option value="note">a note</option><option value="accepted">the change is accepted: a new level begins now</option></select> <button type="submit">Write</button></p></form>`);

const nameOf = (s: SeriesRow): string => `${s.board} ${s.chip} ${s.level} ${s.bundle} ${s.strategy}`;

const header = template<{ title: string; note: string; state: string }>(
  `<header class="<%= it.state %>"><p class="brand"><a href="/">littlefirst farm</a>, <a href="/series">all series</a>, <a href="/night">last night</a></p><h1><%= it.title %></h1><p><%= it.note %></p></header>`,
);

const relative = (value: number, low: number, high: number): string =>
  intervalText({ value, low, high }, 'share', { isSigned: true });

const swapText = ({ name, value, u95, images }: Swap): string =>
  `This series follows the one with ${name}; over ${images} ${images === 1 ? 'image' : 'images'} that both have run, this one reads ${relative(value, value - u95, value + u95)} against it.`;

const swapNote = template<{ swap: Swap; text: string }>(
  `<p><%= it.text %> <a href="/series/<%= it.swap.from %>">The series before</a></p>`,
);

function chartOf(points: readonly Point[], starts: ReadonlySet<string>, energy: string): string {
  const energies = points.map(point => ({
    ...{ value: point.energy, low: point.low ?? point.energy, high: point.high ?? point.energy },
    isChange: starts.has(point.run),
    title: `${point.run}: ${point.energy.toPrecision(5)} uJ${starts.has(point.run) ? ', a level begins' : ''}`,
  }));
  const cycles = points.flatMap(({ run, twin }) =>
    twin === null
      ? []
      : [
          {
            value: twin,
            low: twin,
            high: twin,
            isChange: starts.has(run),
            title: `${run}: ${Math.round(twin)} cycles`,
          },
        ],
  );
  return [
    seriesChart(
      energies,
      `Energy of a window, ${energy}, with 95 % intervals, the newest ${points.length} nights, oldest at the left; a dashed line begins a level`,
    ),
    seriesChart(cycles, 'Twin: cycles of a window on the emulator, exact, of the same images'),
  ].join('\n');
}

/** A series: its nights with intervals, levels, the twin, steps with their verdicts, notes. @param mayWrite shows the form for notes */
export function seriesPage(series: SeriesRow, watched: Watched, mayWrite: boolean): string {
  const { points, levels, suspicions, annotations, swap } = watched;
  const starts = new Set(levels.slice(1).map(({ run }) => run));
  const [newest] = suspicions;
  const state = newest === undefined ? '' : classOf(newest.state);
  return htmlDocument({
    title: `littlefirst farm: ${nameOf(series)}`,
    header: header({
      title: nameOf(series),
      note: `${series.bench}; ${series.meter}; ${series.dataset}; ${series.energy} energy`,
      state,
    }),
    body: [
      section({
        id: 'points',
        title: 'Nights',
        body: [
          swap === null ? '' : swapNote({ swap, text: swapText(swap) }),
          chartOf(points, starts, series.energy),
          table({ points, timeText, energyText }),
        ].join('\n'),
      }),
      section({
        id: 'steps',
        title: 'Steps',
        body:
          suspicions.length === 0
            ? '<p>No step was suspected.</p>'
            : steps({
                rows: suspicions.map(row => ({
                  ...row,
                  sizeText: relative(Math.expm1(row.size), Math.expm1(row.size), Math.expm1(row.size)).split(
                    ' [',
                  )[0],
                  effectText:
                    row.effect === null ? 'none' : relative(row.effect, row.effect_low!, row.effect_high!),
                })),
                timeText,
                classOf,
              }),
      }),
      section({
        id: 'notes',
        title: 'Notes',
        body: `${annotations.length === 0 ? '<p>None.</p>' : notes({ rows: annotations, timeText })}${mayWrite ? form({ id: series.id }) : ''}`,
      }),
    ].join('\n'),
  });
}

const list = template<{ series: readonly SeriesRow[]; nameOf: typeof nameOf }>(`<ul>
<% for (const s of it.series) { %><li><a href="/series/<%= s.id %>"><%= it.nameOf(s) %></a> <span class="note"><%= s.bench %>, <%= s.meter %>, <%= s.dataset %>, <%= s.energy %></span></li>
<% } %></ul>`);

export const seriesListPage = (series: readonly SeriesRow[]): string =>
  htmlDocument({
    title: 'littlefirst farm: series',
    header: header({
      title: `${series.length} series`,
      note: 'One block of one bench, night after night. Another board, meter, data set or kind of energy begins a series of its own.',
      state: '',
    }),
    body: section({ id: 'series', title: 'Series', body: list({ series, nameOf }) }),
  });
