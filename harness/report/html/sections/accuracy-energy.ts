import { sig } from '../../../record/format.js';
import { type ChipGroup, chipGroups } from '../../groups.js';
import { chart, seriesColours, seriesSymbols } from '../chart.js';
import { type ReportContext, section } from '../template.js';
import { whiskerSeries } from '../whiskers.js';

/** What each series reaches from, and to. */
function rangesOf(word: string, { series }: ChipGroup): string {
  const range = (values: readonly number[], digits: number) =>
    values.length === 0
      ? 'none'
      : [...new Set([Math.min(...values), Math.max(...values)].map(x => sig(x, digits)))].join(' to ');
  return series
    .map(({ label, blocks }) => {
      const accuracies = blocks.flatMap(({ scored, accuracy }) => (scored === 0 ? [] : [accuracy * 100]));
      const energies = blocks.flatMap(({ energyPerWindow_uJ: energy }) =>
        energy === null ? [] : [energy.value],
      );
      return `${label}: accuracy ${range(accuracies, 4)} %, ${word} energy ${range(energies, 3)} µJ per window`;
    })
    .join('; ');
}

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
        symbol: seriesSymbols[i % seriesSymbols.length],
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
    finding: rangesOf(word, group),
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
      yAxis: {
        type: 'value',
        scale: true,
        max: 100,
        name: 'accuracy, %',
        nameLocation: 'middle',
        nameGap: 40,
      },
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
