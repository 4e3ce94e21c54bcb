/**
 * False suspicions in a series-night by threshold: simulated with `npm run bench:detection -- --thresholds` (harness/benchmarks/detection), series
 * of pure Gaussian noise whose spread is not known beforehand, looked at every night by the procedure itself. Kind: fitted; standard error of each rate
 * by the number of events: 5 % or less down to 1e-4, 7 % for the last.
 */
export const simulatedRates: readonly (readonly [threshold: number, rate: number])[] = [
  [3, 1.388e-2],
  [3.25, 7.227e-3],
  [3.5, 3.446e-3],
  [3.75, 1.501e-3],
  [4, 5.29e-4],
  [4.25, 1.817e-4],
  [4.5, 5.317e-5],
  [4.75, 1.658e-5],
];

/** Largest rate that is used, however small the fleet: with the risk of a wrong confirmation it keeps false alarms below one in 100,000 series-nights. */
export const largestRate = 1e-3;
const daysPerYear = 365.25;

/**
 * Threshold at which pure noise is suspected with a given rate, by interpolation in the logarithm; beyond the table's ends, their values.
 * @param rate false suspicions in a series-night
 */
export function thresholdOfRate(rate: number): number {
  const [first] = simulatedRates;
  const last = simulatedRates.at(-1)!;
  if (rate >= first[1]) return first[0];
  if (rate <= last[1]) return last[0];
  const i = simulatedRates.findIndex(([, one]) => one <= rate);
  const [[low, most], [high, least]] = [simulatedRates[i - 1], simulatedRates[i]];
  return low + ((high - low) * Math.log(most / rate)) / Math.log(most / least);
}

/**
 * The threshold of a fleet.
 * @param series how many are looked at each night
 * @param falseSuspicionsPerYear in the whole fleet; each costs its bench some sixteen runs at most, and is no alarm
 */
export function thresholdOf(series: number, falseSuspicionsPerYear: number): number {
  return thresholdOfRate(Math.min(largestRate, falseSuspicionsPerYear / daysPerYear / Math.max(1, series)));
}
