import { type ChipGroup, chipGroups } from '../../groups.js';
import { chart, seriesColours } from '../chart.js';
import { type ReportContext, section } from '../template.js';
import { whiskerSeries } from '../whiskers.js';

function scatterOf({ word }: ReportContext, group: ChipGroup): string {
  const series = group.series.flatMap(({ label, blocks }, i) => {
    const colour = seriesColours[i % seriesColours.length];
    const points = blocks.flatMap(block =>
      block.energyPerWindow_uJ === null || block.scored === 0
        ? []
        : [{ at: block.energyPerWindow_uJ.value, block }],
    );
    return [
      {
        type: 'scatter',
        name: label,
        color: colour,
        symbolSize: 11,
        data: points.map(({ at, block }) => [at, block.accuracy * 100]),
      },
      whiskerSeries(
        'y',
        points.map(({ at, block }) => ({
          at,
          low: block.accuracyCI95[0] * 100,
          high: block.accuracyCI95[1] * 100,
        })),
        colour,
      ),
    ];
  });
  if (group.blocks.every(block => block.energyPerWindow_uJ === null || block.scored === 0)) return '';
  return chart({
    title: `${group.label}: accuracy against ${word} energy`,
    height: 340,
    option: {
      legend: { top: 0, type: 'plain' },
      grid: { left: 60, right: 30, top: 40, bottom: 38, containLabel: true },
      xAxis: {
        type: 'log',
        name: `${word} active energy, µJ per window (logarithmic)`,
        nameLocation: 'middle',
        nameGap: 28,
      },
      yAxis: { type: 'value', scale: true, name: 'accuracy, %', nameLocation: 'middle', nameGap: 40 },
      series,
    },
  });
}

/** Scatter of accuracy over energy, one point a level. */
export function accuracyEnergySection(context: ReportContext): string {
  const body = chipGroups(context.record)
    .map(group => scatterOf(context, group))
    .join('');
  return section({
    id: 'accuracy-energy',
    title: `Accuracy against ${context.word} energy`,
    notes: ['One point a level; left and up is better. Lines are the 95 % Wilson interval of the accuracy.'],
    body: body || '<p>This run has no energy or no scored window.</p>',
  });
}
