import { figureText } from '../../../record/figure-text.js';
import { count, dash, percent, sig } from '../../../record/format.js';
import type { Block } from '../../../record/run-record.js';
import { baselineStrategy } from '../../../verdict/evaluation/blocks.js';
import { type ChipGroup, chipGroups, groupBy, seriesLabel } from '../../groups.js';
import { type Cell, number, table, words } from '../table.js';
import { type ReportContext, section } from '../template.js';

/** The level at which the cheapest block of a chip stands: all rows are compared there. */
export function referenceLevel(blocks: readonly Block[]): string {
  const cost = (block: Block) => block.energyPerWindow_uJ?.value ?? Number.POSITIVE_INFINITY;
  return blocks.reduce((best, block) => (cost(block) < cost(best) ? block : best)).level.name;
}

const interval = (bounds: readonly [number, number] | null) =>
  bounds === null ? dash : `${percent(bounds[0])} to ${percent(bounds[1])}`;

function tableOf({ record, word }: ReportContext, group: ChipGroup): string {
  const level = referenceLevel(group.blocks);
  const blocks = [...groupBy(group.blocks, block => `${block.bundle}/${block.strategy}`).values()].flatMap(
    members => members.find(block => block.level.name === level) ?? [],
  );
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
    caption: `${group.label}, level ${level}`,
    columns: [
      words('Bundle · strategy'),
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
      `Every bundle and strategy at one level a chip: the level of the least ${context.word} active energy of any block. The interval over windows is Wilson's; the one over people has people as the unit, since windows of one person are not independent, and is Student's. Verdicts on accuracy take the wider on each side. Average power and battery life include the sleep until the next window.`,
    ],
    body: chipGroups(context.record)
      .map(group => tableOf(context, group))
      .join(''),
  });
}
