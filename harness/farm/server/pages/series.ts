import { htmlDocument } from '../../../report/html/document.js';
import { section, template } from '../../../report/html/template.js';
import type { PointRow, SeriesRow } from '../../store/read.js';
import { classOf, timeText } from './words.js';

const [width, height, margin] = [720, 180, 12];

interface Mark {
  x: number;
  y: number;
  low: number;
  high: number;
  title: string;
}

/** Points with their intervals, oldest at the left, from the least to the largest end of an interval. */
function marksOf(points: readonly { value: number; low: number; high: number; title: string }[]): Mark[] {
  const least = Math.min(...points.map(({ low }) => low));
  const most = Math.max(...points.map(({ high }) => high));
  const x = (place: number) => margin + ((width - 2 * margin) * (place + 0.5)) / points.length;
  const y = (value: number) =>
    most === least
      ? height / 2
      : height - margin - ((height - 2 * margin) * (value - least)) / (most - least);
  return points.map(({ value, low, high, title }, place) => ({
    ...{ x: x(place), y: y(value), low: y(low), high: y(high), title },
  }));
}

const chart = template<{
  marks: Mark[];
  label: string;
  width: number;
  height: number;
}>(`<figure><figcaption><%= it.label %></figcaption>
<svg role="img" aria-label="<%= it.label %>" viewBox="0 0 <%= it.width %> <%= it.height %>">
<% for (const mark of it.marks) { %><line x1="<%= mark.x.toFixed(1) %>" x2="<%= mark.x.toFixed(1) %>" y1="<%= mark.low.toFixed(1) %>" y2="<%= mark.high.toFixed(1) %>" stroke="currentColor" stroke-opacity=".45" stroke-width="2"/><circle cx="<%= mark.x.toFixed(1) %>" cy="<%= mark.y.toFixed(1) %>" r="3" fill="currentColor"><title><%= mark.title %></title></circle>
<% } %></svg></figure>`);

const table = template<{
  points: readonly PointRow[];
  timeText: typeof timeText;
}>(`<div class="scroll" tabindex="0" role="group" aria-label="Points"><table>
<thead><tr><th scope="col">When</th><th scope="col">Run</th><th scope="col">Commit</th><th scope="col" class="n">Energy / window, uJ [95 %]</th><th scope="col" class="n">Accuracy [95 %]</th><th scope="col" class="n">Cycles / window</th></tr></thead><tbody>
<% for (const p of [...it.points].reverse()) { %><tr><td><%= it.timeText(p.at) %></td><th scope="row"><%= p.run %></th><td><%= p.commit.slice(0, 12) %></td>
<td class="n"><%= p.energy_uj === null ? 'none' : p.energy_uj.toPrecision(5) + ' [' + p.energy_low_uj.toPrecision(5) + ', ' + p.energy_high_uj.toPrecision(5) + ']' %><%= p.is_valid ? '' : ' (not valid)' %></td>
<td class="n"><%= p.accuracy === null ? 'none' : p.accuracy.toFixed(4) + ' [' + p.accuracy_low.toFixed(4) + ', ' + p.accuracy_high.toFixed(4) + ']' %></td><td class="n"><%= p.cycles_per_window === null ? 'none' : Math.round(p.cycles_per_window) %></td></tr>
<% } %></tbody></table></div>`);

const nameOf = (s: SeriesRow): string => `${s.board} ${s.chip} ${s.level} ${s.bundle} ${s.strategy}`;

const header = template<{ title: string; note: string }>(
  `<header class="${classOf('')}"><p class="brand"><a href="/">littlefirst farm</a>, <a href="/series">all series</a></p><h1><%= it.title %></h1><p><%= it.note %></p></header>`,
);

export function seriesPage(series: SeriesRow, points: readonly PointRow[]): string {
  const energies = points.flatMap(p =>
    p.energy_uj === null
      ? []
      : [
          {
            value: p.energy_uj,
            low: p.energy_low_uj!,
            high: p.energy_high_uj!,
            title: `${p.run}: ${p.energy_uj.toPrecision(5)} uJ`,
          },
        ],
  );
  const label = `Energy of a window, ${series.energy}, with 95 % intervals, the newest ${energies.length} points, oldest at the left`;
  return htmlDocument({
    title: `littlefirst farm: ${nameOf(series)}`,
    header: header({
      title: nameOf(series),
      note: `${series.bench}; ${series.meter}; ${series.dataset}; ${series.energy} energy`,
    }),
    body: section({
      id: 'points',
      title: 'Points',
      body: `${energies.length === 0 ? '' : chart({ marks: marksOf(energies), label, width, height })}${table({ points, timeText })}`,
    }),
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
    }),
    body: section({ id: 'series', title: 'Series', body: list({ series, nameOf }) }),
  });
