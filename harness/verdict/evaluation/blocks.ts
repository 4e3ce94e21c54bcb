import type { Block } from '../../record/run-record.js';

/** Name of the strategy that savings are counted from. */
export const baselineStrategy = 'big-only';

/** A block's name in reports and verdicts. */
export function blockName(block: Pick<Block, 'board' | 'chip' | 'level' | 'bundle' | 'strategy'>): string {
  return `${block.board}/${block.chip}/${block.level.name}/${block.bundle}/${block.strategy}`;
}

/** True if `a` and `b` ran on the same board and chip at the same level. */
function sameLevel(a: Block, b: Block): boolean {
  return a.board === b.board && a.chip === b.chip && a.level.name === b.level.name;
}

/**
 * The block that a block's saving and accuracy are compared with: `big-only` at the same board, chip and level, of its own bundle,
 * or, for a bundle that has none, the run's first (the paper's Big beside our own cascades). Where strategies have levels of their own and `big-only` ran at one
 * alone on that board and chip, its best, it is compared with that.
 */
export function baselineOf(block: Block, blocks: readonly Block[]): Block | undefined {
  const here = blocks.filter(
    other => other.strategy === baselineStrategy && other.board === block.board && other.chip === block.chip,
  );
  const atLevel = here.filter(other => sameLevel(block, other));
  const isAtOne = new Set(here.map(({ level }) => level.name)).size === 1;
  const baselines = atLevel.length === 0 && isAtOne ? here : atLevel;
  return baselines.find(other => other.bundle === block.bundle) ?? baselines[0];
}
