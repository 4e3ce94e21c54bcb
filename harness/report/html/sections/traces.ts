import type { CustomSeriesOption } from 'echarts';
import type { BlockData } from '../../../verdict/evaluation/block-data.js';
import { groupBy, seriesLabel } from '../../groups.js';
import { chart, partColours } from '../chart.js';
import { type ReportContext, section } from '../template.js';

/** Points of a drawn trace; more are thinned out between marker edges. */
const maxPoints = 1500;
/** What is shown of the time before the first window, as a share of the rest. */
const leadShare = 0.04;
/** Figures of the section. */
const maxTraces = 8;
/** Marker state of each lane from the bottom, with its colour. */
const lanes = [
  { marker: 3, name: 'transfer / other', colour: partColours.other },
  { marker: 2, name: 'Big', colour: partColours.big },
  { marker: 1, name: 'gate', colour: partColours.gate },
];

type Trace = NonNullable<BlockData['trace']>;

interface Stretch {
  marker: number;
  from: number;
  to: number;
}

/** Indices to draw: all marker edges and evenly some of the rest. */
function thinned({ marker }: Trace): number[] {
  const step = Math.max(1, Math.ceil(marker.length / maxPoints));
  return [...marker.keys()].filter(
    i => i % step === 0 || marker[i] !== marker[i - 1] || marker[i] !== marker[i + 1],
  );
}

/**
 * The trace from a little before its first window: the transfer that comes before is long and says nothing.
 */
function fromFirstWindow(trace: Trace): Trace {
  const first = trace.marker.findIndex(marker => marker === 1 || marker === 2);
  if (first < 0) return trace;
  const end = trace.seconds[trace.seconds.length - 1];
  const start = Math.max(trace.seconds[0], trace.seconds[first] - leadShare * (end - trace.seconds[first]));
  const before = Math.max(0, trace.seconds.findIndex(seconds => seconds > start) - 1);
  return {
    ...trace,
    seconds: trace.seconds.slice(before).map(seconds => Math.max(0, seconds - start)),
    amperes: trace.amperes.slice(before),
    marker: trace.marker.slice(before),
  };
}

/** Runs of one marker state, in the units of `times`. */
function stretchesOf(marker: readonly number[], times: readonly number[]): Stretch[] {
  const list: Stretch[] = [];
  marker.forEach((state, i) => {
    const last = list.at(-1);
    if (last?.marker === state) last.to = times[i];
    else {
      if (last !== undefined) last.to = times[i];
      list.push({ marker: state, from: times[i], to: times[i] });
    }
  });
  return list;
}

function laneSeries(stretches: readonly Stretch[]): CustomSeriesOption {
  const shown = stretches.filter(({ marker }) => lanes.some(lane => lane.marker === marker));
  return {
    type: 'custom',
    xAxisIndex: 1,
    yAxisIndex: 1,
    silent: true,
    encode: { x: [1, 2], y: 0 },
    data: shown.map(({ marker, from, to }) => [lanes.findIndex(lane => lane.marker === marker), from, to]),
    renderItem: (_params, api) => {
      const lane = Number(api.value(0));
      const [x1, y] = api.coord([api.value(1), lane]);
      const [x2] = api.coord([api.value(2), lane]);
      return {
        type: 'rect',
        shape: { x: x1, y: y - 7, width: Math.max(1, x2 - x1), height: 14 },
        style: { fill: lanes[lane].colour },
      };
    },
  };
}

function traceChart({ record, word }: ReportContext, block: BlockData, whole: Trace): string {
  const trace = fromFirstWindow(whole);
  const span = trace.seconds.at(-1) ?? 0;
  const [timeScale, timeUnit] = span < 2e-3 ? [1e6, 'µs'] : span < 2 ? [1e3, 'ms'] : [1, 's'];
  const largest = trace.amperes.reduce((a, b) => Math.max(a, b), 0);
  const [currentScale, currentUnit] = largest < 1e-3 ? [1e6, 'µA'] : [1e3, 'mA'];
  const times = trace.seconds.map(seconds => seconds * timeScale);
  const x = { type: 'value', min: 0, max: span * timeScale };
  const { board, chip, level } = block.key;
  return chart({
    title: `${seriesLabel(record, block.key)}, ${chip} on board ${board} at ${level.name}: ${word} current of the first windows`,
    height: 300,
    option: {
      grid: [
        { left: 110, right: 24, top: 26, height: 150, outerBoundsMode: 'none' },
        { left: 110, right: 24, top: 192, height: 60, outerBoundsMode: 'none' },
      ],
      xAxis: [
        { ...x, gridIndex: 0, axisLabel: { show: false } },
        {
          ...x,
          gridIndex: 1,
          name: `time, ${timeUnit}`,
          nameLocation: 'middle',
          nameGap: 26,
          axisLabel: { showMaxLabel: false },
        },
      ],
      yAxis: [
        {
          type: 'value',
          gridIndex: 0,
          name: `${word} current, ${currentUnit}`,
          nameLocation: 'middle',
          nameGap: 56,
        },
        { type: 'category', gridIndex: 1, data: lanes.map(lane => lane.name) },
      ],
      series: [
        {
          type: 'line',
          step: 'end',
          showSymbol: false,
          color: partColours.gate,
          lineStyle: { width: 1 },
          areaStyle: { opacity: 0.15 },
          data: thinned(trace).map(i => [times[i], trace.amperes[i] * currentScale]),
        },
        laneSeries(stretchesOf(trace.marker, times)),
      ],
    },
  });
}

/** Current and marker lines of a few windows: one figure a bundle and strategy. */
export function tracesSection(context: ReportContext): string {
  const { record, run, word } = context;
  const groups = groupBy(
    run.journal.blocks.filter(block => (block.trace?.seconds.length ?? 0) > 1),
    ({ key }) => `${key.board}/${key.chip}/${key.bundle}/${key.strategy}`,
  );
  const figures = [...groups.values()].slice(0, maxTraces).map(blocks => {
    const [slowest] = [...blocks].sort((a, b) => a.key.level.Hz - b.key.level.Hz);
    return slowest.trace === undefined ? '' : traceChart(context, slowest, slowest.trace);
  });
  const omitted = groups.size - figures.length;
  return section({
    id: 'traces',
    title: `Traces: ${word} current and marker lines`,
    notes: [
      `The two marker lines tell the meter what the DUT does; a window is bounded by their edges. Low current between windows is sleep, which a campaign keeps only as long as the meter needs it and not for the whole period. Shown is each strategy's slowest level of ${record.blocks.length} blocks${omitted > 0 ? `; ${omitted} more traces are in journal.ndjson` : ''}.`,
    ],
    body: figures.join('') || '<p>This run has no traces.</p>',
  });
}
