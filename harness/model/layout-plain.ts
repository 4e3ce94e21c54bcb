import {
  paddedRowsBytes,
  pooledPositions,
  rightShift,
  rowsNeeded,
  shiftsWithin,
  words,
} from './layout-pairs.js';
import type { Core, KernelLayout, PlannedStep } from './pack-kernels.js';

/** Outputs that the fully connected kernel computes at a time. */
const outputsTogether = 2;
/** Positions that the depthwise kernel computes at a time. */
const run = 4;

/**
 * Fully connected: per two outputs i32 bias[2], multiplier[2], shift[2], then int16 weights; outputs and inputs that
 * do not exist have zeros. With the DSP extension: for each four inputs, for each output the weights of inputs 0, 2, 1, 3
 * (the order of SXTB16); otherwise for each input the weights of the two outputs.
 */
function arrangeDense({ inC, outC, weights }: PlannedStep, dsp: boolean): Uint8Array {
  const inputs = Math.ceil(inC / 4) * 4;
  const weight = (output: number, input: number): number =>
    output < outC && input < inC ? weights!.values[output * inC + input] : 0;
  const parts: number[] = [];
  const halfWords = (values: Int32Array): number[] => [...new Int16Array(values.buffer)];
  for (let first = 0; first < outC; first += outputsTogether) {
    const outputs = [first, first + 1];
    for (const table of [weights!.bias, weights!.multipliers, weights!.shifts])
      parts.push(...halfWords(Int32Array.from(outputs, output => table[output] ?? 0)));
    if (dsp) {
      for (let quad = 0; quad < inputs; quad += 4)
        for (const output of outputs) parts.push(...[0, 2, 1, 3].map(input => weight(output, quad + input)));
    } else {
      for (let input = 0; input < inputs; input++)
        parts.push(...outputs.map(output => weight(output, input)));
    }
  }
  return new Uint8Array(Int16Array.from(parts).buffer);
}

/**
 * Depthwise: per output channel bias and, as in the general form of `channelConstants` of layout-packed.ts, multiplier,
 * rounding and right shift; then its int16 weights, filled up to 4 bytes.
 */
function arrangeDepthwise(step: PlannedStep): Uint8Array {
  const { kernelW, outC, weights } = step;
  const { bias, multipliers, values } = weights!;
  const stride = 16 + words(kernelW * 2);
  const bytes = new Uint8Array(stride * outC);
  for (let output = 0; output < outC; output++) {
    const shift = rightShift(weights!, output);
    const rounding = 2 ** (shift - 1) + step.outZero * 2 ** shift;
    const head = Int32Array.of(bias[output], multipliers[output], rounding, shift);
    const taps = Int16Array.from({ length: kernelW }, (_, tap) => values[tap * outC + output]);
    bytes.set(new Uint8Array(head.buffer), output * stride);
    bytes.set(new Uint8Array(taps.buffer), output * stride + 16);
  }
  return bytes;
}

function dense(core: Core, id: number): KernelLayout {
  return {
    ...{ id, core, name: `${core}-dense` },
    supports: ({ op }) => op === 'fullyConnected',
    scratchBytes: () => 0,
    arrange: step => arrangeDense(step, core === 'm4'),
  };
}

function depthwise(core: Core, id: number): KernelLayout {
  return {
    ...{ id, core, name: `${core}-depthwise` },
    supports: step =>
      step.op === 'depthwise' &&
      pooledPositions(step) !== undefined &&
      step.weights!.accumulatorBound < 2 ** 28 &&
      shiftsWithin(step.weights!, 1, 21),
    scratchBytes: step => paddedRowsBytes(step, rowsNeeded(step, run)),
    arrange: arrangeDepthwise,
  };
}

export const plainLayouts: readonly KernelLayout[] = [
  dense('m0p', 18),
  depthwise('m0p', 19),
  dense('m3', 34),
  depthwise('m3', 35),
  dense('m4', 50),
  depthwise('m4', 51),
];
