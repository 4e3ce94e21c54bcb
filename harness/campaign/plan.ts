import { Random } from '../data/random.js';
import type { BlockKey, LevelRecord, StageLevel } from '../record/journal/records.js';
import type { PreparedBench } from './bench/prepare.js';
import type { Schedule } from './bench/schedules.js';

/** One block to be measured. */
export interface PlannedBlock {
  /** Index in the campaign: DUTs x bundles x levels x strategies, in the bench's order. */
  index: number;
  dut: number;
  bundle: number;
  level: number;
  /** Index of Big's level, where the stages have levels of their own; `level` is the gate's then. */
  big?: number;
  strategy: string;
  /** Number of this measurement of the block, from 1. */
  pass: number;
  /** `level` is an index of the board's levels, not of those to be measured. */
  isFixed?: true;
}

/** What a block is called in the journal. */
export function blockKey(
  { board, chip, boardLevels, bundles }: PreparedBench,
  block: Pick<PlannedBlock, 'bundle' | 'level' | 'big' | 'strategy'>,
): BlockKey {
  const recordOf = (index: number) => {
    const { name, millivolts, hertz } = boardLevels[index];
    return { name, mV: millivolts.value, Hz: hertz.value };
  };
  return {
    board: board.name,
    chip: chip.name,
    level:
      block.big === undefined ? recordOf(block.level) : stagesOf(recordOf(block.level), recordOf(block.big)),
    bundle: bundles[block.bundle].name,
    strategy: block.strategy,
  };
}

/** The gate's level and Big's as one. */
function stagesOf(gate: StageLevel, big: StageLevel): LevelRecord {
  return { ...gate, name: `${gate.name}+${big.name}`, stages: { gate, big } };
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const list = [...items];
  for (let i = list.length - 1; i > 0; i -= 1) {
    const j = random.integer(0, i);
    [list[i], list[j]] = [list[j], list[i]];
  }
  return list;
}

/** What is to be measured on one DUT: the strategies of each bundle, the number of levels. */
export interface PlanCounts {
  strategies: readonly (readonly string[])[];
  levels: number;
  /** Blocks beside those of all strategies at all levels: a strategy of a bundle at a level, or at one for each stage. */
  schedules?: readonly Schedule[];
}

/**
 * The order in which blocks are measured. DUTs come one after another, and on each the bundles (one flashing each); within
 * a bundle the levels are shuffled, and so are the strategies within each level, so that no strategy is measured all at once
 * and drift does not fall on one of them. With several passes the strategies of a level come once in their random order and
 * once in its mirror (A B C C B A), each further pair of passes in an order of its own: the mean time at which a strategy is
 * measured is then the same for all, so that a linear drift of meter, supply or temperature cancels in their comparison.
 * @param seed the same seed gives the same order
 * @param passes how often each block is measured: 1, or an even number
 */
export function planBlocks(duts: readonly PlanCounts[], seed: number, passes = 1): PlannedBlock[] {
  const random = new Random(seed, 0x626c6f63);
  const blocks: PlannedBlock[] = [];
  let first = 0;
  for (const [dut, counts] of duts.entries())
    for (const [bundle, strategies] of counts.strategies.entries()) {
      for (const level of shuffled([...Array(counts.levels).keys()], random)) {
        let order: number[] = [];
        for (let pass = 1; pass <= passes; pass += 1) {
          order = pass % 2 === 1 ? shuffled([...strategies.keys()], random) : [...order].reverse();
          for (const place of order)
            blocks.push({
              index: first + level * strategies.length + place,
              dut,
              bundle,
              level,
              strategy: strategies[place],
              pass,
            });
        }
      }
      first += strategies.length * counts.levels;
      const schedules = (counts.schedules ?? []).filter(schedule => schedule.bundle === bundle);
      for (let pass = 1, order: number[] = []; schedules.length > 0 && pass <= passes; pass += 1) {
        order = pass % 2 === 1 ? shuffled([...schedules.keys()], random) : [...order].reverse();
        for (const place of order) {
          const { strategy, gate, big } = schedules[place];
          const stages = { level: gate, ...(big === gate ? {} : { big }) };
          blocks.push({ index: first + place, dut, bundle, strategy, pass, isFixed: true, ...stages });
        }
      }
      first += schedules.length;
    }
  return blocks;
}
