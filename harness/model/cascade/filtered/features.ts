import { featureCount } from '../../bundle/limits.js';
import { log2Q10 } from './fixed.js';

/** Which samples the features look at. */
export interface FeatureParameters {
  /** Channel indices of the accelerometer's and the gyroscope's three axes in the window. */
  acceleration: readonly number[];
  gyro: readonly number[];
  /** Every `decimation`-th sample is a term; a power of two. */
  decimation: number;
  /** Distance of the slow differences, samples. */
  lag: number;
  /** Added to each sum before the logarithm, counts: keeps silence finite. */
  offsets: { step: number; gyro: number; acceleration: number };
}

/** Features of one window. */
export interface Features {
  /**
   * int16 values: 0-2 mean acceleration (counts, rounded down), then log2 in Q10 of the summed absolute differences: 3-5
   * acceleration over one sample, 6-8 gyroscope over `lag`, 9-11 acceleration over `lag`; 12-14 of the gyroscope's absolute sum,
   * which tells slow turns from quick ones.
   */
  values: Int16Array;
  /** Sum over the three axes of the absolute one-sample differences of acceleration, counts: how much the body moves. */
  motion: number;
}

/** Terms t = 0, decimation, 2 decimation ... with t + lag < samples. */
export const termCount = (samples: number, decimation: number, lag: number): number =>
  Math.floor((samples - lag + decimation - 1) / decimation);

/** Additions that the features of one window cost; |a - b| accumulated counts two. */
export function featureOperations(p: FeatureParameters, samples: number): number {
  const terms = (lag: number): number => termCount(samples, p.decimation, lag);
  return 6 * terms(0) + 2 * 3 * terms(1) + 2 * 6 * terms(p.lag);
}

/**
 * Computes the features of a window. The window's length over the decimation must be a power of two.
 * @param window raw counts, samples x channels, row-major
 */
export function computeFeatures(window: ArrayLike<number>, channels: number, p: FeatureParameters): Features {
  const samples = window.length / channels;
  const values = new Int16Array(featureCount);
  const meanShift = 31 - Math.clz32(samples / p.decimation);
  let motion = 0;
  const differences = (channel: number, lag: number): number => {
    let sum = 0;
    for (let t = 0; t + lag < samples; t += p.decimation) {
      sum += Math.abs(window[(t + lag) * channels + channel] - window[t * channels + channel]);
    }
    return sum;
  };
  for (let axis = 0; axis < 3; axis++) {
    let sum = 0;
    let turn = 0;
    for (let t = 0; t < samples; t += p.decimation) {
      sum += window[t * channels + p.acceleration[axis]];
      turn += window[t * channels + p.gyro[axis]];
    }
    const step = differences(p.acceleration[axis], 1);
    motion += step;
    values[axis] = sum >> meanShift;
    values[3 + axis] = log2Q10(step + p.offsets.step);
    values[6 + axis] = log2Q10(differences(p.gyro[axis], p.lag) + p.offsets.gyro);
    values[9 + axis] = log2Q10(differences(p.acceleration[axis], p.lag) + p.offsets.acceleration);
    values[12 + axis] = log2Q10(Math.abs(turn) + p.offsets.gyro);
  }
  return { values, motion };
}
