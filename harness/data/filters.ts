import { channelCount } from './window-set.js';

/**
 * The preprocessing of UCI HAR and HAPT: from six raw channels to the nine inertial channels. Runs over a whole
 * experiment, per axis, from its first sample with zero state (the constants are those of `hapt/filters.json`;
 * Butterworth designs at 50 Hz).
 */

/** Second-order section: b0, b1, b2, a1, a2 with a0 = 1. */
type Section = readonly [number, number, number, number, number];

/** 10th order Butterworth low-pass, 20 Hz: noise filter of all six channels, after the median of 3. */
const noiseSections: readonly Section[] = [
  [0.12837301330223735, 0.2567460266044747, 0.12837301330223735, 1.023716668584059, 0.2653833920695206],
  [1, 2, 1, 1.0618968468751013, 0.3125766878303106],
  [1, 2, 1, 1.1429805025399007, 0.41280159809618844],
  [1, 2, 1, 1.2772114832789292, 0.5787202149760926],
  [1, 2, 1, 1.4817841285386752, 0.8315859108540888],
];

/** 3rd order Butterworth low-pass, 0.3 Hz, of the total acceleration: gravity. */
const gravitySections: readonly Section[] = [
  [6.4518491290909294e-6, 1.2903698258181859e-5, 6.4518491290909294e-6, -0.9629940509502153, 0],
  [1, 1, 0, -1.9616121845004821, 0.9630069546484734],
];

/** 2nd order Butterworth low-pass, 0.1 Hz, of the filtered angular velocity: the gyroscope's baseline. */
const baselineSections: readonly Section[] = [
  [3.913020539914434e-5, 7.826041079828868e-5, 3.913020539914434e-5, -1.9822289297925284, 0.9823854506141251],
];

/** Median of three neighbours; zeros stand beyond both ends. */
function medianOf3(input: Float64Array): Float64Array {
  return input.map((b, i) => {
    const a = i === 0 ? 0 : input[i - 1];
    const c = i === input.length - 1 ? 0 : input[i + 1];
    return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
  });
}

/** Cascade of second-order sections, transposed direct form II, zero state at the start. */
function filterSections(input: Float64Array, sections: readonly Section[]): Float64Array {
  const output = Float64Array.from(input);
  for (const [b0, b1, b2, a1, a2] of sections) {
    let z1 = 0;
    let z2 = 0;
    for (let i = 0; i < output.length; i++) {
      const x = output[i];
      const y = b0 * x + z1;
      z1 = b1 * x - a1 * y + z2;
      z2 = b2 * x - a2 * y;
      output[i] = y;
    }
  }
  return output;
}

/**
 * The nine inertial channels of one experiment.
 * @param raw rows x 6, row-major: acceleration x, y, z in g, angular velocity x, y, z in rad/s, at 50 Hz
 * @returns rows x 9, row-major, in the order of `channelNames`: body acceleration, body angular velocity, total acceleration
 */
export function filterExperiment(raw: Float64Array): Float64Array {
  const rows = raw.length / 6;
  const output = new Float64Array(rows * channelCount);
  const store = (channel: number, values: (row: number) => number): void => {
    for (let row = 0; row < rows; row++) output[row * channelCount + channel] = values(row);
  };
  for (let axis = 0; axis < 6; axis++) {
    const column = Float64Array.from({ length: rows }, (_, row) => raw[row * 6 + axis]);
    const clean = filterSections(medianOf3(column), noiseSections);
    const slow = filterSections(clean, axis < 3 ? gravitySections : baselineSections);
    store(axis, row => clean[row] - slow[row]);
    if (axis < 3) store(6 + axis, row => clean[row]);
  }
  return output;
}
