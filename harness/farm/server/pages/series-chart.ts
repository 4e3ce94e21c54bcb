import { template } from '../../../report/html/template.js';

const [width, height, margin] = [720, 180, 12];

export interface ChartPoint {
  value: number;
  low: number;
  high: number;
  /** What a pointer is told. */
  title: string;
  /** A level begins here; said in the title. */
  isChange: boolean;
}

interface Mark extends ChartPoint {
  x: number;
  y: number;
  top: number;
  bottom: number;
}

/** Points with their intervals, oldest at the left, from the least to the largest end of an interval. */
function marksOf(points: readonly ChartPoint[]): Mark[] {
  const least = Math.min(...points.map(({ low }) => low));
  const most = Math.max(...points.map(({ high }) => high));
  const x = (place: number) => margin + ((width - 2 * margin) * (place + 0.5)) / points.length;
  const y = (value: number) =>
    most === least
      ? height / 2
      : height - margin - ((height - 2 * margin) * (value - least)) / (most - least);
  return points.map((point, place) => ({
    ...point,
    ...{ x: x(place), y: y(point.value), top: y(point.high), bottom: y(point.low) },
  }));
}

const drawing = template<{
  marks: Mark[];
  label: string;
}>(`<figure><figcaption><%= it.label %></figcaption>
<svg role="img" aria-label="<%= it.label %>" viewBox="0 0 ${width} ${height}">
<% for (const mark of it.marks) { %><% if (mark.isChange) { %><line x1="<%= mark.x.toFixed(1) %>" x2="<%= mark.x.toFixed(1) %>" y1="0" y2="${height}" stroke="currentColor" stroke-dasharray="5 4"/><% } %><line x1="<%= mark.x.toFixed(1) %>" x2="<%= mark.x.toFixed(1) %>" y1="<%= mark.bottom.toFixed(1) %>" y2="<%= mark.top.toFixed(1) %>" stroke="currentColor" stroke-opacity=".45" stroke-width="2"/><circle cx="<%= mark.x.toFixed(1) %>" cy="<%= mark.y.toFixed(1) %>" r="3" fill="currentColor"><title><%= mark.title %></title></circle>
<% } %></svg></figure>`);

/** A drawing of a series; a dashed line stands where a level begins. Nothing for no points. */
export const seriesChart = (points: readonly ChartPoint[], label: string): string =>
  points.length === 0 ? '' : drawing({ marks: marksOf(points), label });
