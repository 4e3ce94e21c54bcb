import { template } from '../template.js';
import type { Scale } from './scale.js';
import { across, element, pixels, textElement } from './svg.js';

/**
 * A drawing as wide as its place: positions along x are shares of the width, along y pixels, so that text has its size on every screen
 * and one drawing serves them all.
 */
export interface PlotData {
  /** Of the plot's inside, pixels. */
  height: number;
  /** What the picture shows, for those who do not see it. */
  finding: string;
  /** Room for what stands beside the inside, pixels. */
  left: number;
  right?: number;
  x?: Scale;
  y?: Scale;
  /** Names at the x axis stand aslant. */
  isAslant?: boolean;
  /** Elements of the inside, later ones above earlier. */
  marks: readonly string[];
}

const aslantRoom = 52;
const levelRoom = 22;

function xTicks({ height, x, isAslant }: PlotData): string[] {
  return (x?.ticks ?? []).map(({ at, text }) =>
    isAslant === true
      ? element('svg', { x: across(at), y: height + 9, class: 'free' }, [
          textElement(text, { class: 'end', transform: 'rotate(-42)', y: 4 }),
        ])
      : textElement(text, { x: across(at), y: height + 16, class: 'mid' }),
  );
}

/** Draws a plot. Where the x axis is a value, its ticks have grid lines too. */
export function plot(data: PlotData, isXGrid = false): string {
  const { height, finding, left, right = 14, x, y, isAslant, marks } = data;
  const grid = [
    ...(y?.ticks ?? []).map(({ at }) =>
      element('line', { x1: 0, x2: '100%', y1: pixels(height * (1 - at)), y2: pixels(height * (1 - at)) }),
    ),
    ...(isXGrid ? (x?.ticks ?? []) : []).map(({ at }) =>
      element('line', { x1: across(at), x2: across(at), y1: 0, y2: height }),
    ),
  ];
  const labels = (y?.ticks ?? []).map(({ at, text }) =>
    textElement(text, { x: -7, y: pixels(height * (1 - at) + 4), class: 'end' }),
  );
  const below = x === undefined ? 4 : isAslant === true ? aslantRoom : levelRoom;
  const margin = `margin:10px ${right}px ${below}px ${left}px;width:calc(100% - ${left + right}px)`;
  return element('svg', { class: 'plot', role: 'img', 'aria-label': finding, height, style: margin }, [
    element('g', { class: 'grid' }, grid),
    ...marks,
    element('g', { class: 'ticks' }, [...labels, ...xTicks(data)]),
  ]);
}

/** A line through points, both as shares from the lower left; stretched to the plot's width, its stroke is not. */
export const lineAcross = (height: number, points: readonly (readonly [x: number, y: number])[]): string =>
  element('svg', { width: '100%', height, viewBox: '0 0 1000 1000', preserveAspectRatio: 'none' }, [
    element('path', {
      class: 'line',
      d: `M${points.map(([x, y]) => `${pixels(x * 1000)} ${pixels(1000 * (1 - y))}`).join('L')}`,
    }),
  ]);

/** Room for the texts of an axis, pixels: they are 12 px high. */
export const roomFor = (texts: readonly string[], least = 28): number =>
  Math.min(150, Math.max(least, ...texts.map(text => 14 + 6.7 * text.length)));

interface Panel {
  /** HTML: the series' shape and its name. */
  head: string;
  body: string;
}

interface FigureData {
  /** Says whose energy it is. */
  title: string;
  /** HTML that explains shapes or parts. */
  legend?: string;
  note?: string;
  panels: readonly Panel[];
  /** One panel takes the whole width. */
  isWide?: boolean;
}

/** Small multiples: as many panels side by side as the screen holds. */
export const figure = template<FigureData>(`<figure>
<figcaption><%= it.title %></figcaption>
<% if (it.legend) { %><p class="legend"><%~ it.legend %></p><% } %>
<div class="<%= it.isWide ? 'panel' : 'panels' %>"><% for (const panel of it.panels) { %><div><% if (panel.head) { %><p class="panel-head"><%~ panel.head %></p><% } %><%~ panel.body %></div>
<% } %></div>
<% if (it.note) { %><p class="note"><%= it.note %></p><% } %>
</figure>
`);

/** A line of plain text within a panel: what an axis shows. */
export const axisName = template<{ text: string }>(`<p class="axis"><%= it.text %></p>`);
/** Text as HTML. */
export const plain = template<{ text: string }>('<%= it.text %>');
