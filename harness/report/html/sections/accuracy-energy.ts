import { sig } from '../../../record/format.js';
import { intervalText, positiveInterval } from '../../../record/interval.js';
import type { Block } from '../../../record/run-record.js';
import { type ChipGroup, chipGroups } from '../../groups.js';
import { inlineMark, mark, whiskerAcross, whiskerUp } from '../charts/marks.js';
import { axisName, figure, plain, plot } from '../charts/plot.js';
import { linearScale, logScale } from '../charts/scale.js';
import { across, element, textElement, titleElement } from '../charts/svg.js';
import { type ReportContext, section } from '../template.js';

const height = 190;

interface Point {
  series: number;
  level: string;
  energy: number;
  least: number;
  most: number;
  /** Per cent. */
  accuracy: number;
  low: number;
  high: number;
}

const pointOf = (series: number, block: Block): Point[] =>
  block.energyPerWindow_uJ === null || block.scored === 0 || !(block.energyPerWindow_uJ.value > 0)
    ? []
    : [
        {
          series,
          level: block.level.name,
          energy: block.energyPerWindow_uJ.value,
          least: positiveInterval(block.energyPerWindow_uJ)!.low,
          most: positiveInterval(block.energyPerWindow_uJ)!.high,
          accuracy: block.accuracy * 100,
          low: block.accuracyCI95[0] * 100,
          high: block.accuracyCI95[1] * 100,
        },
      ];

/** The least end of an energy that a logarithmic axis can show. */
const leastOf = ({ energy, least }: Point): number => Math.max(least, energy / 10);

/** Levels are named at both ends of a series: the others lie between. */
function levelNames(
  points: readonly Point[],
  x: (point: Point) => number,
  y: (value: number) => number,
): string[] {
  const sorted = [...points].sort((a, b) => a.energy - b.energy);
  const [first, last] = [sorted[0], sorted[sorted.length - 1]];
  const name = (point: Point, side: 'end' | '', dx: number) =>
    textElement(point.level, {
      x: across(x(point)),
      dx,
      y: y(point.accuracy) + 18,
      class: `${side} figure`.trim(),
    });
  return first === last ? [name(first, '', 8)] : [name(first, 'end', -2), name(last, '', 2)];
}

function findingOf(word: string, label: string, points: readonly Point[]): string {
  const [{ accuracy, low, high }] = points;
  const isOne = points.every(point => point.accuracy === accuracy);
  const energies = points.map(({ energy }) => energy);
  const range = [...new Set([Math.min(...energies), Math.max(...energies)].map(x => sig(x, 3)))].join(' to ');
  const told = isOne
    ? intervalText({ value: accuracy / 100, low: low / 100, high: high / 100 }, 'share')
    : `${[Math.min(...points.map(p => p.accuracy)), Math.max(...points.map(p => p.accuracy))].map(x => sig(x)).join(' to ')} %`;
  return `${label}: accuracy ${told} at ${range} µJ of ${word} energy per window, ${points.length} ${points.length === 1 ? 'level' : 'levels'}`;
}

function figureOf({ word }: ReportContext, group: ChipGroup): string {
  const points = group.series.flatMap(({ blocks }, i) => blocks.flatMap(block => pointOf(i, block)));
  if (points.length === 0) return '';
  const xScale = logScale(Math.min(...points.map(leastOf)), Math.max(...points.map(({ most }) => most)));
  const yScale = linearScale(Math.min(...points.map(({ low }) => low)), 100, { end: 100 });
  const x = ({ energy }: Point) => xScale.of(energy);
  const y = (value: number) => height * (1 - yScale.of(value));
  const ghost = (point: Point) => mark(point.series, x(point), y(point.accuracy), 'ghost');
  return figure({
    title: `${group.label}: accuracy against ${word} energy`,
    panels: group.series.flatMap(({ label }, i) => {
      const own = points.filter(({ series }) => series === i);
      if (own.length === 0) return [];
      const others = points.filter(({ series }) => series !== i);
      const marks = [
        ...others.map(ghost),
        ...own.flatMap(point => [
          whiskerAcross(xScale.of(leastOf(point)), xScale.of(point.most), y(point.accuracy)),
          whiskerUp(x(point), y(point.low), y(point.high)),
        ]),
        ...own.map(point =>
          element('g', {}, [
            titleElement(`${point.level}: ${sig(point.energy, 3)} µJ ${word}, ${sig(point.accuracy)} %`),
            mark(i, x(point), y(point.accuracy)),
          ]),
        ),
        ...levelNames(own, x, y),
      ];
      return [
        {
          head: `${inlineMark(i)} ${plain({ text: label })}`,
          body:
            axisName({ text: 'accuracy, %' }) +
            plot(
              { height, finding: findingOf(word, label, own), left: 40, x: xScale, y: yScale, marks },
              true,
            ) +
            axisName({ text: `${word} active energy, µJ per window (logarithmic)` }),
        },
      ];
    }),
  });
}

/** Accuracy over energy, one panel a strategy, one point a level. */
export function accuracyEnergySection(context: ReportContext): string {
  const body = chipGroups(context.record)
    .map(group => figureOf(context, group))
    .join('');
  return section({
    id: 'accuracy-energy',
    title: `Accuracy against ${context.word} energy`,
    notes: [
      `One panel a strategy, one point a level, all on the same axes; left and up is better. Pale shapes are the other strategies. Lines are 95 % intervals: upright Wilson's of the accuracy, level that of the ${context.word} energy.`,
    ],
    body: body || '<p>This run has no energy or no scored window.</p>',
  });
}
