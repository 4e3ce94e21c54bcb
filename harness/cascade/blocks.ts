import type { Block } from '../report/run-record.js';

/** Name of the strategy that savings are counted from. */
export const baselineStrategy = 'big-only';

/** A block's name in reports and verdicts. */
export function blockName(block: Pick<Block, 'board' | 'chip' | 'level' | 'bundle' | 'strategy'>): string {
  return `${block.board}/${block.chip}/${block.level.name}/${block.bundle}/${block.strategy}`;
}

/** True if `candidate` and `other` differ in nothing but the strategy. */
function sameSeries(a: Block, b: Block): boolean {
  return a.board === b.board && a.chip === b.chip && a.level.name === b.level.name && a.bundle === b.bundle;
}

/**
 * The block that a block's saving and accuracy are compared with: `big-only` of its own bundle at the same board, chip and
 * level.
 */
export function baselineOf(block: Block, blocks: readonly Block[]): Block | undefined {
  return blocks.find(other => other.strategy === baselineStrategy && sameSeries(block, other));
}
