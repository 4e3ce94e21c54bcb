import { compileFiltered } from '../cascade/filtered/compile.js';
import { flatLikelihood } from '../cascade/filtered/fixed.js';
import { filteredFlags, filteredLayout, gateTypes, holdLayout, noNetwork, strategyKinds } from './blob.js';
import type { BundleDescription, FilteredStrategy, Gate, HoldStrategy } from './bundle-schema.js';

/** Bit mask of a list of channels. */
function maskOf(channels: readonly number[]): number {
  return channels.reduce((mask, channel) => mask | (1 << channel), 0);
}

function networksOf(gate: Gate): readonly string[] {
  if (gate.type === 'one-vs-rest') return gate.networks;
  return gate.type === 'pair-net' || gate.type === 'confidence' ? [gate.network] : [];
}

function thresholdOf(gate: Gate): number {
  if (gate.type === 'distance') return gate.threshold;
  return gate.type === 'confidence' ? gate.margin : 0;
}

type NetworkIndex = (name: string) => number;

function packHold(strategy: HoldStrategy, networkIndex: NetworkIndex): Uint8Array {
  const { gate, policy } = strategy;
  const networks = networksOf(gate).map(networkIndex);
  return holdLayout.encode({
    name: strategy.name,
    kind: strategyKinds.hold,
    big: networkIndex(strategy.big),
    gate: gateTypes[gate.type],
    keep: gate.type === 'one-vs-rest' || gate.type === 'pair-net' ? gate.keep : 0,
    channelMask: gate.type === 'distance' ? maskOf(gate.channels) : 0,
    threshold: thresholdOf(gate),
    ...policy,
    networkCount: networks.length,
    networks,
    reserved: 0,
  });
}

function packFiltered(
  strategy: FilteredStrategy,
  description: BundleDescription,
  networkIndex: NetworkIndex,
): Uint8Array {
  const { features, filter } = compileFiltered(strategy, description);
  const { networks } = strategy;
  const { drift, staticClasses, dynamicClasses } = filter;
  return filteredLayout.encode({
    ...features,
    ...filter,
    name: strategy.name,
    kind: strategyKinds.filtered,
    staticNetwork: networkIndex(networks.static),
    littleNetwork: networks.little === undefined ? noNetwork : networkIndex(networks.little),
    bigNetwork: networkIndex(networks.big),
    offsets: [features.offsets.step, features.offsets.gyro, features.offsets.acceleration],
    staticBias: drift.static.bias,
    dynamicBias: drift.dynamic.bias,
    staticWeights: drift.static.weights,
    dynamicWeights: drift.dynamic.weights,
    scale: drift.scale,
    floor: drift.floor,
    flat: flatLikelihood(dynamicClasses.length),
    decimationShift: Math.log2(features.decimation),
    meanShift: Math.log2(description.window.samples / features.decimation),
    flags: filter.sharpenBig ? filteredFlags.sharpenBig : 0,
    staticCount: staticClasses.length,
    dynamicCount: dynamicClasses.length,
  });
}

/**
 * A strategy as a blob section.
 * @param description the bundle it belongs to
 * @param networkIndex number of a network of the bundle by its name
 */
export function packStrategy(
  strategy: HoldStrategy | FilteredStrategy,
  description: BundleDescription,
  networkIndex: NetworkIndex,
): Uint8Array {
  return strategy.kind === 'hold'
    ? packHold(strategy, networkIndex)
    : packFiltered(strategy, description, networkIndex);
}
