import { LittlefirstError } from '../../errors.js';
import type { Network } from '../tflite/network.js';
import { elementCount } from '../tflite/shapes.js';
import { checkFeatures, checkFiltered, checkFilteredNetwork, filteredNetworks } from './filtered-check.js';
import { featureCount, maxFilteredLabels, maxGateSamples, maxWindowBytes } from './limits.js';
import type { BundleDescription, HoldStrategy, StrategyDescription } from './schema.js';
import { checkScoreNetwork } from './score-check.js';

function invalid(place: string, expected: string, received: string, file?: string): LittlefirstError {
  return new LittlefirstError(
    'LF_BUNDLE_INVALID',
    `${place} of ${file ?? 'the bundle'} does not fit the rest of the bundle`,
    { expected, received, fields: { place } },
  );
}

/**
 * Checks what `bundle.yaml` says of itself: names used once, references to networks and channels, as many scaling constants as channels.
 * @throws LF_BUNDLE_INVALID naming the place
 */
export function checkDescription(description: BundleDescription, file: string): void {
  const { labels, window, networks, strategies } = description;
  const once = (place: string, values: readonly string[]): void => {
    const again = values.find((value, index) => values.indexOf(value) !== index);
    if (again !== undefined) throw invalid(place, 'each name once', `"${again}" twice`, file);
  };
  once('labels', labels);
  once('window.channels', window.channels);
  once(
    'networks',
    networks.map(({ name }) => name),
  );
  once(
    'strategies',
    strategies.map(({ name }) => name),
  );
  checkScaling(window, file);

  const bytes = window.samples * window.channels.length * (window.dtype === 'int16' ? 2 : 1);
  if (bytes > maxWindowBytes) {
    throw invalid('window', `at most ${maxWindowBytes} bytes a window`, String(bytes), file);
  }
  const checkChannels = (
    place: string,
    channels: readonly number[],
    channelCount = window.channels.length,
  ): void => {
    const outside = channels.find(channel => channel >= channelCount);
    if (outside === undefined) return;
    throw invalid(place, `channels 0 to ${channelCount - 1}`, String(outside), file);
  };
  networks.forEach((network, index) => {
    network.inputs.forEach((input, position) => {
      const place = `networks[${index}].inputs[${position}]`;
      const ofFeatures = input.source === 'features';
      checkChannels(`${place}.channels`, input.channels, ofFeatures ? featureCount : undefined);
      if ((network.inputs[0].source === 'features') !== ofFeatures) {
        throw invalid(`${place}.source`, 'one source for all inputs of a network', 'both', file);
      }
      if (ofFeatures && (input.windows.length !== 1 || input.windows[0] !== 'current')) {
        throw invalid(`${place}.windows`, 'only the current features', input.windows.join(', '), file);
      }
      const { normalise } = input;
      if (normalise === undefined) return;
      if (window.scaling.method !== 'counts') {
        throw invalid(
          `${place}.normalise`,
          'only with window.scaling.method counts',
          window.scaling.method,
          file,
        );
      }
      for (const [key, list] of Object.entries(normalise)) {
        if (list.length === input.channels.length) continue;
        const expected = `${input.channels.length} numbers, one per listed channel`;
        throw invalid(`${place}.normalise.${key}`, expected, String(list.length), file);
      }
    });
  });

  const known = networks.map(({ name }) => name);
  strategies.forEach((strategy, index) => {
    for (const [place, name] of networksOf(strategy)) {
      if (!known.includes(name)) {
        throw invalid(`strategies[${index}].${place}`, `a network: ${known.join(', ')}`, name, file);
      }
      const entry = networks.find(candidate => candidate.name === name)!;
      if (strategy.kind !== 'filtered' && entry.inputs[0].source === 'features') {
        throw invalid(`strategies[${index}].${place}`, 'a network of windows', `${name}, of features`, file);
      }
    }
    if (strategy.kind === 'filtered') {
      if (labels.length > maxFilteredLabels) {
        throw invalid(
          'labels',
          `at most ${maxFilteredLabels} with a filtered strategy`,
          `${labels.length}`,
          file,
        );
      }
      checkFiltered(strategy, description, (place, expected, received) =>
        invalid(`strategies[${index}].${place}`, expected, received, file),
      );
      return;
    }
    if (strategy.kind === 'score') {
      if (labels.length === 2) return;
      throw invalid('labels', '2 with a score strategy: not above, above', `${labels.length}`, file);
    }
    const { gate } = strategy;
    if (gate.type === 'distance') {
      checkChannels(`strategies[${index}].gate.channels`, gate.channels);
      if (window.samples > maxGateSamples) {
        const expected = `windows of at most ${maxGateSamples} samples`;
        throw invalid(`strategies[${index}].gate`, expected, String(window.samples), file);
      }
    }
    if (gate.type === 'drift') {
      checkFeatures(gate.features, description.window, (place, expected, received) =>
        invalid(`strategies[${index}].gate.${place}`, expected, received, file),
      );
    }
    if (gate.type === 'one-vs-rest' && gate.networks.length !== labels.length) {
      const expected = `${labels.length} networks, one per label`;
      throw invalid(`strategies[${index}].gate.networks`, expected, String(gate.networks.length), file);
    }
  });
}

