import { sig } from '../../../record/format.js';
import { intervalText } from '../../../record/interval.js';
import type { ChipGroup } from '../../groups.js';
import type { SeriesStudy } from '../../level-study.js';
import { inlineMark, mark, seriesClass, whiskerUp } from './marks.js';
import { axisName, figure, plain, plot, roomFor } from './plot.js';
import { bandScale, linearScale } from './scale.js';
import { across, element, pixels, textElement } from './svg.js';

const height = 104;
/** With more levels than this, names stand aslant and only the ends and the least have a figure. */
const mostUpright = 4;

interface Column {
  level: string;
  /** Microjoules. */
  value: number;
  u95: number;
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
  const y = linearScale(0, Math.max(...columns.map(({ value, u95 }) => value + u95)), { count: 3 });
  const top = (value: number) => height * (1 - y.of(value));
  const wide = 0.6 / columns.length;
  const isMany = columns.length > mostUpright;
  const isNamed = (column: Column, i: number) =>
    !isMany || column.level === best || i === 0 || i === columns.length - 1;
  const marks = columns.flatMap((column, i) => {
    const { level, value, u95 } = column;
    const isBest = level === best;
    const end = top(value + u95);
    return [
      element('rect', {
        class: `column ${seriesClass(series)}${isBest ? ' best' : ''}`,
        x: across(x.of(i) - wide / 2),
        width: across(wide),
        y: pixels(top(value)),
        height: pixels(height - top(value)),
      }),
      ...(u95 > 0 ? [whiskerUp(x.of(i), top(Math.max(0, value - u95)), end)] : []),
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
  columns
    .map(
      ({ level, value, u95 }) =>
        `${level} ${intervalText({ value, low: value - u95, high: value + u95 }, 'uJ')}`,
    )
    .join('; ');

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
      value: row.activeMicrojoules,
      u95: block.energyPerWindow_uJ?.u95 ?? 0,
    }));
    const whole = known.map(({ block, row }) => ({
      level: block.level.name,
      value: row.periodMicrojoules,
      u95: (block.averagePower_uW?.u95 ?? 0) * periodSeconds,
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
