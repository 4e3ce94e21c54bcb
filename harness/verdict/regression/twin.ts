/** What the emulator's cycle count says of a step: it is exact, so that any change of it is the image's. */
export type TwinVerdict =
  /** The cycles changed by about what the energy did: the image needs more time. */
  | 'image'
  /** Image and bundle are the same on both sides: whatever changed, it was not them. */
  | 'bench'
  /** Another image with the same cycles: board, meter or temperature, or what the image draws, not how long it runs. */
  | 'not in cycles'
  /** The cycles changed, but by something else than the energy: the image and something more. */
  | 'image and more'
  | 'unknown';

export interface TwinSide {
  /** Hash of image and bundle. */
  image: string;
  /** Cycles of a window on the emulator; null where none were counted. */
  cycles: number | null;
}

/** Share of the energy's step by which the cycles' step may be off: sleep and fixed parts do not scale. Assumed. */
const agreement = 0.5;

/** @param step relative step of the energy */
export function twinVerdict(before: TwinSide, after: TwinSide, step: number): TwinVerdict {
  if (before.image === after.image) return 'bench';
  if (before.cycles === null || after.cycles === null || before.cycles <= 0) return 'unknown';
  if (before.cycles === after.cycles) return 'not in cycles';
  const change = Math.log(after.cycles / before.cycles);
  return Math.abs(change - step) <= agreement * Math.abs(step) ? 'image' : 'image and more';
}