function checkScaling(window: BundleDescription['window'], file: string): void {
  const { scaling, channels } = window;
  const lists =
    scaling.method === 'minmax' ? { min: scaling.min, max: scaling.max } : { scale: scaling.scale };
  for (const [key, list] of Object.entries(lists)) {
    if (list.length === channels.length) continue;
    const expected = `${channels.length} numbers, one per channel`;
    throw invalid(`window.scaling.${key}`, expected, String(list.length), file);
  }
  if (scaling.method !== 'minmax') return;
  const flat = scaling.min.findIndex((low, channel) => !(low < scaling.max[channel]));
  if (flat >= 0) {
    const received = `${scaling.min[flat]} and ${scaling.max[flat]}`;
    throw invalid(`window.scaling.min[${flat}]`, 'min below max', received, file);
  }
  if (window.dtype === 'int16') throw invalid('window.scaling.method', 'counts for int16', 'minmax', file);
}

/** The networks that a strategy names, each with its place below the strategy. */
function networksOf(strategy: StrategyDescription): [place: string, name: string][] {
  if (strategy.kind === 'filtered') return filteredNetworks(strategy);
  if (strategy.kind === 'score') return [['network', strategy.network]];
  const { big, gate } = strategy;
  const used: [string, string][] = [['big', big]];
  if (gate.type === 'one-vs-rest') {
    gate.networks.forEach((name, index) => {
      used.push([`gate.networks[${index}]`, name]);
    });
  }
  if (gate.type === 'pair-net' || gate.type === 'confidence') used.push(['gate.network', gate.network]);
  return used;
}

/**
 * Checks that each network of a strategy has as many outputs as its part wants.
 * @throws LF_BUNDLE_INVALID naming the place
 */
export function checkNetworkUse(
  description: BundleDescription,
  networks: readonly { name: string; network: Network }[],
): void {
  const networkOf = (name: string): Network => networks.find(candidate => candidate.name === name)!.network;
  description.strategies.forEach((strategy, index) => {
    for (const [place, name] of networksOf(strategy)) {
      const fail = (at: string, expected: string, received: string): LittlefirstError =>
        invalid(`strategies[${index}].${at}`, expected, `${name} with ${received}`);
      if (strategy.kind === 'filtered') checkFilteredNetwork(strategy, place, networkOf(name), fail);
      else if (strategy.kind === 'score') {
        const entry = description.networks.find(candidate => candidate.name === name)!;
        checkScoreNetwork(strategy, entry, networkOf(name), fail);
      } else checkHoldNetwork(strategy, place, networkOf(name), description.labels.length, fail);
    }
  });
}

function checkHoldNetwork(
  { gate }: HoldStrategy,
  place: string,
  network: Network,
  labels: number,
  fail: (place: string, expected: string, received: string) => Error,
): void {
  const classes = elementCount(network.tensors[network.outputs[0]].shape);
  const keep = gate.type === 'one-vs-rest' || gate.type === 'pair-net' ? gate.keep : 0;
  const perLabel = place === 'big' || gate.type === 'confidence';
  if (perLabel && classes !== labels) {
    throw fail(place, `a network of ${labels} outputs, one per label`, `${classes} outputs`);
  }
  if (!perLabel && (classes < 2 || keep >= classes)) {
    const expected = `a network with an output number ${keep} (gate.keep) and another`;
    throw fail(place, expected, `${classes} outputs`);
  }
}
