import type { Core, KernelLayout } from '../step.js';
import { plainTables } from '../tables.js';
import { scaleWords } from './m4.js';
import { shiftsWithin } from './pairs.js';

const side = 3;
/** Rows of outputs that are computed from one padded copy of input rows. */
const strip = 8;
/** Bytes of a column of input as firmware/core/kernels_m4_nine.S wants it: four channels, five words of two rows. */
const columnBytes = 80;

const halves = (low: number, high: number): number => (low & 0xffff) | (high << 16);

/**
 * Cortex-M4, depthwise 3 x 3 at stride 1 or 2; firmware/core/kernels_m4_nine.S. Per channel: the doubled bias; for each column of the filter
 * the doubled weights of rows 0 and 1, of rows 1 and 2; multiplier and -2^(32 - shift).
 */
export const m4Nine: KernelLayout = {
  ...{ id: 59, name: 'm4-nine', core: 'm4' },
  supports(step) {
    const { op, kernelH, kernelW, strideH, strideW, poolH, poolW, inC, outC, outH, outW, weights } = step;
    if (op !== 'depthwise' || kernelH !== side || kernelW !== side || strideH !== strideW || strideW > 2)
      return false;
    if (poolH !== 1 || poolW !== 1 || inC % 4 !== 0 || outC !== inC || outH < 2 || outW < 2) return false;
    if (step.clampMin !== -128 || step.clampMax !== 127 || weights!.wide) return false;
    return weights!.accumulatorBound < 2 ** 30 && shiftsWithin(weights!, 1, 31);
  },
  scratchBytes: ({ outW, strideW }) => ((outW - 1) * strideW + side) * columnBytes,
  arrange(step) {
    const { inC, weights } = step;
    const table: number[] = [];
    for (let channel = 0; channel < inC; channel++) {
      const weight = (row: number, column: number): number =>
        2 * weights!.values[(row * side + column) * inC + channel];
      table.push(2 * weights!.bias[channel]);
      for (let column = 0; column < side; column++) {
        const [a, b, c] = [0, 1, 2].map(row => weight(row, column));
        table.push(halves(a, b), halves(b, c));
      }
      table.push(...scaleWords(step, channel));
    }
    return new Uint8Array(Int32Array.from(table).buffer);
  },
};

/** Cortex-M3 and M0+, depthwise 3 x 3 at any stride, on plain tables; firmware/core/kernels_nine.c. */
function plainNine(core: Core, id: number): KernelLayout {
  return {
    ...{ id, core, name: `${core}-nine` },
    supports({ op, kernelH, kernelW, poolH, poolW, inC, outC, weights }) {
      if (op !== 'depthwise' || kernelH !== side || kernelW !== side || outC !== inC) return false;
      if (poolH !== 1 || poolW !== 1 || weights!.wide) return false;
      return weights!.accumulatorBound < 2 ** 28 && shiftsWithin(weights!, 1, 21);
    },
    scratchBytes: ({ outH, outW, strideH, strideW, inC }) =>
      ((Math.min(outH, strip) - 1) * strideH + side) * ((outW - 1) * strideW + side) * inC,
    arrange: plainTables,
  };
}

export const m3Nine = plainNine('m3', 43);
export const m0pNine = plainNine('m0p', 23);
