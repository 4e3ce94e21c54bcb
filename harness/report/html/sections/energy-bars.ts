import { capital, sig } from '../../../record/format.js';
import { type ChipGroup, chipGroups, seriesLabel } from '../../groups.js';
import { chart, partColours } from '../chart.js';
import { type ReportContext, section } from '../template.js';
import { whiskerSeries } from '../whiskers.js';

const ink = '#54555a';

function barsOf({ record, word }: ReportContext, group: ChipGroup): string {
  const order = (name: string) => group.levels.indexOf(name);
  const blocks = group.blocks
    .filter(block => block.energyPerWindow_uJ !== null)
    .sort((a, b) => order(b.level.name) - order(a.level.name));
  if (blocks.length === 0) return '';
  const part = (name: string, key: 'gate' | 'big' | 'other') => ({
    type: 'bar',
    name,
    stack: 'window',
    barWidth: '70%',
    color: partColours[key],
    data: blocks.map(block => block.energyPerWindow_uJ?.[key] ?? 0),
  });
  const intervals = blocks.flatMap((block, at) => {
    const energy = block.energyPerWindow_uJ;
    return energy === null ? [] : [{ at, low: energy.value - energy.u95, high: energy.value + energy.u95 }];
  });
  return chart({
    title: `${group.label}: ${word} active energy of a window`,
    finding: blocks
      .map(
        block =>
          `${block.level.name} ${seriesLabel(record, block)}: ${sig(block.energyPerWindow_uJ?.value, 3)} µJ`,
      )
      .join('; '),
    height: 96 + 21 * blocks.length,
    option: {
      legend: { top: 0 },
      grid: { left: 10, right: 30, top: 34, bottom: 34, containLabel: true },
      xAxis: { type: 'value', name: `${word} energy, µJ per window`, nameLocation: 'middle', nameGap: 28 },
      yAxis: {
        type: 'category',
        inverse: true,
        data: blocks.map(block => `${block.level.name}   ${seriesLabel(record, block)}`),
      },
      series: [
        part('gate / Little', 'gate'),
        part('Big', 'big'),
        part('other processing', 'other'),
        whiskerSeries('x', intervals, ink),
      ],
    },
  });
}

/** Stacked bars: gate, Big and other of every block. */
export function energyBarsSection(context: ReportContext): string {
  const body = chipGroups(context.record)
    .map(group => barsOf(context, group))
    .join('');
  return section({
    id: 'energy',
    title: `${capital(context.word)} energy of a window by level and strategy`,
    notes: [
      `Active energy only: what the gate, Big and everything else draw from the window's start to its end. The sleep until the next window is not in it. Lines are the 95 % interval of the ${context.word} energy.`,
    ],
    body: body || '<p>This run has no energy.</p>',
  });
}
