import { activityNames, channelNames } from '../../data/types.js';
import type { HoldStrategy } from '../../model/bundle/schema.js';
import type { BundleInput } from '../../model/write.js';
import { s3 } from './nets.js';
import type { PaperNets } from './trainer.js';

const activities = [0, 1, 2, 3, 4, 5];
const policy = { hysteresis: 1, refreshEvery: 0, bigCap: 0, bigCapWindow: 47 };
const whole = { windows: ['current' as const], layout: 'rows' as const };

type Entry = BundleInput['networks'][number];

function networkEntries(): Entry[] {
  const entry = (name: string, inputs: Entry['inputs']): Entry => ({
    name,
    file: `${name}.tflite`,
    inputs,
  });
  return [
    entry(
      'big-3in',
      [[0, 1, 2], [3, 4, 5], s3].map(channels => ({ ...whole, channels })),
    ),
    entry('big-1in', [{ ...whole, channels: channelNames.map((_, c) => c) }]),
    ...activities.map(a => entry(`little-${a}`, [{ ...whole, channels: s3 }])),
    entry('dual', [{ windows: ['previous', 'current'], layout: 'paired', channels: s3 }]),
  ];
}

function strategies(nets: PaperNets): HoldStrategy[] {
  const hold = (name: string, gate: HoldStrategy['gate'], big = 'big-3in'): HoldStrategy => ({
    kind: 'hold',
    name,
    big,
    gate,
    policy,
  });
  return [
    hold('big-only', { type: 'none' }),
    hold('1B6S', { type: 'one-vs-rest', networks: activities.map(a => `little-${a}`), keep: 1 }),
    hold('1B1D', { type: 'pair-net', network: 'dual', keep: 1 }),
    hold('1BDD', { type: 'distance', channels: s3, threshold: nets.choices.distance.chosen.bias }),
    hold('big1-only', { type: 'none' }, 'big-1in'),
  ];
}

/** The description of the trained paper bundle. */
export function paperBundle(nets: PaperNets, seed: number): BundleInput {
  return {
    schema: 'littlefirst.bundle/1',
    name: 'paper',
    description: "The paper's networks, trained by this project on the training people of UCI HAR",
    labels: [...activityNames],
    window: {
      samples: 128,
      channels: [...channelNames],
      dtype: 'int8',
      stride: 64,
      sampleRateHz: 50,
      scaling: { method: 'minmax', fittedOn: 'train', ...nets.minMax },
    },
    networks: networkEntries(),
    strategies: strategies(nets),
    origin: `littlefirst train paper --seed ${seed}, UCI HAR training people only, three-fold subject-wise cross-validation for the gates' thresholds`,
  };
}
