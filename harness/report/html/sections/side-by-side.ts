import { figureText } from '../../../record/figure-text.js';
import { count, dash, percent, sig } from '../../../record/format.js';
import type { Block } from '../../../record/run-record.js';
import { baselineStrategy } from '../../../verdict/evaluation/blocks.js';
import { bestBlocks, type ChipGroup, chipGroups, seriesLabel } from '../../groups.js';
import { type Cell, number, table, words } from '../table.js';
import { type ReportContext, section } from '../template.js';

const interval = (bounds: readonly [number, number] | null) =>
  bounds === null ? dash : `${percent(bounds[0])} to ${percent(bounds[1])}`;

function tableOf({ record, word }: ReportContext, group: ChipGroup): string {
  const { by, blocks } = bestBlocks(group);
  const baseline = blocks.find(block => block.strategy === baselineStrategy);
  const batteries = Object.keys(blocks.find(block => block.batteryDays !== null)?.batteryDays ?? {});
  const against =
    baseline === undefined ? [] : [number(`${word} energy vs ${seriesLabel(record, baseline)}, %`)];
  const ratio = (block: Block): string[] => {
    if (baseline === undefined) return [];
    const [own, other] = [block.energyPerWindow_uJ, baseline.energyPerWindow_uJ];
    return [own === null || other === null ? dash : sig((own.value / other.value) * 100, 3)];
  };
  const rowOf = (block: Block): (string | Cell)[] => [
    seriesLabel(record, block),
    block.level.name,
    { text: percent(block.accuracy), mark: 'strong' },
    interval(block.accuracyCI95),
    interval(block.accuracyPeopleCI95),
    `${count(block.bigRuns)} / ${count(block.gateRuns)}`,
    sig(block.macsPerWindow, 6),
    sig(block.cyclesPerWindow?.mean),
    { text: figureText(block.energyPerWindow_uJ), mark: 'strong' },
    ...ratio(block),
    figureText(block.averagePower_uW),
    ...batteries.map(battery => figureText(block.batteryDays?.[battery])),
  ];
  return table({
    caption: `${group.label}, each at its level of least ${word} ${by}`,
    columns: [
      words('Bundle · strategy'),
      words('Level, or gate+Big'),
      number('Accuracy, %'),
      number('95 % over windows'),
      number('95 % over people'),
      number('Big / Little runs'),
      number('MACs / window'),
      number('Cycles / window'),
      number(`${word} active energy, µJ / window`),
      ...against,
      number(`${word} average power with sleep, µW`),
      ...batteries.map(battery => number(`${battery}, days (${word})`)),
    ],
    rows: blocks.map(rowOf),
  });
}

/** All bundles and strategies in one table a chip. */
export function sideBySideSection(context: ReportContext): string {
  return section({
    id: 'side-by-side',
    title: 'Side by side',
    notes: [
      `Every bundle and strategy at its own best level, or pair of levels: that of its least ${context.word} average power with sleep, or of its least active energy where a block of the chip has no average power. So a cascade is held against Big alone at the level that suits Big. The interval over windows is Wilson's; the one over people has people as the unit, since windows of one person are not independent, and is Student's. Verdicts on accuracy take the wider on each side. Average power and battery life include the sleep until the next window.`,
    ],
    body: chipGroups(context.record)
      .map(group => tableOf(context, group))
      .join(''),
  });
}
