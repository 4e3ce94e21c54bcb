import type { Core, KernelLayout, PlannedStep } from '../step.js';
import { plainTables } from '../tables.js';
import { scaleWords } from './m4.js';
import { shiftsWithin } from './pairs.js';

const side = 3;
/** Rows of outputs that are computed from one padded copy of input rows. */
const strip = 8;
/** Channels of a quad in the order in which SXTB16 takes bytes from a word. */
const order = [0, 2, 1, 3] as const;

/** Bytes of a padded input row. */
const rowBytes = ({ outW, inC }: PlannedStep): number => (outW + side - 1) * inC;

/**
 * Cortex-M4, depthwise 3 x 3 at stride 1; firmware/core/kernels_m4_nine.S. Per four channels: for each tap, column by column, the doubled
 * weights of channels 0 and 2, of 1 and 3; the doubled biases; multiplier and -2^(32 - shift) of each, channels in the order 0, 2, 1, 3.
 */
export const m4Nine: KernelLayout = {
  ...{ id: 59, name: 'm4-nine', core: 'm4' },
  supports(step) {
    const { op, kernelH, kernelW, strideH, strideW, poolH, poolW, inC, outC, outW, weights } = step;
    if (op !== 'depthwise' || kernelH !== side || kernelW !== side || strideH !== 1 || strideW !== 1)
      return false;
    if (poolH !== 1 || poolW !== 1 || inC % 4 !== 0 || outC !== inC || outW < 2) return false;
    if (step.clampMin !== -128 || step.clampMax !== 127 || weights!.wide) return false;
    return weights!.accumulatorBound < 2 ** 30 && shiftsWithin(weights!, 1, 31);
  },
  scratchBytes: step => (Math.min(step.outH, strip) + side - 1) * rowBytes(step),
  arrange(step) {
    const { inC, weights } = step;
    const table: number[] = [];
    for (let first = 0; first < inC; first += 4) {
      for (let column = 0; column < side; column++) {
        for (let row = 0; row < side; row++) {
          const at = (row * side + column) * inC + first;
          const [a, b, c, d] = order.map(channel => 2 * weights!.values[at + channel]);
          table.push((a & 0xffff) | (b << 16), (c & 0xffff) | (d << 16));
        }
      }
      table.push(...order.map(channel => 2 * weights!.bias[first + channel]));
      for (const channel of order) table.push(...scaleWords(step, first + channel));
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
