import type { WindowSet } from '../../data/types.js';
import { channelScales } from '../../data/window-set.js';
import {
  computeFeatures,
  type FeatureParameters,
  type Features,
} from '../../model/cascade/filtered/features.js';
import { windowChannels } from './nets.js';

const samplesPerWindow = 128;
const stepFloor = 0.002;

/** Feature parameters for windows of `windowChannels`; the logarithms' offsets stand for 0.002 g and 0.002 rad/s. */
export function featureParameters(decimation: number): FeatureParameters {
  const lag = 16;
  const terms = (distance: number): number =>
    Math.floor((samplesPerWindow - distance + decimation - 1) / decimation);
  const counts = (channel: number, distance: number): number =>
    Math.round((stepFloor / channelScales[channel]) * terms(distance));
  return {
    acceleration: [3, 4, 5],
    gyro: [0, 1, 2],
    decimation,
    lag,
    offsets: { step: counts(6, 1), gyro: counts(3, lag), acceleration: counts(6, lag) },
  };
}

/** Raw counts [128][6] of the window that starts at `row`. */
export function windowCounts(set: WindowSet, row: number): Int16Array {
  const out = new Int16Array(samplesPerWindow * windowChannels.length);
  let at = 0;
  for (let t = row; t < row + samplesPerWindow; t++) {
    for (const c of windowChannels) {
      const count = Math.round(set.samples[t * 9 + c] / channelScales[c]);
      out[at++] = Math.max(-32768, Math.min(32767, count));
    }
  }
  return out;
}

/** Features of every window of a set. */
export function featuresOf(set: WindowSet, parameters: FeatureParameters): Features[] {
  return Array.from(set.starts, start =>
    computeFeatures(windowCounts(set, start), windowChannels.length, parameters),
  );
}
