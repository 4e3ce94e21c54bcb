import type { Core, KernelLayout, PlannedStep } from '../step.js';
import { type Chunk, middle, planChunks } from './chunks.js';
import {
  besideBytes,
  channelPairs,
  paddedRowsBytes,
  pooledPositions,
  rightShift,
  rowsNeeded,
  shiftsWithin,
  words,
} from './pairs.js';

/**
 * Layouts of the kernels that add up two positions in one 32-bit word (firmware/core/kernels_packed_job.h).
 *
 * A block per pair of output channels: a stream, padded to 4 bytes, then the constants of each channel. These are four
 * words: 4 * bias, multiplier, rounding, right shift; or, small ones (stacked.ts), two: 32 * bias + right shift, and multiplier. A
 * stream: header, weights of so many filter elements (both channels of an element together), header, ... and an end
 * header. Headers and weights are int8, or int16 in the wide form.
 */

/** Positions that a run computes, two to a word. */
export const run = 8;
const header = { store: 32, continue: 64, end: 0, endFlushed: -128, endStored: -127 };
/** An upper word's fields of 16 bits take this many flushes of 9 bits. */
const maxFlushes = 128;
export const maxElements = 4096;

/** Headers of chunks, and the end header. A kernel that `stores` puts the accumulators of a lone flush aside whole. */
function headersOf(chunks: readonly Chunk[], stores: boolean): number[] {
  const flushes = chunks.filter(chunk => chunk.flushBefore).length;
  const stored = stores && flushes === 1;
  let seen = 0;
  const headers = chunks.map(({ steps, flushBefore }, index) => {
    if (index === 0) return steps;
    if (!flushBefore) return header.continue + steps;
    seen++;
    if (seen > 1) return steps;
    return stored ? -(header.store + steps) : -steps;
  });
  if (stored) return [...headers, header.endStored];
  return [...headers, flushes > 0 ? header.endFlushed : header.end];
}

export const elementCount = ({ kernelW, inC }: PlannedStep): number => kernelW * inC;

export function pairElements(step: PlannedStep, pair: readonly number[]): number[][] {
  const count = elementCount(step);
  const { values } = step.weights!;
  return Array.from({ length: count }, (_, element) =>
    pair.map(output => (output < 0 ? 0 : values[output * count + element])),
  );
}

/** The kernels' own test: zero point at the lower end and no clamp but int8's, as after ReLU. */
export function isFast({ outZero, clampMin, clampMax }: PlannedStep): boolean {
  return outZero === -128 && clampMin === -128 && clampMax === 127;
}

/**
 * 4 * (bias - offset), multiplier, rounding, right shift. With H the upper word of 4 * (a + bias) * multiplier,
 * SaturatingRoundingDoublingHighMul is (H + 1) >> 1, and, unless it is negative, the output is
 * (((H + 1) >> 1) + half + (zero << shift)) >> shift = (H + 1 + 2 * half + (zero << (shift + 1))) >> (shift + 1).
 * A negative one gives less than the zero point, which is the lower clamp in the fast form.
 */
export function channelConstants(step: PlannedStep, channel: number, offset: number): number[] {
  if (channel < 0) return [0, 0, 0, 1];
  const weights = step.weights!;
  const shift = rightShift(weights, channel);
  const half = shift > 0 ? 2 ** (shift - 1) : 0;
  const zero = step.outZero * 2 ** shift;
  const bias = 4 * (weights.bias[channel] - offset);
  const multiplier = weights.multipliers[channel];
  return isFast(step)
    ? [bias, multiplier, 1 + 2 * half + 2 * zero, shift + 1]
    : [bias, multiplier, half + zero, shift];
}

/** Least bound of accumulators that the small constants cannot hold: a bias and the flushes' offset take 27 bits. */
export const smallBound = 2 ** 25;

/** The same as `channelConstants` in two words; the rounding follows from shift and zero point. */
export function smallConstants(step: PlannedStep, channel: number, offset: number): number[] {
  const [bias, multiplier, , shift] = channelConstants(step, channel, offset);
  return [8 * bias + shift, multiplier];
}

/** A stream, filled up to words, and the constants of its pair of channels. */
export function packedBlock(stream: Int8Array | Int16Array, constants: Int32Array): Uint8Array {
  const block = new Uint8Array(words(stream.byteLength) + constants.byteLength);
  block.set(new Uint8Array(stream.buffer));
  block.set(new Uint8Array(constants.buffer), words(stream.byteLength));
  return block;
}

function arrangePair(
  step: PlannedStep,
  pair: readonly number[],
  { wide, headerWeights, stores }: Form,
): Uint8Array {
  const elements = pairElements(step, pair);
  const stream: number[] = [];
  const chunks = planChunks(elements, step.inputRanges);
  headersOf(chunks, stores).forEach((value, index) => {
    stream.push(value, ...new Array<number>(headerWeights - 1).fill(0));
    const { start, steps } = chunks[index] ?? { start: 0, steps: 0 };
    for (const weights of elements.slice(start, start + steps)) stream.push(...weights);
  });
  const flushes = chunks.filter(chunk => chunk.flushBefore).length;
  const packed = wide ? Int16Array.from(stream) : Int8Array.from(stream);
  const constants = Int32Array.from(
    pair.flatMap(channel => channelConstants(step, channel, middle * (1 + flushes))),
  );
  return packedBlock(packed, constants);
}

/** What the kernels ask of a step beside the number of flushes. @param least shift that the constants hold */
export function isPackable(step: PlannedStep, least: 0 | 1, bound: number): boolean {
  const { op, weights } = step;
  if (op !== 'conv' || pooledPositions(step) === undefined || elementCount(step) > maxElements) return false;
  return weights!.accumulatorBound < bound && shiftsWithin(weights!, least, 21);
}

function supports(step: PlannedStep, { wide }: Form): boolean {
  if (!isPackable(step, isFast(step) ? 0 : 1, 2 ** 28) || (!wide && step.weights!.wide)) return false;
  return channelPairs(step.outC).every(
    pair =>
      planChunks(pairElements(step, pair), step.inputRanges).filter(chunk => chunk.flushBefore).length <=
      maxFlushes,
  );
}

/** Scratch of all kernels of two positions a word that have their tile there. */
export const packedScratch = (step: PlannedStep): number =>
  elementCount(step) * 2 * run +
  paddedRowsBytes(step, rowsNeeded(step, run)) +
  besideBytes(step, run / step.poolW);

interface Form {
  /** Weights and headers int16 instead of int8. */
  wide: boolean;
  /** Room of a header, in weights. */
  headerWeights: 1 | 2;
  /** Whether the kernel knows `header.store`. */
  stores: boolean;
}

function packedConv(core: Core, id: number, form: Form): KernelLayout {
  const { wide } = form;
  return {
    id,
    name: `${core}-packed${wide ? '-wide' : ''}`,
    roomy: core === 'm3' && !wide,
    core,
    supports: step => supports(step, form),
    scratchBytes: packedScratch,
    arrange(step) {
      return Uint8Array.from(channelPairs(step.outC).flatMap(pair => [...arrangePair(step, pair, form)]));
    },
  };
}

const m3Form = { headerWeights: 1, stores: true } as const;
export const m3Packed = packedConv('m3', 32, { ...m3Form, wide: false });
export const m3PackedWide = packedConv('m3', 33, { ...m3Form, wide: true });
export const m0pPacked = packedConv('m0p', 16, { wide: true, headerWeights: 2, stores: false });
