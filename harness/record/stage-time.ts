import type { StagesRecord } from './journal/records.js';

type Column = readonly (number | null)[];

/** Cycles of windows by stage, and the changes of level among them. */
export interface CountedCycles {
  gateCycles: Column;
  bigCycles: Column;
  otherCycles: Column;
  stages?: StagesRecord;
}

const sumOf = (column: Column): number | undefined =>
  column.reduce<number | undefined>(
    (sum, cycles) => (sum === undefined || cycles === null ? undefined : sum + cycles),
    0,
  );

/**
 * Cycles of all changes: as the DUT counted them, or, where the machine did, those of their time at the lower clock, at which a port waits
 * (voltage before frequency when it rises, after it when it falls).
 */
export function changeCycles({ gate, big, microseconds, cycles }: StagesRecord): number {
  return cycles ?? microseconds * 1e-6 * Math.min(gate.Hz, big.Hz);
}

/** Seconds of one window in which Big ran that are spent in changes of level. */
export const changeSeconds = ({ changes, microseconds }: StagesRecord): number =>
  changes === 0 ? 0 : (2e-6 * microseconds) / changes;

/**
 * Cycles of all windows together; undefined where some are unknown. Where the stages have levels of their own, those of the time that the windows take
 * at the gate's clock: Big's cycles at its clock and the changes' own time are converted.
 */
export function totalCycles({
  gateCycles,
  bigCycles,
  otherCycles,
  stages,
}: CountedCycles): number | undefined {
  const [gate, big, other] = [gateCycles, bigCycles, otherCycles].map(sumOf);
  if (gate === undefined || big === undefined || other === undefined) return undefined;
  if (stages === undefined) return gate + big + other;
  const { Hz } = stages.gate;
  const computing = Math.max(0, big - changeCycles(stages));
  return gate + other + (computing * Hz) / stages.big.Hz + stages.microseconds * 1e-6 * Hz;
}
