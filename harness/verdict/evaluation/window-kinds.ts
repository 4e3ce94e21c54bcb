import type { CampaignRecord, GoldenRecord } from '../../record/journal/records.js';
import type { WindowKind } from '../../record/run-record.js';
import type { BlockData } from './block-data.js';

/** True label of windows that are paid for but not scored. */
export const unscored = 255;

const sumAt = (values: readonly number[], windows: readonly number[]): number =>
  windows.reduce((sum, w) => sum + (values[w] ?? 0), 0);

/** In how many of these windows Big and the gate ran. */
export function runsOf(
  block: BlockData,
  windows: readonly number[],
): Pick<WindowKind, 'bigRuns' | 'gateRuns'> {
  const gateRan = (w: number) => {
    const cycles = block.gateCycles[w] ?? null;
    return (cycles === null ? (block.gateSeconds[w] ?? 0) : cycles) > 0;
  };
  return {
    bigRuns: windows.filter(w => block.path[w] === 'b').length,
    gateRuns: windows.filter(gateRan).length,
  };
}

/**
 * What scored windows, transitions and other unscored windows of a continuous stream cost, each by itself; undefined where
 * every window is scored. Means are per window of the kind: golden MACs, and active energy where the block has a valid one.
 */
export function windowKinds(
  campaign: Pick<CampaignRecord, 'truth' | 'transitions'>,
  golden: GoldenRecord | undefined,
  block: BlockData,
): WindowKind[] | undefined {
  const transitions = new Set(campaign.transitions ?? []);
  const groups: Record<WindowKind['kind'], number[]> = { scored: [], transition: [], unlabelled: [] };
  for (const w of block.labels.keys()) {
    const isScored = campaign.truth[w] !== unscored && campaign.truth[w] !== undefined;
    groups[isScored ? 'scored' : transitions.has(w) ? 'transition' : 'unlabelled'].push(w);
  }
  if (groups.scored.length === block.labels.length) return undefined;
  const hasEnergy = block.energy !== undefined && block.gate.length > 0 && block.valid === true;
  return Object.entries(groups).map(([kind, windows]) => {
    const count = Math.max(1, windows.length);
    const joules = sumAt(block.gate, windows) + sumAt(block.big, windows) + sumAt(block.other, windows);
    return {
      kind: kind as WindowKind['kind'],
      windows: windows.length,
      ...runsOf(block, windows),
      macsPerWindow: sumAt(golden?.macs ?? [], windows) / count,
      energyPerWindow_uJ: hasEnergy && windows.length > 0 ? joules / count : null,
    };
  });
}
