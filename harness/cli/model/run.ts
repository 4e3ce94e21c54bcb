import { readFile } from 'node:fs/promises';
import { goldenAnswers } from '../../campaign/golden-answers.js';
import { loadWindows } from '../../data/load.js';
import { scaleWindows } from '../../data/scaling.js';
import type { DataSetName, Order } from '../../data/types.js';
import { LittlefirstError } from '../../errors.js';
import { type Counts, GoldenNetwork } from '../../model/golden/network.js';
import type { Bundle } from '../../model/load.js';
import type { Network } from '../../model/tflite/network.js';
import { elementCount } from '../../model/tflite/shapes.js';
import { type CliContext, printLine } from '../context.js';
import { cautionBanner } from '../run/summary.js';

export interface BundleRunOptions {
  data: DataSetName;
  order: Order;
  windows: 'all' | number;
  strategy?: 'all' | string[];
  models?: string;
}

/** Answers of the golden interpreter for a bundle's strategies on a data set, without any board. */
export async function runBundle(
  context: CliContext,
  bundle: Bundle,
  options: BundleRunOptions,
): Promise<void> {
  const set = await loadWindows({
    data: options.data,
    split: 'test',
    order: options.order,
    limit: options.windows === 'all' ? undefined : options.windows,
  });
  const named = options.strategy ?? 'all';
  const answers = await goldenAnswers(
    {
      folder: bundle.folder,
      models: options.models,
      strategies: named === 'all' ? bundle.description.strategies.map(({ name }) => name) : named,
      data: scaleWindows(set, bundle.description.window).data,
      starts: set.starts,
      resets: [...set.resets],
    },
    context.signal,
  );
  if (set.caution !== undefined) printLine(context.err, cautionBanner(set.caution));
  const scored = set.labels.filter(label => label < bundle.description.labels.length).length;
  for (const { strategy, labels, big, macs } of answers) {
    const correct = labels.filter((label, i) => label === set.labels[i]).length;
    const bigRuns = big.reduce((sum, ran) => sum + ran, 0);
    const meanMacs = macs.reduce((sum, count) => sum + count, 0) / labels.length;
    printLine(
      context.out,
      `${strategy}: ${correct} of ${scored} correct (${((100 * correct) / scored).toFixed(2)} %), ${bigRuns} Big runs, ${meanMacs.toFixed(0)} MACs/window`,
    );
  }
}

/** One inference of a network on the raw bytes of its input tensors, one after another. */
export async function runNetwork(context: CliContext, network: Network, file: string): Promise<void> {
  const golden = new GoldenNetwork(network);
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new LittlefirstError('LF_USAGE', `${file} cannot be read`, { cause });
  });
  const tensors = network.inputs.map(index => network.tensors[index]);
  const needed = tensors.reduce((sum, tensor) => sum + elementCount(tensor.shape), 0);
  if (bytes.length !== needed)
    throw new LittlefirstError('LF_USAGE', `${file} does not fit the network's inputs`, {
      expected: `${needed} bytes`,
      received: `${bytes.length} bytes`,
    });
  let offset = 0;
  const inputs = tensors.map((tensor): Counts => {
    const part = Uint8Array.from(bytes.subarray(offset, offset + elementCount(tensor.shape)));
    offset += part.length;
    return tensor.type === 'int8' ? new Int8Array(part.buffer) : part;
  });
  for (const output of golden.run(inputs)) printLine(context.out, [...output].join(' '));
}
