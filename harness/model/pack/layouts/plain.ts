import type { Core, KernelLayout, PlannedStep } from '../step.js';
import { plainTables } from '../tables.js';
import { paddedRowsBytes, pooledPositions, rowsNeeded, shiftsWithin } from './pairs.js';

/** Kernels that read the plain tables as they are. */

/** Positions that the depthwise kernel computes at a time. */
const run = 4;
/** Channels that the Cortex-M4's depthwise kernel takes together. */
const quad = 4;

/** What firmware/core/kernels_scale.h can do. */
const scales = ({ weights }: PlannedStep): boolean =>
  weights!.accumulatorBound < 2 ** 28 && shiftsWithin(weights!, 1, 21);

const isDepthwise = (step: PlannedStep): boolean =>
  step.op === 'depthwise' && pooledPositions(step) !== undefined && !step.weights!.wide && scales(step);

function dense(core: Core, id: number): KernelLayout {
  return {
    ...{ id, core, name: `${core}-dense` },
    supports: step => step.op === 'fullyConnected' && scales(step),
    scratchBytes: () => 0,
    arrange: plainTables,
  };
}

function depthwise(core: Core, id: number): KernelLayout {
  return {
    ...{ id, core, name: `${core}-depthwise` },
    supports: isDepthwise,
    scratchBytes: step => 4 * step.kernelW + paddedRowsBytes(step, rowsNeeded(step, run)),
    arrange: plainTables,
  };
}

/**
 * Convolution, any filter and stride: smaller and slower than the packed kernels.
 * @param tileBytes scratch for a filter element
 */
function direct(core: Core, id: number, tileBytes: number): KernelLayout {
  return {
    ...{ id, core, name: `${core}-direct` },
    supports: step =>
      step.op === 'conv' && pooledPositions(step) !== undefined && !step.weights!.wide && scales(step),
    scratchBytes: step => tileBytes * step.kernelW * step.inC + paddedRowsBytes(step, rowsNeeded(step, run)),
    arrange: plainTables,
  };
}

/** No clamp but int8's. */
const isFull = ({ clampMin, clampMax }: PlannedStep): boolean => clampMin === -128 && clampMax === 127;

/** Cortex-M4, four channels at a time, no pooling; the weights of four channels are widened in scratch. */
const m4Quads: KernelLayout = {
  ...{ id: 52, core: 'm4', name: 'm4-quads' },
  supports: step =>
    isDepthwise(step) && step.poolW === 1 && step.inC >= quad && step.outC === step.inC && isFull(step),
  scratchBytes: step => 8 * step.kernelW + paddedRowsBytes(step, rowsNeeded(step, 1)),
  arrange: plainTables,
};

/** Cortex-M4, two outputs at a time; a row of inputs is widened in scratch. */
const m4DensePairs: KernelLayout = {
  ...{ id: 54, core: 'm4', name: 'm4-dense-pairs' },
  supports: step =>
    step.op === 'fullyConnected' && scales(step) && !step.weights!.wide && step.outC > 3 && isFull(step),
  scratchBytes: ({ inC }) => 8 * Math.ceil(inC / 4),
  arrange: plainTables,
};

export const plainLayouts: readonly KernelLayout[] = [
  direct('m0p', 17, 0),
  dense('m0p', 18),
  depthwise('m0p', 19),
  direct('m3', 37, run),
  dense('m3', 34),
  depthwise('m3', 35),
  m4DensePairs,
  dense('m4', 50),
  m4Quads,
  depthwise('m4', 51),
];
