import type { Block, RunRecord } from '../record/run-record.js';

/** Blocks in the groups that a reader compares: one board with one chip, and in it one series a bundle and strategy. */

export interface Series {
  bundle: string;
  strategy: string;
  /** The strategy's name, with its bundle where the run has several. */
  label: string;
  blocks: Block[];
}

export interface ChipGroup {
  board: string;
  chip: string;
  label: string;
  blocks: Block[];
  series: Series[];
  /** Level names, slowest first. */
  levels: string[];
}

/** Sorts items under keys, in the order in which the keys come first. */
export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

/** How a block's bundle and strategy are called in this run. */
export function seriesLabel(record: RunRecord, block: Pick<Block, 'bundle' | 'strategy'>): string {
  const isOneBundle = record.blocks.every(other => other.bundle === block.bundle);
  return isOneBundle ? block.strategy : `${block.bundle} · ${block.strategy}`;
}

/** All series of the given blocks. */
export function seriesOf(record: RunRecord, blocks: readonly Block[]): Series[] {
  return [...groupBy(blocks, block => `${block.bundle}/${block.strategy}`).values()].map(members => ({
    bundle: members[0].bundle,
    strategy: members[0].strategy,
    label: seriesLabel(record, members[0]),
    blocks: members,
  }));
}

/** One group a board and chip. */
export function chipGroups(record: RunRecord): ChipGroup[] {
  return [...groupBy(record.blocks, block => `${block.board}/${block.chip}`).values()].map(blocks => ({
    board: blocks[0].board,
    chip: blocks[0].chip,
    label:
      blocks[0].board === blocks[0].chip ? blocks[0].chip : `${blocks[0].chip} on board ${blocks[0].board}`,
    blocks,
    series: seriesOf(record, blocks),
    levels: [...new Set([...blocks].sort((a, b) => a.level.Hz - b.level.Hz).map(block => block.level.name))],
  }));
}

/** What the best schedule of a strategy is the least of. */
export type BestBy = 'average power with sleep' | 'active energy';

/**
 * Each series of a group at its best level or pair of levels: that of the least average power with sleep, which is what a battery pays; of the least active
 * energy where a block of the group has no average power. Without either the first block of each stands for it.
 */
export function bestBlocks(group: ChipGroup): { by: BestBy; blocks: Block[] } {
  const powerOf = ({ averagePower_uW: power }: Block) => power?.value ?? Number.POSITIVE_INFINITY;
  const energyOf = ({ energyPerWindow_uJ: energy }: Block) => energy?.value ?? Number.POSITIVE_INFINITY;
  const knowsPower = group.blocks.every(block => Number.isFinite(powerOf(block)));
  const costOf = knowsPower ? powerOf : energyOf;
  return {
    by: knowsPower ? 'average power with sleep' : 'active energy',
    blocks: group.series.map(({ blocks }) =>
      blocks.reduce((best, block) => (costOf(block) < costOf(best) ? block : best)),
    ),
  };
}

/** Share of a whole period's energy that is spent asleep; null where either is not known. */
export function idleShare(block: Block): number | null {
  const energy = block.energyPerWindow_uJ;
  const idle = energy?.idle.value;
  if (energy === null || typeof idle !== 'number' || energy.value + idle <= 0) return null;
  return idle / (energy.value + idle);
}
