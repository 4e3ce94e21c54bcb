import type { MeasuredLoad } from './calibration.js';

/** Currents nearer to each other than this factor tell an offset no better than one of them. */
const leastFactor = 3;

/** Two loads of one meter, the one of less current first. */
type Pair = readonly [low: MeasuredLoad, high: MeasuredLoad];

function pairsOf(loads: readonly MeasuredLoad[]): Pair[] {
  const sorted = loads.toSorted((a, b) => a.result.expectedAmps - b.result.expectedAmps);
  return sorted.flatMap((low, i) =>
    sorted
      .slice(i + 1)
      .filter(high => high.result.expectedAmps >= leastFactor * low.result.expectedAmps)
      .map((high): Pair => [low, high]),
  );
}

/**
 * What the loads say of each other. Each alone is held to the meter's interval for it, in which an offset far beyond its own part hides behind the doubt of gain and
 * voltage. Those two are the same error at both currents (but for the gain of another range, and for voltages that were read one by one), so that
 * the reading at the lower current less its share of the one at the higher leaves the offset with what noise, linearity and resistors add.
 * A supply that sags under the higher load shows too.
 * @returns why the meter's figures cannot be trusted; undefined: nothing is known against them
 */
export function pairProblem(loads: readonly MeasuredLoad[]): string | undefined {
  for (const [low, high] of pairsOf(loads)) {
    const share = low.result.expectedAmps / high.result.expectedAmps;
    const offset = low.result.measuredAmps - share * high.result.measuredAmps;
    const limit = 1.96 * differenceSigma([low, high], share) + 1e-9 * low.result.expectedAmps;
    if (Math.abs(offset) > limit)
      return `${milliamps(low)} and ${milliamps(high)} do not agree with one gain: at the lower one the meter is off by ${microamps(offset)}, its offset allows ${microamps(limit)} (or the supply sags under the higher one)`;
  }
  return undefined;
}

/** Standard uncertainty of the difference when the meter is within its specification, amperes. */
function differenceSigma([low, high]: Pair, share: number): number {
  const { accuracy, expectedAmps, noiseSigmaAmps, range } = low.result;
  const both = (relative: number) => Math.SQRT2 * relative * expectedAmps;
  const isSameRange = range === high.result.range;
  const isVoltageCommon =
    low.load.measuredMillivolts === undefined && high.load.measuredMillivolts === undefined;
  const own = ({ load: { measuredMillivolts, voltageRelative = 0 } }: MeasuredLoad) =>
    measuredMillivolts === undefined ? accuracy.voltageRelative : voltageRelative;
  return Math.hypot(
    accuracy.offsetAmps * (1 - share),
    accuracy.resolutionAmps / Math.sqrt(12),
    noiseSigmaAmps,
    share * high.result.noiseSigmaAmps,
    both(accuracy.linearityRelative ?? 0),
    isSameRange ? 0 : both(accuracy.gainRelative),
    isVoltageCommon ? 0 : expectedAmps * Math.hypot(own(low), own(high)),
    (expectedAmps * Math.hypot(low.load.toleranceRelative, high.load.toleranceRelative)) / Math.sqrt(3),
  );
}

const milliamps = ({ result }: MeasuredLoad): string => `${(result.expectedAmps * 1e3).toPrecision(3)} mA`;
const microamps = (amps: number): string => `${(amps * 1e6).toPrecision(3)} uA`;
