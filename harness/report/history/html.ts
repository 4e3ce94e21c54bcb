import { intervalText } from '../../record/interval.js';
import { htmlDocument } from '../html/document.js';
import { section, template } from '../html/template.js';
import type { History, HistoryPoint, HistorySeries } from './series.js';
import { energyWordOf, newest } from './text.js';

const width = 220;
const height = 36;
const margin = 4;

interface Line {
  label: string;
  points: string;
  dots: { x: number; y: number; run: string }[];
}

/** A line through the values of a series; gaps where a run has none are bridged by nothing but their dots missing. */
function lineOf(series: HistorySeries, of: 'accuracy' | 'energy', unit: string): Line {
  const values = series.points.map((point): number | null => point[of]?.value ?? null);
  const known = values.filter(value => value !== null);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const x = (i: number) =>
    values.length < 2 ? width / 2 : margin + (i * (width - 2 * margin)) / (values.length - 1);
  const y = (value: number) =>
    most === least
      ? height / 2
      : height - margin - ((value - least) * (height - 2 * margin)) / (most - least);
  const dots = values.flatMap((value, i) =>
    value === null ? [] : [{ x: round(x(i)), y: round(y(value)), run: titleOf(series.points[i], of, unit) }],
  );
  const finding =
    known.length === 0
      ? 'no values'
      : `${known.length} runs, from ${intervalText(exact(known[0]), unit)} to ${intervalText(exact(known.at(-1)!), unit)}`;
  return {
    label: `${of === 'energy' ? energyWordOf(series) : ''} ${of} of ${series.block}: ${finding}`.trim(),
    points: dots.map(dot => `${dot.x},${dot.y}`).join(' '),
    dots,
  };
}

const round = (x: number): number => Math.round(x * 10) / 10;
const exact = (value: number) => ({ value, low: value, high: value });
const titleOf = (point: HistoryPoint, of: 'accuracy' | 'energy', unit: string): string =>
  `${point.run}, commit ${point.commit.slice(0, 12)}: ${intervalText(point[of], unit)}`;

const table = template<{
  rows: {
    series: HistorySeries;
    accuracy: Line;
    energy: Line;
    lastAccuracy: string;
    lastEnergy: string;
    word: string;
  }[];
  width: number;
  height: number;
}>(`<div class="scroll" tabindex="0" role="group" aria-label="Series"><table>
<thead><tr><th scope="col">Block</th><th scope="col">Bench</th><th scope="col" class="n">Runs</th><th scope="col">Accuracy</th><th scope="col" class="n">Newest accuracy [95 %]</th><th scope="col">Energy, see last column</th><th scope="col" class="n">Newest energy / window [95 %]</th><th scope="col">Energy is</th></tr></thead>
<tbody>
<% for (const row of it.rows) { %><tr><th scope="row"><%= row.series.block %></th><td class="p"><%= row.series.bench %></td><td class="n"><%= row.series.points.length %></td>
<% for (const [line, last] of [[row.accuracy, row.lastAccuracy], [row.energy, row.lastEnergy]]) { %><td><svg class="spark" role="img" aria-label="<%= line.label %>" width="<%= it.width %>" height="<%= it.height %>" viewBox="0 0 <%= it.width %> <%= it.height %>"><polyline points="<%= line.points %>" fill="none" stroke="currentColor" stroke-width="1.5"/><% for (const dot of line.dots) { %><circle cx="<%= dot.x %>" cy="<%= dot.y %>" r="2.5" fill="currentColor"><title><%= dot.run %></title></circle><% } %></svg></td><td class="n"><%= last %></td>
<% } %><td><%= row.word %></td></tr>
<% } %></tbody></table></div>
`);

const header = template<History>(`<header>
<p class="brand">littlefirst history</p>
<h1><%= it.runs %> runs, <%= it.series.length %> series</h1>
<p>Oldest to newest from left to right. Another board, meter, data set or kind of energy begins a series of its own. Each line reaches from its own least to its own largest value: its height says nothing of how much it moved, the figures do.</p>
</header>
<% for (const line of it.unreadable) { %><div class="warn">Not read: <%= line %></div>
<% } %>`);

/** A folder of reports as one self-contained page. */
export function historyHtml(history: History): string {
  const rows = history.series.map(series => ({
    series,
    accuracy: lineOf(series, 'accuracy', 'share'),
    energy: lineOf(series, 'energy', 'uJ'),
    lastAccuracy: intervalText(newest(series, 'accuracy'), 'share'),
    lastEnergy: intervalText(newest(series, 'energy'), 'uJ'),
    word: energyWordOf(series),
  }));
  return htmlDocument({
    title: `littlefirst history: ${history.runs} runs`,
    header: header(history),
    body: section({ id: 'series', title: 'Series', body: table({ rows, width, height }) }),
  });
}
