import { maxLabels, maxListedChannels, maxSamples } from '../../model/bundle/limits.js';
import { type BundleDescription, bundleSchema } from '../../model/bundle/schema.js';
import type { PackableBundle } from '../../model/pack/bundle.js';
import type { Network } from '../../model/tflite/network.js';
import { elementCount } from '../../model/tflite/shapes.js';

/** Rows and columns that each input tensor is cut into: the last dimension's, or one row. */
function gridOf(network: Network): { rows: number; columns: number[] } | undefined {
  const shapes = network.inputs.map(index => network.tensors[index].shape);
  const rows = shapes.map(shape => elementCount(shape) / (shape.at(-1) ?? 1));
  if (shapes.length === 1 && rows[0] <= maxSamples)
    return { rows: rows[0], columns: [shapes[0].at(-1) ?? 1] };
  const columns = shapes.map(shape => shape.at(-1) ?? 1);
  const isListable = columns.every(count => count <= maxListedChannels);
  return rows.every(count => count === rows[0]) && isListable ? { rows: rows[0], columns } : undefined;
}

/**
 * The bundle that says least of a network: it runs on every window, whose bytes are its inputs. Enough to say where it fits.
 * @returns undefined where its inputs cannot be one window
 */
export function bareBundle(network: Network): PackableBundle | undefined {
  const grid = gridOf(network);
  if (grid === undefined || network.outputs.length !== 1) return undefined;
  const { rows, columns } = grid;
  const outputs = elementCount(network.tensors[network.outputs[0]].shape);
  const isClassifier = outputs >= 2 && outputs <= maxLabels;
  let first = 0;
  const inputs = columns.map(count => {
    const channels = Array.from({ length: count }, (_, i) => first + i);
    first += count;
    return { channels: columns.length === 1 ? ('all' as const) : channels };
  });
  const type = network.tensors[network.inputs[0]].type;
  const description: BundleDescription = bundleSchema.parse({
    schema: 'littlefirst.bundle/1',
    name: 'model',
    description: network.name,
    labels: Array.from({ length: isClassifier ? outputs : 2 }, (_, i) => `class-${i}`),
    window: {
      ...{
        samples: rows,
        channels: first,
        dtype: type === 'uint8' ? 'uint8' : 'int8',
        stride: rows,
        sampleRateHz: 1,
      },
      scaling: { method: 'minmax', fittedOn: 'constants', min: [0], max: [1] },
    },
    networks: [{ name: 'model', file: 'model.tflite', inputs }],
    strategies: [
      isClassifier
        ? { kind: 'hold', name: 'model', big: 'model', gate: { type: 'none' } }
        : { kind: 'score', name: 'model', network: 'model', score: { of: 'output' }, threshold: 0 },
    ],
    origin: network.name,
  });
  return { description, networks: [{ network }] };
}
