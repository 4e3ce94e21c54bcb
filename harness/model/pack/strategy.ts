import type {
  BundleDescription,
  FilteredStrategy,
  Gate,
  HoldStrategy,
  ScoreStrategy,
  StrategyDescription,
} from '../bundle/schema.js';
import { compileScore } from '../bundle/score-form.js';
import { type CompiledDrift, compileDrift, compileFiltered, q15 } from '../cascade/filtered/compile.js';
import { flatLikelihood } from '../cascade/filtered/fixed.js';
import type { Network } from '../tflite/network.js';
import {
  filteredFlags,
  filteredLayout,
  gateTypes,
  holdLayout,
  noNetwork,
  scoreLayout,
  scoreTypes,
  strategyKinds,
} from './blob.js';
import { joinTables } from './tables.js';

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
  if (gate.type === 'drift') return q15(gate.changeAbove);
  return gate.type === 'confidence' ? gate.margin : 0;
}

type NetworkIndex = (name: string) => number;

/** The networks of the bundle as packed, in its order. */
export type StrategyNetworks = readonly { network: Network; inputOffset: number }[];

/** The fields of features and drift. */
function driftFields({ features, motionThreshold, drift }: CompiledDrift, samples: number) {
  const { acceleration, gyro, lag, decimation, offsets } = features;
  return {
    ...{ acceleration, gyro, lag, motionThreshold },
    offsets: [offsets.step, offsets.gyro, offsets.acceleration],
    staticBias: drift.static.bias,
    dynamicBias: drift.dynamic.bias,
    staticWeights: drift.static.weights,
    dynamicWeights: drift.dynamic.weights,
    scale: drift.scale,
    floor: drift.floor,
    decimationShift: Math.log2(decimation),
    meanShift: Math.log2(samples / decimation),
  };
}

/** What follows the record of a `hold` strategy with a `drift` gate. */
function packDriftGate(strategy: HoldStrategy, { window }: BundleDescription): Uint8Array {
  const { gate, name } = strategy;
  if (gate.type !== 'drift') return new Uint8Array();
  const networks = { staticNetwork: noNetwork, littleNetwork: noNetwork, bigNetwork: noNetwork };
  const unused = {
    restartChange: 0,
    missing: 0,
    flat: 0,
    sure: 0,
    accept: 0,
    settleNear: 0,
    settleFar: 0,
    reject: 0,
  };
  return filteredLayout.encode({
    ...{ name, kind: strategyKinds.filtered, ...networks, ...unused },
    ...driftFields(compileDrift({ ...gate, name }, window), window.samples),
    flipChange: q15(gate.flipChange),
    ...{
      cap: 0,
      capWindow: 0,
      flags: 0,
      staticCount: 0,
      dynamicCount: 0,
      staticClasses: [],
      dynamicClasses: [],
    },
  });
}

function packHold(
  strategy: HoldStrategy,
  description: BundleDescription,
  networkIndex: NetworkIndex,
): Uint8Array {
  const { gate, policy } = strategy;
  const networks = networksOf(gate).map(networkIndex);
  const record = holdLayout.encode({
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
  return joinTables(record, packDriftGate(strategy, description));
}

function packFiltered(
  strategy: FilteredStrategy,
  description: BundleDescription,
  networkIndex: NetworkIndex,
): Uint8Array {
  const { features, filter } = compileFiltered(strategy, description);
  const { networks } = strategy;
  const { staticClasses, dynamicClasses } = filter;
  return filteredLayout.encode({
    ...filter,
    ...driftFields({ features, ...filter }, description.window.samples),
    name: strategy.name,
    kind: strategyKinds.filtered,
    staticNetwork: networkIndex(networks.static),
    littleNetwork: networks.little === undefined ? noNetwork : networkIndex(networks.little),
    bigNetwork: networkIndex(networks.big),
    flat: flatLikelihood(dynamicClasses.length),
    flags: filter.sharpenBig ? filteredFlags.sharpenBig : 0,
    staticCount: staticClasses.length,
    dynamicCount: dynamicClasses.length,
  });
}

function packScore(
  strategy: ScoreStrategy,
  networks: StrategyNetworks,
  networkIndex: NetworkIndex,
): Uint8Array {
  const index = networkIndex(strategy.network);
  const { network, inputOffset } = networks[index];
  const form = compileScore(strategy, network);
  const isOutput = form.of === 'output';
  return scoreLayout.encode({
    name: strategy.name,
    kind: strategyKinds.score,
    network: index,
    type: scoreTypes[form.of],
    reserved: 0,
    threshold: form.threshold,
    multiplier: isOutput ? 0 : form.multiplier,
    input: isOutput ? 0 : inputOffset,
    output: isOutput ? form.output : 0,
    inputZero: isOutput ? 0 : form.inputZero,
    outputZero: isOutput ? 0 : form.outputZero,
  });
}

/**
 * A strategy as a blob section.
 * @param description the bundle it belongs to
 * @param networks its networks
 */
export function packStrategy(
  strategy: StrategyDescription,
  description: BundleDescription,
  networks: StrategyNetworks,
): Uint8Array {
  const networkIndex = (name: string): number => description.networks.findIndex(entry => entry.name === name);
  switch (strategy.kind) {
    case 'hold':
      return packHold(strategy, description, networkIndex);
    case 'filtered':
      return packFiltered(strategy, description, networkIndex);
    case 'score':
      return packScore(strategy, networks, networkIndex);
  }
}
