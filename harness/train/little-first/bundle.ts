import { activityNames, channelNames } from '../../data/types.js';
import { channelScales } from '../../data/window-set.js';
import type { DriftModel, DriftParameters } from '../../model/cascade/filtered/drift.js';
import type { BundleInput } from '../../model/write.js';
import type { NetSpec } from '../nets.js';
import { largeMotion, smallMotion, staticInputs, staticSpec, windowChannels } from './nets.js';
import { changeFloor, type TrainedNet } from './trainer.js';

/** A shipped configuration of the cascade. */
export interface Configuration {
  bundle: string;
  description: string;
  /** Absent: Big is asked at once. */
  little?: NetSpec;
  big: NetSpec;
  decimation: number;
  sure: number;
  /** Absent when there is no Little. */
  accept?: number;
  /** Flash that the blob on the DUT shall take at most. */
  blobBytes: number;
}

/** Networks of a configuration. */
export interface TrainedNets {
  static: TrainedNet;
  little?: TrainedNet;
  big: TrainedNet;
}

/**
 * Operating points, chosen on out-of-fold predictions of training people in both orders: of those within the spread of the most accurate the
 * one that costs least, with room below the goals of `docs/protocol.md` (A 4,000, B 1,800 multiply-adds a window) for people who need
 * more than they. B has no Little: a smaller network saved a tenth of its multiply-adds and cost whole segments of some people with
 * some seeds.
 */
export const configurations: readonly Configuration[] = [
  {
    bundle: 'little-first-a',
    description: 'Our own cascade, configuration A: most accurate',
    little: smallMotion,
    big: largeMotion,
    decimation: 2,
    sure: 0.93,
    accept: 0.65,
    blobBytes: 16 * 1024,
  },
  {
    bundle: 'little-first-b',
    description: 'Our own cascade, configuration B: least energy',
    big: smallMotion,
    decimation: 4,
    sure: 0.88,
    blobBytes: 6 * 1024,
  },
];

/**
 * A window that differs more than this from the one before waits for its networks. What they take a window at the edge of an activity for
 * is believed until the next change, for a minute at times: out of fold, on training people, waiting about halves the errors of movement
 * and their spread over seeds.
 */
const settle = { near: 4, far: 5 };

const logistic = ({ bias, weights }: DriftModel) => ({
  bias: bias / 65536,
  weights: weights.map(w => w / 256),
});

/** The bundle of a configuration from its trained parts. */
export function littleFirstBundle(
  configuration: Configuration,
  nets: TrainedNets,
  drift: DriftParameters,
  seed: number,
): BundleInput {
  const entry = (name: string, net: TrainedNet, isStatic: boolean): BundleInput['networks'][number] => ({
    name,
    file: `${name}.tflite`,
    inputs: [
      {
        ...(isStatic ? { source: 'features' as const } : {}),
        channels: isStatic ? staticInputs : windowChannels.map((_, i) => i),
        normalise: net.standard,
      },
    ],
  });
  return {
    schema: 'littlefirst.bundle/1',
    name: configuration.bundle,
    description: configuration.description,
    labels: [...activityNames],
    window: {
      samples: 128,
      channels: windowChannels.map(c => channelNames[c]),
      dtype: 'int16',
      stride: 64,
      sampleRateHz: 50,
      scaling: { method: 'counts', scale: windowChannels.map(c => channelScales[c]) },
    },
    networks: [
      entry(staticSpec.name, nets.static, true),
      ...(nets.little === undefined ? [] : [entry('little', nets.little, false)]),
      entry('big', nets.big, false),
    ],
    strategies: [
      {
        kind: 'filtered',
        name: 'little-first',
        networks: {
          static: staticSpec.name,
          ...(nets.little === undefined ? {} : { little: 'little' }),
          big: 'big',
        },
        features: {
          acceleration: [3, 4, 5],
          gyro: [0, 1, 2],
          decimation: configuration.decimation as 1 | 2 | 4,
          lag: 16,
          floor: { acceleration: 0.002, gyro: 0.002 },
        },
        dynamicAbove: 0.02,
        drift: {
          unit: { acceleration: 0.1, movement: 0.4 },
          floor: changeFloor,
          static: logistic(drift.static),
          dynamic: logistic(drift.dynamic),
        },
        filter: {
          staticLabels: activityNames.slice(3),
          dynamicLabels: activityNames.slice(0, 3),
          missing: 1e-4,
          sure: configuration.sure,
          ...(configuration.accept === undefined ? {} : { accept: configuration.accept }),
          sharpenBig: true,
        },
        policy: { settle },
      },
    ],
    blobBytes: configuration.blobBytes,
    origin: `littlefirst train ${configuration.bundle} --seed ${seed}, UCI HAR training people only; operating points by three-fold subject-wise cross-validation`,
  };
}
