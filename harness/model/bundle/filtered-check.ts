import type { Network } from '../tflite/network.js';
import { elementCount } from '../tflite/shapes.js';
import type { BundleDescription, FilteredStrategy } from './schema.js';

/** Makes the error for a place below the strategy. */
type Invalid = (place: string, expected: string, received: string) => Error;

/**
 * Checks what a drift gate, alone or in a `filtered` strategy, asks of the window.
 * @throws what `invalid` makes
 */
export function checkFeatures(
  features: FilteredStrategy['features'],
  window: BundleDescription['window'],
  invalid: Invalid,
): void {
  const { scaling, samples, dtype } = window;
  if (scaling.method !== 'counts' || dtype !== 'int16') {
    throw invalid('features', 'a window of int16 counts', `${dtype} by ${scaling.method}`);
  }
  for (const sensor of ['acceleration', 'gyro'] as const) {
    const axes = features[sensor];
    const outside = axes.find(channel => channel >= window.channels.length);
    if (outside !== undefined) {
      throw invalid(`features.${sensor}`, `channels 0 to ${window.channels.length - 1}`, String(outside));
    }
    const scales = axes.map(channel => scaling.scale[channel]);
    if (scales.some(scale => scale !== scales[0])) {
      throw invalid(`features.${sensor}`, 'three channels of one scale', scales.join(', '));
    }
  }
  if (features.lag >= samples) {
    throw invalid('features.lag', `less than ${samples} samples`, String(features.lag));
  }
  const terms = samples / features.decimation;
  if (!Number.isInteger(terms) || !Number.isInteger(Math.log2(terms))) {
    throw invalid(
      'features.decimation',
      'samples / decimation a power of two',
      `${samples} / ${features.decimation}`,
    );
  }
}

/**
 * Checks a `filtered` strategy against the window and the labels of its bundle.
 * @throws what `invalid` makes
 */
export function checkFiltered(
  strategy: FilteredStrategy,
  { window, labels }: Pick<BundleDescription, 'window' | 'labels'>,
  invalid: Invalid,
): void {
  const { features, filter } = strategy;
  checkFeatures(features, window, invalid);
  for (const key of ['staticLabels', 'dynamicLabels'] as const) {
    const unknown = filter[key].find(label => !labels.includes(label));
    if (unknown !== undefined) throw invalid(`filter.${key}`, `labels: ${labels.join(', ')}`, unknown);
    const twice = filter[key].find((label, index) => filter[key].indexOf(label) !== index);
    if (twice !== undefined) throw invalid(`filter.${key}`, 'each label once', `${twice} twice`);
  }
}

/** The networks that a `filtered` strategy names, each with its place below the strategy. */
export function filteredNetworks({ networks }: FilteredStrategy): [place: string, name: string][] {
  return Object.entries(networks)
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([stage, name]) => [`networks.${stage}`, name]);
}

/** Checks that a network of a `filtered` strategy gives one share (in 1/256) a label. */
export function checkFilteredNetwork(
  { filter }: FilteredStrategy,
  place: string,
  network: Network,
  invalid: Invalid,
): void {
  const labels = place === 'networks.static' ? filter.staticLabels : filter.dynamicLabels;
  const { shape, quantisation, type } = network.tensors[network.outputs[0]];
  const count = elementCount(shape);
  if (count !== labels.length) {
    throw invalid(place, `a network of ${labels.length} outputs: ${labels.join(', ')}`, `${count} outputs`);
  }
  const scale = quantisation?.scales[0];
  const zero = quantisation?.zeroPoints[0];
  if (scale !== 1 / 256 || zero !== (type === 'uint8' ? 0 : -128)) {
    throw invalid(place, 'softmax outputs: scale 1/256 from zero', `scale ${scale}, zero point ${zero}`);
  }
}
