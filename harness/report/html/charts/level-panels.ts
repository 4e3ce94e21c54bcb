import type { Figure } from '../../../record/energy-figures.js';
import { sig } from '../../../record/format.js';
import { intervalText, positiveInterval, type TextInterval } from '../../../record/interval.js';
import type { ChipGroup } from '../../groups.js';
import type { SeriesStudy } from '../../level-study.js';
import { inlineMark, mark, seriesClass, whiskerUp } from './marks.js';
import { axisName, figure, plain, plot, roomFor } from './plot.js';
import { bandScale, linearScale } from './scale.js';
import { across, element, pixels, textElement } from './svg.js';

const height = 104;
/** With more levels than this, names stand aslant and only the ends and the least have a figure. */
const mostUpright = 4;

/** Microjoules. */
interface Column extends TextInterval {
  level: string;
}

interface ColumnsData {
  columns: readonly Column[];
  series: number;
  best: string;
  finding: string;
}

/** Upright bars over the levels, the least marked; the scale begins at 0. */
function columnsPlot({ columns, series, best, finding }: ColumnsData): string {
  const x = bandScale(columns.map(({ level }) => level));
  const y = linearScale(0, Math.max(...columns.map(({ high }) => high)), { count: 3 });
  const top = (value: number) => height * (1 - y.of(value));
  const wide = 0.6 / columns.length;
  const isMany = columns.length > mostUpright;
  const isNamed = (column: Column, i: number) =>
    !isMany || column.level === best || i === 0 || i === columns.length - 1;
  const marks = columns.flatMap((column, i) => {
    const { level, value, low, high } = column;
    const isBest = level === best;
    const end = top(high);
    return [
      element('rect', {
        class: `column ${seriesClass(series)}${isBest ? ' best' : ''}`,
        x: across(x.of(i) - wide / 2),
        width: across(wide),
        y: pixels(top(value)),
        height: pixels(height - top(value)),
      }),
      ...(high > low ? [whiskerUp(x.of(i), top(low), end)] : []),
      ...(isNamed(column, i)
        ? [textElement(sig(value, 3), { class: 'mid figure', x: across(x.of(i)), y: pixels(end - 5) })]
        : []),
      ...(isBest ? [mark(3, x.of(i), height - 9, 'least')] : []),
    ];
  });
  const left = roomFor(
    y.ticks.map(({ text }) => text),
    44,
  );
  return plot({ height, finding, left, x, y, isAslant: isMany, marks });
}

const tellColumns = (columns: readonly Column[]): string =>
  columns.map(({ level, ...interval }) => `${level} ${intervalText(interval, 'uJ')}`).join('; ');

/** The interval of a figure times `factor`, around the same quantity as the study has it; the bare value where none is stated. */
function intervalAround(value: number, figure: Figure | null, factor = 1): TextInterval {
  const interval = figure === null ? null : positiveInterval(figure);
  return interval === null
    ? { value, low: value, high: value }
    : {
        value,
        low: Math.max(0, value - (interval.value - interval.low) * factor),
        high: value + (interval.high - interval.value) * factor,
      };
}

/** Upright bars of every strategy over the named levels, active and with sleep, one panel a strategy, each on its own scale. */
export function levelPanels(
  word: string,
  group: ChipGroup,
  studies: readonly SeriesStudy[],
  periodSeconds: number,
): string {
  if (group.levels.length < 2) return '';
  const panels = studies.flatMap(({ series, study, rows }, i) => {
    if (study === undefined) return [];
    const known = rows.flatMap(({ block, row }) => (row === undefined ? [] : [{ block, row }]));
    const active = known.map(({ block, row }) => ({
      level: block.level.name,
      ...intervalAround(row.activeMicrojoules, block.energyPerWindow_uJ),
    }));
    const whole = known.map(({ block, row }) => ({
      level: block.level.name,
      ...intervalAround(row.periodMicrojoules, block.averagePower_uW, periodSeconds),
    }));
    const drawn = (columns: readonly Column[], best: string, what: string) =>
      axisName({ text: `${word} energy of ${what}, µJ` }) +
      columnsPlot({
        columns,
        series: i,
        best,
        finding: `${series.label}: ${word} energy of ${what} is least at ${best}: ${tellColumns(columns)}`,
      });
    return [
      {
        head: `${inlineMark(i)} ${plain({ text: series.label })}`,
        body:
          drawn(active, study.minimumEnergy, 'a window, active') +
          drawn(whole, study.bestPeriod, 'a whole period, sleep included'),
      },
    ];
  });
  if (panels.length === 0) return '';
  return figure({
    title: `${group.label}: ${word} energy by level`,
    note: 'Slowest level first; the full bar with a diamond is the least of its panel. Each panel has a scale of its own, from 0: compare levels within it, strategies by the figures. Lines are 95 % intervals; levels of one model share most of theirs.',
    panels,
  });
}
