import type { Block, BlockKey, EnergyKind, EnergySoFar } from '../../library/index.js';

/** How far a campaign is, shown while it runs. */
export interface Progress {
  /** @param queue the blocks to come; absent of an MLPerf Tiny DUT */
  start(blocks: number, windows: number, queue?: readonly BlockKey[]): void;
  /** A block begins, or begins again. */
  block(key: BlockKey, position?: number): void;
  /** @param windows answered since the last call; negative when a block is repeated */
  advance(windows: number, answered?: { position: number; isCorrect?: boolean }): void;
  /** What the meter has seen of a block under way. */
  energy(soFar: EnergySoFar, position: number): void;
  blockEnd(key: BlockKey, position?: number): void;
  figures(key: BlockKey, figures: Block, energy: EnergyKind): void;
  /** Prints a line beside the progress. */
  note(text: string): void;
  /** The same of a line with colours of our own. */
  banner(line: string): void;
  stop(): void;
}

export const blockName = ({ board, chip, level, bundle, strategy }: BlockKey): string =>
  `${chip === board ? board : `${board} (${chip})`} ${level.name} ${bundle} ${strategy}`;
