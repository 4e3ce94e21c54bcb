import type { Conv2D, DepthwiseConv2D, Network, Pool2D } from '../tflite/network.js';
import { convolve } from '../tflite/shapes.js';
import type { StepOp } from './blob.js';
import type { PlannedStep } from './step.js';

/** A step with every field that `fields` does not set at its neutral value. */
export function plainStep(op: StepOp, fields: Partial<PlannedStep> = {}): PlannedStep {
  const one = { inH: 1, inW: 1, inC: 1, outC: 1, convH: 1, convW: 1, outH: 1, outW: 1 };
  const filter = { kernelH: 1, kernelW: 1, strideH: 1, strideW: 1, padTop: 0, padLeft: 0 };
  const pool = { poolH: 1, poolW: 1, poolStrideH: 1, poolStrideW: 1, poolPadTop: 0, poolPadLeft: 0 };
  const format = { inZero: 0, outZero: 0, clampMin: -128, clampMax: 127, roundUnsigned: false };
  return { op, ...one, ...filter, ...pool, ...format, ...fields };
}

/**
 * A step over a single column (in, filter and pool) as the same step over a single row: memory is the same, and kernels
 * meet one-dimensional convolutions in one form only, 1 x k.
 */
export function along(step: PlannedStep): PlannedStep {
  const { inW, convW, kernelW, outW, poolW } = step;
  if (inW !== 1 || convW !== 1 || kernelW !== 1 || outW !== 1 || poolW !== 1) return step;
  return {
    ...step,
    ...{ inH: 1, inW: step.inH, convH: 1, convW: step.convH, outH: 1, outW: step.outH },
    ...{
      kernelH: 1,
      kernelW: step.kernelH,
      strideH: 1,
      strideW: step.strideH,
      padTop: 0,
      padLeft: step.padTop,
    },
    ...{ poolH: 1, poolW: step.poolH, poolStrideH: 1, poolStrideW: step.poolStrideH },
    ...{ poolPadTop: 0, poolPadLeft: step.poolPadTop },
  };
}

/**
 * A 1 x 1 convolution that leaves out no position as one over a single row: positions do not see each other. Other steps stay as they are.
 */
export function flattened(step: PlannedStep): PlannedStep {
  const { inH, inW, kernelH, kernelW, strideH, strideW, padTop, padLeft, poolH, poolW } = step;
  const single = kernelH * kernelW * strideH * strideW * poolH * poolW === 1 && padTop + padLeft === 0;
  const count = inH * inW;
  if (!single || inH === 1 || count > 65535) return step;
  return { ...step, inH: 1, inW: count, convH: 1, convW: count, outH: 1, outW: count };
}

/**
 * Whether a convolution can do this max pool: pools do not overlap (nothing is computed twice), and a reshape between
 * the two at most turns a row into a column. Only over a single row or column: the tuned kernels of two dimensions do not pool.
 */
export function fusablePool(network: Network, operator: Conv2D | DepthwiseConv2D, pool: Pool2D): boolean {
  const [, convH, convW, channels] = network.tensors[operator.outputs[0]].shape;
  const [, inH, inW, inC] = network.tensors[pool.inputs[0]].shape;
  const same = inH === convH && inW === convW;
  const turned = inH === convW && inW === convH && (inH === 1 || inW === 1);
  const apart = pool.strideH >= pool.filterH && pool.strideW >= pool.filterW;
  const small = Math.max(pool.strideH, pool.strideW) <= 255;
  const row = convH === 1 || convW === 1;
  return inC === channels && (same || turned) && apart && small && row;
}

/** Pool fields of a fused step. @param turned when the pool sees the convolution's output with H and W exchanged */
export function poolGeometry(
  pool: Pool2D,
  turned: boolean,
  convH: number,
  convW: number,
): Pick<
  PlannedStep,
  'poolH' | 'poolW' | 'poolStrideH' | 'poolStrideW' | 'poolPadTop' | 'poolPadLeft' | 'outH' | 'outW'
> {
  const [poolH, poolW] = turned ? [pool.filterW, pool.filterH] : [pool.filterH, pool.filterW];
  const [poolStrideH, poolStrideW] = turned ? [pool.strideW, pool.strideH] : [pool.strideH, pool.strideW];
  const rows = convolve(pool.padding, convH, poolH, poolStrideH);
  const columns = convolve(pool.padding, convW, poolW, poolStrideW);
  return {
    ...{ poolH, poolW, poolStrideH, poolStrideW },
    ...{ poolPadTop: rows.padBefore, poolPadLeft: columns.padBefore },
    ...{ outH: rows.outputSize, outW: columns.outputSize },
  };
}
