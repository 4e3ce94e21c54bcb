import { GoldenCascade } from '../../model/cascade/golden.js';
import type { BlockKey } from '../../record/journal/records.js';
import type { PreparedBench, PreparedBundle } from '../bench/prepare.js';

/** How long something takes, seconds, between what and what, and what that rests on. */
export interface Duration {
  seconds: number;
  low: number;
  high: number;
  base: string;
}

/** A block as far as its duration goes. */
export interface PlannedTime {
  key: BlockKey;
  isEmulated: boolean;
  /** Windows streamed, warm-up and every pass included. */
  windows: number;
  /** Seconds that one window takes a real board: line, guard and cores. */
  boardSeconds: number;
  /** Cycles of one window, which an emulator works off. */
  cycles: number;
}

/** Seconds a window that a block of an earlier run took, with all that belongs to the block. */
export interface Observed {
  key: BlockKey;
  isEmulated: boolean;
  secondsPerWindow: number;
}

/**
 * Cycles a MAC of our kernels: those of Big with three inputs (161,856 MACs) on random weights, `npm run bench:kernels`. Fitted; smaller networks, and
 * those of other shapes, take up to twice as many.
 */
export const cyclesPerMac = { m0p: 827_725 / 161_856, m3: 426_003 / 161_856, m4: 208_846 / 161_856 } as const;

/**
 * Cycles that an emulator works off in a second of a processor, meter and evaluation included: of the campaigns of README.md, and of 120 windows of Big on
 * rp2040js (99 million cycles in 3.9 s of a processor). Fitted on one host; others, and busy ones, differ by this factor.
 */
const emulatedHertz = 27e6;
const hostFactor = 3;
const kernelFactor = 2;

/** Windows that the golden interpreter tries, and multiply-adds after which it has tried enough. */
const triedWindows = 24;
const enoughMacs = 2e7;

/** Mean multiply-adds of a window, as the golden interpreter counts them over the first windows. */
export function macsOf({ bundle, windows }: PreparedBundle, strategy: string, count: number): number {
  const cascade = new GoldenCascade(bundle, strategy);
  let [macs, tried] = [0, 0];
  while (tried < Math.min(triedWindows, count) && macs < enoughMacs) {
    macs += cascade.step(windows.window(tried)).macs;
    tried += 1;
  }
  return macs / Math.max(1, tried);
}

/** Cycles of one window on a board's core. */
export const cyclesOf = ({ firmware }: PreparedBench, macs: number): number =>
  macs * cyclesPerMac[firmware.entry.core];

const isLike = (a: Observed, b: PlannedTime): boolean =>
  a.isEmulated === b.isEmulated &&
  a.key.board === b.key.board &&
  a.key.bundle === b.key.bundle &&
  a.key.strategy === b.key.strategy &&
  (b.isEmulated || a.key.level.Hz === b.key.level.Hz);

/** One block, from earlier ones like it where there are any. */
function durationOf(block: PlannedTime, observed: readonly Observed[]): Omit<Duration, 'base'> {
  const like = observed.filter(one => isLike(one, block)).map(one => one.secondsPerWindow * block.windows);
  if (like.length > 0)
    return {
      seconds: like.reduce((a, b) => a + b, 0) / like.length,
      low: Math.min(...like),
      high: Math.max(...like),
    };
  const { windows, cycles, boardSeconds, isEmulated } = block;
  const seconds = windows * (isEmulated ? cycles / emulatedHertz : boardSeconds);
  const factor = isEmulated ? hostFactor : kernelFactor;
  return { seconds, low: seconds / factor, high: seconds * factor };
}

/**
 * How long blocks take together.
 * @param observed blocks of earlier runs
 * @param machines that work at a time
 */
export function durationOfAll(
  blocks: readonly PlannedTime[],
  observed: readonly Observed[],
  machines: number,
): Duration {
  const parts = blocks.map(block => durationOf(block, observed));
  const sum = (of: 'seconds' | 'low' | 'high') =>
    parts.reduce((total, part) => total + part[of], 0) / Math.max(1, machines);
  const known = blocks.filter(block => observed.some(one => isLike(one, block))).length;
  const [emulated] = blocks.map(({ isEmulated }) => isEmulated);
  const model = emulated
    ? `${emulatedHertz / 1e6} million cycles a second and processor, known to a factor of ${hostFactor}`
    : `the line's rate, the guards and our kernels' cycles a multiply-add, known to a factor of ${kernelFactor}; flashing comes to that`;
  const base =
    known === blocks.length
      ? 'equal blocks of earlier runs in reports/'
      : known === 0
        ? model
        : `equal blocks of earlier runs in reports/ for ${known} of ${blocks.length} blocks, else ${model}`;
  return { seconds: sum('seconds'), low: sum('low'), high: sum('high'), base };
}
