import type { BundleDescription, StrategyDescription } from '../bundle/schema.js';
import type { PackedNetwork } from './network.js';

/** Which steps of a bundle's networks get fast tables and which get small ones, when flash is scarce. */

/** Flash for the blob of a bundle that states none, if all its strategies are `filtered`; others take what the chip has. */
const filteredBlobBytes = 16 * 1024;

/**
 * Guesses of how often a network runs, a window: in `filtered` strategies Little and Big are asked about what is unclear only. Order of
 * magnitude is enough, as the guesses only rank steps.
 */
const runsOf = { filteredBig: 0.01, filteredLittle: 0.1, filteredStatic: 0.5, hold: 1 } as const;

/** Bytes that the blob shall keep to where it can; undefined: no such wish. */
export function blobBudget({ blobBytes, strategies }: BundleDescription): number | undefined {
  return blobBytes ?? (strategies.every(({ kind }) => kind === 'filtered') ? filteredBlobBytes : undefined);
}

function runsIn(strategy: StrategyDescription, network: string): number {
  if (strategy.kind !== 'filtered') return runsOf.hold;
  const { networks } = strategy;
  if (networks.static === network) return runsOf.filteredStatic;
  if (networks.little === network) return runsOf.filteredLittle;
  return networks.big === network ? runsOf.filteredBig : 0;
}

/** Numbers of a network in the bundle and of a step in its plan. */
export type FastSteps = ReadonlySet<string>;
export const stepKey = (network: number, step: number): string => `${network}.${step}`;

/**
 * The steps that get fast tables so that a blob of small ones grows by at most `spare` bytes: those first that save most, by
 * multiply-adds times runs, for the bytes they take.
 * @param small, fast: the same networks packed both ways
 */
export function fastSteps(
  { networks, strategies }: BundleDescription,
  small: readonly PackedNetwork[],
  fast: readonly PackedNetwork[],
  spare: number,
): FastSteps {
  const candidates = fast.flatMap((network, index) => {
    const runs = Math.max(...strategies.map(strategy => runsIn(strategy, networks[index].name)));
    return network.steps.map(({ bytes, macs }, step) => ({
      key: stepKey(index, step),
      gain: runs * macs,
      cost: Math.ceil(bytes / 4) * 4 - Math.ceil(small[index].steps[step].bytes / 4) * 4,
    }));
  });
  const chosen = new Set<string>();
  let left = spare;
  for (const { key, cost } of candidates.sort((a, b) => b.gain * a.cost - a.gain * b.cost)) {
    if (cost > left) continue;
    chosen.add(key);
    left -= cost;
  }
  return chosen;
}
