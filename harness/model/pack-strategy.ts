import { gateTypes, holdLayout, strategyKinds } from './blob.js';
import type { Gate, StrategyDescription } from './bundle-schema.js';

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

/**
 * A strategy as a blob section.
 * @param networkIndex number of a network of the bundle by its name
 */
export function packStrategy(
  strategy: StrategyDescription,
  networkIndex: (name: string) => number,
): Uint8Array {
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
