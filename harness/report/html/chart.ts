import type { EChartsCoreOption } from 'echarts';
import { init, setPlatformAPI } from './drawing.js';
import { template } from './template.js';

/** Colours that read on white, on black and in print; ink and grid follow the page's theme. */
const ink = '#54555a';
const grid = '#dbdee4';
export const partColours = { gate: '#3d8bd0', big: '#e2803a', other: '#9a8fb8', sleep: '#7fae6b' } as const;
export const seriesColours = [
  '#3d8bd0',
  '#e2803a',
  '#3aa387',
  '#c0599b',
  '#b39a2c',
  '#7d74c9',
  '#c9504c',
  '#6c8a94',
];

const axis = {
  axisLine: { lineStyle: { color: ink } },
  axisTick: { lineStyle: { color: ink } },
  axisLabel: { color: ink },
  splitLine: { lineStyle: { color: grid } },
  nameTextStyle: { color: ink },
};
const theme = {
  color: seriesColours,
  textStyle: { fontFamily: 'system-ui, sans-serif' },
  title: { textStyle: { color: ink } },
  legend: { textStyle: { color: ink } },
  valueAxis: axis,
  logAxis: axis,
  categoryAxis: axis,
};

export interface ChartData {
  /** Heading under which the figure stands; says whose energy it is. */
  title: string;
  /** One sentence below the figure. */
  note?: string;
  width?: number;
  height: number;
  option: EChartsCoreOption;
  /** What the picture shows, for those who do not see it. */
  finding?: string;
}

/** One shape a series, so that nobody needs its colour. */
export const seriesSymbols = [
  'circle',
  'rect',
  'triangle',
  'diamond',
  'pin',
  'arrow',
  'roundRect',
  'emptyCircle',
];

const figure = template<{
  title: string;
  note?: string;
  svg: string;
  width: number;
}>(`<figure style="max-width:<%= it.width %>px" tabindex="0">
<figcaption><%= it.title %></figcaption>
<%~ it.svg %>
<% if (it.note) { %><p class="note"><%= it.note %></p><% } %>
</figure>
`);

/**
 * Width of a text in a sans-serif font, on the generous side: no canvas is there to measure it, and a legend that is a little
 * wide is better than one that overlaps.
 */
function estimateWidth(text: string, font: string | undefined): { width: number } {
  const size = Number.parseFloat(/(\d+(?:\.\d+)?)px/.exec(font ?? '')?.[1] ?? '12');
  return { width: text.length * size * 0.62 };
}
setPlatformAPI({ measureText: estimateWidth });

/** What a browser does not need of the drawing: hover styles and the hooks of the interactive library. */
function slim(svg: string, label: string): string {
  const escaped = label.replace(/[&<>"]/g, c => `&#${c.charCodeAt(0)};`);
  return svg
    .replace(/<style[\s\S]*?<\/style>/g, '')
    .replace(/ (?:class|pointer-events|ecmeta_\w+|xml:space|baseProfile|xmlns:xlink|version)="[^"]*"/g, '')
    .replace(/font-family:[^;"]*;/g, '')
    .replaceAll(ink, 'currentColor')
    .replaceAll(grid, 'var(--grid)')
    .replace(/(-?\d+\.\d{2})\d+/g, '$1')
    .replace(/^<svg width="\d+" height="\d+"/, `<svg role="img" aria-label="${escaped}"`);
}

/** Draws an ECharts option as inline SVG in a figure. No script is left in it. */
export function chart({ title, note, width = 1120, height, option, finding }: ChartData): string {
  const label = finding === undefined ? title : `${title}. ${finding}`;
  const drawing = init(null, theme, { renderer: 'svg', ssr: true, width, height });
  try {
    drawing.setOption({ animation: false, ...option });
    return figure({ title, note, width, svg: slim(drawing.renderToSVGString(), label) });
  } finally {
    drawing.dispose();
  }
}
