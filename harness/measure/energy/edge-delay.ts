import { ruleLimits } from '../limits.js';
import type { MeterAccuracy } from '../meter/meter.js';

/** Distance of the marker edges of one side from the steps of the current, by all edges of a block together. */
export interface EdgeDelay {
  /** Marker edge minus current step, seconds, and its standard uncertainty. */
  seconds: number;
  sigma: number;
  edges: number;
}

/** Absent on a side whose current does not show. */
export type EdgeDelays = Partial<Record<'opening' | 'closing', EdgeDelay>>;

/** How late the marker lines reach the meter after the current that they belong to: measured in every block. */
export interface MarkerDelay {
  /** Seconds; negative: the current comes late, by a capacitor or a meter that lags. */
  seconds: number;
  /** Standard uncertainty, seconds. */
  sigma: number;
  /** Falling edges that it is measured by. */
  edges: number;
  /** The current rises this long before the marker, seconds, beyond the delay: the core wakes up. Absent: not seen. */
  risesBefore?: number;
  risesSigma?: number;
}

const uniform = 1 / Math.sqrt(12);

/**
 * Every window between guards is a step of the load that the firmware makes together with its marker, so each block calibrates the
 * lines by its own windows. The falling edge tells: the core falls asleep within `fallingAsleepCycles` of the marker, so the delay is the
 * measured distance plus half of that, uniform over it. How long it takes to wake up is less well known: the rising edge only checks.
 * @param hertz clock of the core
 * @returns undefined where the current does not show the falling edges
 */
export function markerDelay(delays: EdgeDelays, hertz: number): MarkerDelay | undefined {
  const { opening, closing } = delays;
  if (closing === undefined) return undefined;
  const asleep = ruleLimits.fallingAsleepCycles / hertz;
  const seconds = closing.seconds + asleep / 2;
  const sigma = Math.hypot(closing.sigma, asleep * uniform);
  const { edges } = closing;
  if (opening === undefined) return { seconds, sigma, edges };
  return {
    seconds,
    sigma,
    edges,
    risesBefore: opening.seconds - seconds,
    risesSigma: Math.hypot(opening.sigma, sigma),
  };
}

/**
 * Standard uncertainty of the delay that is in a block's energy, seconds. A measured delay is not corrected for: what is left is its whole value
 * and what is not known of it. Unmeasured it is what the driver states.
 */
export function delayUncertainty(
  delay: MarkerDelay | undefined,
  { edgeNs }: Pick<MeterAccuracy, 'edgeNs'>,
): number {
  return delay === undefined ? edgeNs * 1e-9 : Math.hypot(delay.seconds, delay.sigma);
}
