import { Random } from '../data/random.js';

/** One block to be measured. */
export interface PlannedBlock {
  /** Index in the campaign: DUTs x bundles x levels x strategies, in the bench's order. */
  index: number;
  dut: number;
  bundle: number;
  level: number;
  strategy: string;
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
}

/**
 * The order in which blocks are measured. DUTs come one after another, and on each the bundles (one flashing each); within
 * a bundle the levels are shuffled, and so are the strategies within each level, so that no strategy is measured all at once
 * and drift does not fall on one of them.
 * @param seed the same seed gives the same order
 */
export function planBlocks(duts: readonly PlanCounts[], seed: number): PlannedBlock[] {
  const random = new Random(seed, 0x626c6f63);
  const blocks: PlannedBlock[] = [];
  let first = 0;
  for (const [dut, counts] of duts.entries())
    for (const [bundle, strategies] of counts.strategies.entries()) {
      for (const level of shuffled([...Array(counts.levels).keys()], random))
        for (const place of shuffled([...strategies.keys()], random))
          blocks.push({
            index: first + level * strategies.length + place,
            dut,
            bundle,
            level,
            strategy: strategies[place],
          });
      first += strategies.length * counts.levels;
    }
  return blocks;
}
