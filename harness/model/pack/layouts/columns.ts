import { plainStep } from '../geometry.js';
import type { KernelLayout, PlannedStep, StepWeights } from '../step.js';
import { words } from './pairs.js';

/**
 * Two-dimensional convolutions as one-dimensional ones, row of outputs by row of outputs: the input rows under a row of outputs are laid
 * out column by column in scratch, padding included ("band"), where the window of a position is a run of bytes. The kernels for one
 * dimension then need no change; firmware/core/kernels_columns.c.
 */

/** Columns under all positions of a row. */
const bandColumns = ({ outW, strideW, kernelW }: PlannedStep): number => (outW - 1) * strideW + kernelW;

/** Scratch bytes of the band; may be read up to 4 bytes beyond its end. */
const bandBytes = (step: PlannedStep): number => words(step.kernelH * bandColumns(step) * step.inC) + 4;

/** Whether the firmware can take the step apart: no fused pool, sizes that the fields of a step hold. */
function isImage({ inH, kernelH, kernelW, strideW, inC, outW, poolH, poolW, ...rest }: PlannedStep): boolean {
  const columns = (outW - 1) * strideW + kernelW;
  const sizes = kernelH * kernelW < 256 && kernelH * strideW < 256 && kernelH * inC < 65536;
  return poolH === 1 && poolW === 1 && sizes && kernelH * columns < 65536 && (inH > 1 || rest.outH > 1);
}

/** Weights [output][row][column][input] as [output][column][row][input]; depthwise ones [row][column][output] as [column][row][output]. */
function byColumns({ op, kernelH, kernelW, inC, outC, weights }: PlannedStep): StepWeights {
  const outer = op === 'conv' ? outC : 1;
  const inner = op === 'conv' ? inC : outC;
  const values = new Int16Array(weights!.values.length);
  let target = 0;
  for (let o = 0; o < outer; o++)
    for (let column = 0; column < kernelW; column++)
      for (let row = 0; row < kernelH; row++, target += inner) {
        const from = ((o * kernelH + row) * kernelW + column) * inner;
        values.set(weights!.values.subarray(from, from + inner), target);
      }
  return { ...weights!, values };
}

/** A row of outputs on the band; `row_step` in firmware/core/kernels_columns.c makes the same. */
function rowStep(step: PlannedStep): PlannedStep {
  const { op, kernelH, kernelW, strideW, inC, outC, outW, inZero, outZero, clampMin, clampMax } = step;
  const columns = bandColumns(step);
  const shape =
    op === 'conv'
      ? { inW: columns, inC: kernelH * inC, kernelW, strideW }
      : { inW: columns * kernelH, inC, kernelW: kernelH * kernelW, strideW: strideW * kernelH };
  return plainStep(op, {
    ...{ ...shape, outC, convW: outW, outW, inZero, outZero, clampMin, clampMax },
    weights: byColumns(step),
    inputRanges: step.inputRanges,
  });
}

/** @param inner a layout for one dimension, to which the firmware's kernel of this id hands each row */
export function columnsOf(inner: KernelLayout, id: number): KernelLayout {
  const isFor = ({ op }: PlannedStep): boolean => op === 'conv' || op === 'depthwise';
  return {
    ...{ id, name: `${inner.name}-2d`, core: inner.core, roomy: inner.roomy },
    supports: step => isFor(step) && isImage(step) && inner.supports(rowStep(step)),
    scratchBytes: step => bandBytes(step) + words(inner.scratchBytes(rowStep(step))),
    arrange: step => inner.arrange(rowStep(step)),
  };
}
