import { intervalText } from '../../record/interval.js';
import { fittingTable, forTerminal } from '../text-table.js';
import type { History, HistoryPoint, HistorySeries } from './series.js';

const bars = '▁▂▃▄▅▆▇█';
/** Newest runs that a sparkline shows. */
const mostPoints = 32;

/** Values as a line of bars from the least to the largest; a dot where there is none, a flat line where all are equal. */
export function sparkline(values: readonly (number | null)[]): string {
  const shown = values.slice(-mostPoints);
  const known = shown.filter(value => value !== null);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  return shown
    .map(value => {
      if (value === null) return '·';
      if (most === least) return bars[3];
      return bars[Math.min(bars.length - 1, Math.floor(((value - least) / (most - least)) * bars.length))];
    })
    .join('');
}

/** The newest value that there is. */
export const newest = (series: HistorySeries, of: 'accuracy' | 'energy'): HistoryPoint[typeof of] =>
  series.points.findLast(point => point[of] !== null)?.[of] ?? null;

export const energyWordOf = ({ energy }: HistorySeries): string =>
  energy === 'none' ? 'unmeasured' : energy;

/** A folder of reports for a terminal of some width: a line a series. */
export function historyText(
  { folder, runs, series, unreadable }: History,
  width = Number.POSITIVE_INFINITY,
): string {
  const head = ['block', 'bench', 'runs', 'accuracy', 'newest', 'energy', 'newest', 'energy is'];
  const rows = series.map(one => [
    one.block,
    one.bench,
    String(one.points.length),
    sparkline(one.points.map(point => point.accuracy?.value ?? null)),
    intervalText(newest(one, 'accuracy'), 'share'),
    sparkline(one.points.map(point => point.energy?.value ?? null)),
    intervalText(newest(one, 'energy'), 'uJ'),
    energyWordOf(one),
  ]);
  return [
    forTerminal(`${runs} runs in ${folder}, ${series.length} series, oldest to newest from left to right`),
    ...unreadable.map(line => forTerminal(`not read: ${line}`)),
    '',
    fittingTable(head, rows, width, forTerminal),
    '',
  ].join('\n');
}
