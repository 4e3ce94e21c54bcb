import type { KernelLayout, PlannedStep } from '../step.js';
import { type Chunk, middle, mostFresh, planChunks } from './chunks.js';
import {
  channelConstants,
  isFast,
  isPackable,
  packedBlock,
  packedScratch,
  pairElements,
  smallBound,
  smallConstants,
} from './packed.js';
import { channelPairs } from './pairs.js';

/**
 * Cortex-M3, two positions a word as in packed.ts, for as many flushes as the stack takes: firmware/core/kernels_m3_stacked.S.
 * A stream of int8: steps of the first chunk, weights; steps of the next chunk after a flush, or -(64 + steps) without one, weights; ...;
 * minus the number of flushes.
 */

/** Most flushes of a pair of channels. */
const maxFlushes = 31;
const goOn = 64;

const chunksOf = (step: PlannedStep, pair: readonly number[]): Chunk[] =>
  planChunks(pairElements(step, pair), step.inputRanges, mostFresh);

const flushesIn = (chunks: readonly Chunk[]): number =>
  chunks.filter(({ flushBefore }) => flushBefore).length;

function arrangePair(step: PlannedStep, pair: readonly number[], small: boolean): Uint8Array {
  const elements = pairElements(step, pair);
  const chunks = chunksOf(step, pair);
  const flushes = flushesIn(chunks);
  const stream = chunks.flatMap(({ start, steps, flushBefore }, index) => [
    index === 0 || flushBefore ? steps : -(goOn + steps),
    ...elements.slice(start, start + steps).flat(),
  ]);
  stream.push(-flushes);
  /* a chunk alone stays signed, of several each brings 0x8000 */
  const offset = flushes === 0 ? 0 : middle * (1 + flushes);
  const constants = pair.flatMap(channel =>
    (small ? smallConstants : channelConstants)(step, channel, offset),
  );
  return packedBlock(Int8Array.from(stream), Int32Array.from(constants));
}

function stackedConv(id: number, small: boolean): KernelLayout {
  return {
    ...{ id, name: `m3-stacked${small ? '-small' : ''}`, core: 'm3', roomy: !small },
    supports(step) {
      const least = isFast(step) && !small ? 0 : 1;
      if (!isPackable(step, least, small ? smallBound : 2 ** 28) || step.weights!.wide) return false;
      return channelPairs(step.outC).every(pair => flushesIn(chunksOf(step, pair)) <= maxFlushes);
    },
    scratchBytes: packedScratch,
    arrange: step =>
      Uint8Array.from(channelPairs(step.outC).flatMap(pair => [...arrangePair(step, pair, small)])),
  };
}

export const m3Stacked = stackedConv(44, false);
/** With two words of constants a channel instead of four. */
export const m3StackedSmall = stackedConv(38, true);
