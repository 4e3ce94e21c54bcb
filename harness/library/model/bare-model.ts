import { activityNames, channelNames } from '../../data/types.js';
import { channelScales, sampleRateHz, windowSamples, windowStride } from '../../data/window-set.js';
import { LittlefirstError } from '../../errors.js';
import { makeTemporaryFolder, removeTemporaryFolder } from '../../host/temporary-folder.js';
import type { Bundle } from '../../model/load.js';
import type { Network } from '../../model/tflite/network.js';
import { elementCount } from '../../model/tflite/shapes.js';
import { type BundleInput, writeBundle } from '../../model/write.js';

/** Channels of one input tensor by its number of columns: all nine, gyroscope and total acceleration, or total acceleration. */
const channelsOf: Record<number, readonly number[]> = {
  9: [0, 1, 2, 3, 4, 5, 6, 7, 8],
  6: [3, 4, 5, 6, 7, 8],
  3: [6, 7, 8],
};
/** Three inputs are the three sensors. */
const sensors = [
  [0, 1, 2],
  [3, 4, 5],
  [6, 7, 8],
];

function inputChannels(network: Network): readonly (readonly number[])[] | undefined {
  const columns = network.inputs.map(index => elementCount(network.tensors[index].shape) / windowSamples);
  if (columns.length === 1) return columns[0] in channelsOf ? [channelsOf[columns[0]]] : undefined;
  return columns.length === sensors.length && columns.every(n => n === 3) ? sensors : undefined;
}

/**
 * The bundle that a network alone stands for: it classifies every window, in the data's six activities and their order, from physical values (g, rad/s).
 * @throws LF_USAGE when its inputs or outputs are others
 */
export function bundleOfNetwork(network: Network): BundleInput {
  const inputs = inputChannels(network);
  const outputs = network.outputs.map(index => elementCount(network.tensors[index].shape));
  if (inputs === undefined || outputs.length !== 1 || outputs[0] !== activityNames.length)
    throw new LittlefirstError('LF_USAGE', `${network.name} does not say how windows go into it`, {
      expected: `one input of ${windowSamples} x 9, 6 or 3 values, or three of ${windowSamples} x 3, and ${activityNames.length} outputs`,
      received: `inputs of ${network.inputs.map(i => network.tensors[i].shape.join(' x ')).join(', ')}; ${outputs.join(', ')} outputs`,
      hint: 'describe it in a bundle (docs/bring-your-own-model.md), or give the bytes of one input with --input',
    });
  return {
    schema: 'littlefirst.bundle/1',
    name: 'model',
    description: network.name,
    labels: [...activityNames],
    window: {
      samples: windowSamples,
      channels: [...channelNames],
      dtype: 'int16',
      stride: windowStride,
      sampleRateHz,
      scaling: { method: 'counts', scale: [...channelScales] },
    },
    networks: [
      {
        name: 'model',
        file: 'model.tflite',
        inputs: inputs.map(channels => ({ channels: [...channels] })),
      },
    ],
    strategies: [{ kind: 'hold', name: 'model', big: 'model', gate: { type: 'none' } }],
    origin: network.name,
  };
}

const channelNamesOf = (channels: BundleInput['networks'][number]['inputs'][number]['channels']): string =>
  (channels === 'all' ? channelNames : channels.map(channel => channelNames[channel])).join(', ');

/** What is assumed of a network alone: nothing in the file says how its input is scaled. */
export function assumptionsOf(network: Network): string {
  const channels = bundleOfNetwork(network)
    .networks[0].inputs.map(input => channelNamesOf(input.channels))
    .join('; ');
  return `${network.name} does not say how its input is scaled. Assumed: physical values (accelerations in g, angular velocities in rad/s) of channels ${channels}, quantised by the input tensor's own scale, every ${windowStride} samples at ${sampleRateHz} Hz, and outputs in the order ${activityNames.join(', ')}. Another model gives wrong answers: describe it in a bundle.`;
}

/** Lets `use` have the bundle that a network alone stands for, in a folder that is gone afterwards. */
export async function withBundleOf<T>(network: Network, use: (bundle: Bundle) => Promise<T>): Promise<T> {
  const description = bundleOfNetwork(network);
  const folder = makeTemporaryFolder('model');
  try {
    return await use(await writeBundle(folder, description, new Map([['model', network]])));
  } finally {
    removeTemporaryFolder(folder);
  }
}
