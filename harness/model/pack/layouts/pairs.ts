import type { PlannedStep, StepWeights } from '../step.js';

/** What the tuned kernels of all cores ask of a step, and the order in which they take its channels. */

/** The fused pool of a one-dimensional step: 1 (none) or 2 (pairs of positions); undefined: something else. */
export function pooledPositions(step: PlannedStep): 1 | 2 | undefined {
  const flat =
    step.inH === 1 && step.outH === 1 && step.kernelH === 1 && step.padTop === 0 && step.poolH === 1;
  const unpadded = step.poolPadTop === 0 && step.poolPadLeft === 0;
  if (!flat || !unpadded || step.poolW !== step.poolStrideW || step.outW * step.poolW > step.convW)
    return undefined;
  return step.poolW === 1 || step.poolW === 2 ? step.poolW : undefined;
}

export const even = (count: number): number => count + (count & 1);
export const words = (bytes: number): number => Math.ceil(bytes / 4) * 4;

/** Exponent of the right shift of a channel; a multiplier of 0 gives 0 with any. */
export function rightShift({ multipliers, shifts }: StepWeights, channel: number): number {
  return multipliers[channel] === 0 ? 1 : -shifts[channel];
}

/** Whether every channel shifts right by `least` to `most`. */
export function shiftsWithin(weights: StepWeights, least: number, most: number): boolean {
  return weights.multipliers.every((_, channel) => {
    const shift = rightShift(weights, channel);
    return shift >= least && shift <= most;
  });
}

/**
 * Output channels in the order of the tables: pairs, the last pair first; -1 stands for the channel that fills up the
 * last pair of an odd number.
 */
export function channelPairs(outC: number): [number, number][] {
  const pairs: [number, number][] = [];
  for (let first = even(outC) - 2; first >= 0; first -= 2)
    pairs.push([first, first + 1 < outC ? first + 1 : -1]);
  return pairs;
}

/** Scratch bytes of the padded copy of `rows` input rows; the rule of `lf_rows_bytes` in firmware/core/kernels_rows.c. */
export function paddedRowsBytes(step: PlannedStep, rows: number): number {
  if (step.padLeft === 0 && rows <= step.inW && step.inC % 4 === 0) return 0;
  const body = Math.max((rows - step.padLeft) * step.inC, step.inW * step.inC);
  return words(step.padLeft * step.inC) + words(body) + 4;
}

/** Scratch bytes of outputs that do not fit their place: an odd number of channels, or less than one run of outputs. */
export function besideBytes(step: PlannedStep, runOutputs: number): number {
  if (step.outC % 2 === 0 && step.outW >= runOutputs) return 0;
  return words(Math.max(runOutputs, step.outW) * even(step.outC));
}

/** Rows under the windows of all positions, of one run of positions at least. */
export function rowsNeeded(step: PlannedStep, run: number): number {
  return (Math.max(run, step.outW * step.poolW) - 1) * step.strideW + step.kernelW;
}
