import { LittlefirstError } from '../../errors.js';
import { type ChosenDut, pickLevels } from './duts.js';
import type { ResolvedBench } from './load.js';

/** A strategy of a bundle at a level of its own, or at one for each stage. */
export interface Schedule {
  bundle: number;
  strategy: string;
  /** Indices of the board's levels. */
  gate: number;
  big: number;
}

/** The blocks that the bench's schedules make on one DUT, but those that are planned already. @throws LF_CONFIG_INVALID, LF_UNKNOWN_LEVEL */
export function pickSchedules(
  { bench: { schedules = [], link }, board, chip, boardLevels, levels }: ChosenDut & { bench: ResolvedBench },
  bundles: readonly { name: string; strategies: string[]; atAllLevels: string[] }[],
): Schedule[] {
  const picked: Schedule[] = [];
  for (const { strategy, levels: wanted, only } of schedules) {
    /* To be found first (harness/library/run/schedules.ts). */
    if (wanted === 'auto') continue;
    if (only !== undefined && (only.board !== board.name || only.chip !== chip.name)) continue;
    const names = typeof wanted === 'string' ? { gate: wanted, big: wanted } : wanted;
    const [gate, big] = pickLevels(
      { board: board.name, levels: [names.gate, names.big] },
      chip,
      boardLevels,
      true,
    );
    if (gate !== big && link === 'emulated:' && chip.levelChange === undefined)
      throw new LittlefirstError(
        'LF_CONFIG_INVALID',
        `Chip ${chip.name} does not say what a change of level costs`,
        {
          expected: 'levelChange in the chip profile, or one level for all stages',
          received: `${strategy} at ${names.gate} and ${names.big}`,
          hint: 'see levelChange in fixtures/chips/rp2040.yaml',
        },
      );
    bundles.forEach((bundle, i) => {
      if (!bundle.strategies.includes(strategy) || (only && only.bundle !== bundle.name)) return;
      const isPlanned = gate === big && bundle.atAllLevels.includes(strategy) && levels.includes(gate);
      const isDouble = picked.some(
        other =>
          other.bundle === i && other.strategy === strategy && other.gate === gate && other.big === big,
      );
      if (!isPlanned && !isDouble) picked.push({ bundle: i, strategy, gate, big });
    });
  }
  return picked;
}
