import { intervalText } from '../../../record/interval.js';
import type { BlockData } from '../../../verdict/evaluation/block-data.js';
import { baselineStrategy } from '../../../verdict/evaluation/blocks.js';
import { groupBy, seriesLabel } from '../../groups.js';
import { axisName } from '../charts/plot.js';
import { type ReportContext, section, template } from '../template.js';
import { traceDrawing, unitsOf } from './drawing.js';
import { endOf, largestOf, type Samples, samplesOf } from './samples.js';

/** Figures of single traces, and of two overlaid. */
const maxTraces = 8;
const maxOverlays = 4;

interface Shown {
  block: BlockData;
  samples: Samples;
  name: string;
}

const figure = template<{ title: string; data?: string; above: string; drawing: string; below: string }>(
  `<figure class="trace"<% if (it.data) { %> data-trace="<%= it.data %>"<% } %>>
<figcaption><%= it.title %></figcaption>
<%~ it.above %><%~ it.drawing %><%~ it.below %>
</figure>
`,
);

/** What the viewer reads: times as steps of nanoseconds, currents in nanoamperes. */
function dataOf({ samples, name }: Shown, word: string): string {
  const { nanoseconds, amperes, marker, volts } = samples;
  return JSON.stringify({
    name,
    word,
    volts,
    ns: nanoseconds.map((ns, i) => ns - (nanoseconds[i - 1] ?? 0)),
    na: amperes.map(amps => Math.round(amps * 1e9)),
    marker: marker.join(''),
  });
}

const exact = (value: number, unit: string): string =>
  intervalText({ value: Number(value.toPrecision(3)), low: value, high: value }, unit);

/** How long each state lasts in the picture, and the largest current. */
function findingOf({ name, samples }: Shown, word: string): string {
  const { time, current } = unitsOf([samples]);
  const lasts = (state: number) =>
    samples.marker.reduce(
      (sum, one, i) =>
        one === state && i + 1 < samples.nanoseconds.length
          ? sum + samples.nanoseconds[i + 1] - samples.nanoseconds[i]
          : sum,
      0,
    ) * time.perNanosecond;
  return `${name}: ${word} current over ${exact(endOf(samples) * time.perNanosecond, time.name)}, of which gate ${exact(lasts(1), time.name)} and Big ${exact(lasts(2), time.name)}; at most ${exact(largestOf(samples) * current.perAmpere, current.name)}`;
}

function single(shown: Shown, word: string): string {
  const { block, samples, name } = shown;
  const units = unitsOf([samples]);
  const { board, chip, level } = block.key;
  return figure({
    title: `${name}, ${chip} on board ${board} at ${level.name}: ${word} current of the first windows`,
    data: dataOf(shown, word),
    above: axisName({ text: `${word} current, ${units.current.name}` }),
    drawing: traceDrawing([samples], units, findingOf(shown, word)),
    below: axisName({ text: `time, ${units.time.name}` }),
  });
}

const overlayLegend = template<{ names: string[] }>(
  `<p class="legend"><% it.names.forEach((name, i) => { %><span><svg class="key" width="26" height="10" aria-hidden="true"><path class="line line-<%= i %>" d="M0 5H26"/></svg> <%= name %></span> <% }) %></p>`,
);

function overlay([first, second]: readonly [Shown, Shown], word: string): string {
  const both = [first, second];
  const units = unitsOf(both.map(({ samples }) => samples));
  const { chip, board, level } = first.block.key;
  return figure({
    title: `${first.name} and ${second.name} overlaid, ${chip} on board ${board} at ${level.name}: ${word} current from the first window on`,
    above:
      overlayLegend({ names: both.map(({ name }) => name) }) +
      axisName({ text: `${word} current, ${units.current.name}` }),
    drawing: traceDrawing(
      both.map(({ samples }) => samples),
      units,
      both.map(one => findingOf(one, word)).join('. '),
    ),
    below: axisName({ text: `time, ${units.time.name}` }),
  });
}

/** Of each board and chip, the baseline with the first cascade that was traced at the same level. */
function overlaysOf(shown: readonly Shown[]): [Shown, Shown][] {
  const groups = groupBy(shown, ({ block: { key } }) => `${key.board}/${key.chip}/${key.level.name}`);
  return [...groups.values()].flatMap((group): [Shown, Shown][] => {
    const baseline = group.find(({ block }) => block.key.strategy === baselineStrategy);
    const other = group.find(({ block }) => block.key.strategy !== baselineStrategy);
    return baseline === undefined || other === undefined ? [] : [[baseline, other]];
  });
}

/** Current and marker lines of a few windows: one figure a bundle and strategy, and the baseline with a cascade above it. */
export function tracesSection(context: ReportContext): string {
  const { record, run, word } = context;
  const groups = groupBy(
    run.journal.blocks.filter(block => (block.trace?.seconds.length ?? 0) > 1),
    ({ key }) => `${key.board}/${key.chip}/${key.bundle}/${key.strategy}`,
  );
  const shown = [...groups.values()].slice(0, maxTraces).flatMap(blocks => {
    const [block] = [...blocks].sort((a, b) => a.key.level.Hz - b.key.level.Hz);
    return block.trace === undefined
      ? []
      : [{ block, samples: samplesOf(block.trace), name: seriesLabel(record, block.key) }];
  });
  const figures = [
    ...overlaysOf(shown)
      .slice(0, maxOverlays)
      .map(pair => overlay(pair, word)),
    ...shown.map(one => single(one, word)),
  ];
  const omitted = groups.size - shown.length;
  return section({
    id: 'traces',
    title: `Traces: ${word} current and marker lines`,
    notes: [
      `The two marker lines tell the meter what the DUT does; a window is bounded by their edges. Low current between windows is sleep, which a campaign keeps only as long as the meter needs it and not for the whole period. Shown is each strategy's slowest level of ${record.blocks.length} blocks${omitted > 0 ? `; ${omitted} more traces are in journal.ndjson` : ''}.`,
      'Where a browser runs the script of this page, a trace can be zoomed, read at a cursor, overlaid with another, and the energy of a selection taken: drag over it, or use the arrow keys (with Shift to select).',
    ],
    body: figures.join('') || '<p>This run has no traces.</p>',
  });
}
