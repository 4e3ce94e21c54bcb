import { LittlefirstError } from '../../../errors.js';
import type { BundleDescription, FilteredStrategy, WindowFormat } from '../../bundle/schema.js';
import { type DriftModel, type DriftParameters, driftFeatures } from './drift.js';
import { type FeatureParameters, termCount } from './features.js';
import type { FilterParameters } from './step.js';

/** What golden interpreter and DUT execute. */
export interface CompiledFilter {
  features: FeatureParameters;
  filter: FilterParameters;
}

/** A probability in Q15. */
export const q15 = (probability: number): number => Math.round(probability * 32768);

const featureUnitsPerOctave = 1024;
const q8 = 256;
/** `DriftParameters.scale` of a unit of distance in feature counts: a Q4 difference times it, shifted right by 16, is in Q8. */
const distanceScale = (unitCounts: number): number => Math.round((65536 * q8) / (16 * unitCounts));
const largestScale = 4095;
const largestOffset = 2 ** 24;

const logistic = ({ bias, weights }: FilteredStrategy['drift']['static']): DriftModel => ({
  bias: Math.round(bias * 65536),
  weights: weights.map(weight => Math.round(weight * q8)),
});

/** What a drift gate executes, alone or in a `filtered` strategy. */
export interface CompiledDrift {
  features: FeatureParameters;
  /** A window is dynamic if its motion exceeds this (counts). */
  motionThreshold: number;
  drift: DriftParameters;
}

/**
 * The integers of features and drift gate.
 * @param strategy where they stand; `name` is for messages
 * @throws LF_BUNDLE_INVALID when a number cannot be held in its integer form
 */
export function compileDrift(
  strategy: Pick<FilteredStrategy, 'name' | 'features' | 'drift' | 'dynamicAbove'>,
  window: WindowFormat,
): CompiledDrift {
  const { features, drift } = strategy;
  const scales = window.scaling.method === 'counts' ? window.scaling.scale : [];
  const accelerationScale = scales[features.acceleration[0]];
  const gyroScale = scales[features.gyro[0]];
  const within = (place: string, value: number, low: number, high: number): number => {
    if (value >= low && value <= high) return value;
    throw new LittlefirstError('LF_BUNDLE_INVALID', `${place} of strategy ${strategy.name} is out of range`, {
      expected: `a number that becomes ${low} to ${high} in integer form`,
      received: String(value),
      fields: { place },
    });
  };
  const terms = (lag: number): number => termCount(window.samples, features.decimation, lag);
  const offset = (place: string, floor: number, scale: number, lag: number): number =>
    within(`features.floor.${place}`, Math.round((floor / scale) * terms(lag)), 1, largestOffset);
  const unit = (place: string, counts: number): number =>
    within(`drift.unit.${place}`, distanceScale(counts), 1, largestScale);
  const meanScale = unit('acceleration', drift.unit.acceleration / accelerationScale);
  const logScale = unit('movement', (drift.unit.movement / Math.LN2) * featureUnitsPerOctave);
  const motion = Math.round((strategy.dynamicAbove / accelerationScale) * 3 * terms(1));
  return {
    features: {
      acceleration: features.acceleration,
      gyro: features.gyro,
      decimation: features.decimation,
      lag: features.lag,
      offsets: {
        step: offset('acceleration', features.floor.acceleration, accelerationScale, 1),
        gyro: offset('gyro', features.floor.gyro, gyroScale, features.lag),
        acceleration: offset('acceleration', features.floor.acceleration, accelerationScale, features.lag),
      },
    },
    motionThreshold: within('dynamicAbove', motion, 0, 2 ** 31 - 1),
    drift: {
      scale: Array.from({ length: driftFeatures }, (_, i) => (i < 3 ? meanScale : logScale)),
      static: logistic(drift.static),
      dynamic: logistic(drift.dynamic),
      floor: q15(drift.floor),
    },
  };
}

/**
 * The integers of a `filtered` strategy.
 * @param bundle its window format (counts) and labels
 * @throws LF_BUNDLE_INVALID when a number cannot be held in its integer form
 */
export function compileFiltered(
  strategy: FilteredStrategy,
  { window, labels }: Pick<BundleDescription, 'window' | 'labels'>,
): CompiledFilter {
  const { filter, policy } = strategy;
  const { features, motionThreshold, drift } = compileDrift(strategy, window);
  return {
    features,
    filter: {
      classes: labels.length,
      motionThreshold,
      drift,
      flipChange: q15(filter.flipChange),
      restartChange: q15(filter.restartChange),
      staticClasses: filter.staticLabels.map(label => labels.indexOf(label)),
      dynamicClasses: filter.dynamicLabels.map(label => labels.indexOf(label)),
      missing: q15(filter.missing),
      sure: q15(filter.sure),
      accept: q15(filter.accept),
      hasLittle: strategy.networks.little !== undefined,
      sharpenBig: filter.sharpenBig,
      reject: q15(filter.reject ?? 0),
      settleNear: policy.settle === undefined ? 0 : Math.max(1, Math.round(policy.settle.near * q8)),
      settleFar: policy.settle === undefined ? 0 : Math.max(1, Math.round(policy.settle.far * q8)),
      cap: policy.cap,
      capWindow: policy.capWindow,
    },
  };
}
