/** Random steps for the kernel tests, with what the golden interpreter says of a random input. */
import { Random } from '../../data/random.js';
import { convolutionStep, depthwiseStep } from '../../model/golden/conv.js';
import { plainStep } from '../../model/pack/geometry.js';
import type { PlannedStep, StepWeights, ValueRange } from '../../model/pack/step.js';

export interface KernelCase {
  step: PlannedStep;
  input: Int8Array;
  expected: Int8Array;
}

/** How a case's weights are drawn; `extreme`: all at the ends of their range. */
export type WeightKind = 'small' | 'gauss' | 'uniform' | 'extreme' | 'wide';

/** Geometry and ranges of a case. */
export interface CaseShape {
  op: 'conv' | 'depthwise' | 'fullyConnected';
  inW: number;
  inC: number;
  outC: number;
  kernelW: number;
  strideW: number;
  padding: 'same' | 'valid';
  pool: 1 | 2;
  weights: WeightKind;
  /** Of two dimensions, without a pool: rows of the input and of the filter, and the stride down them; 1 each when absent. */
  image?: { inH: number; kernelH: number; strideH: number };
  /** Zero point -128 and clamp to the whole range, as after ReLU; else random ones. */
  relu: boolean;
  /**
   * What each input channel holds, told to the packer. The input is then at an end of it everywhere: window by window, as far as they do
   * not overlap, the end that takes the sum of one output channel furthest, up or down.
   */
  inputRanges?: readonly ValueRange[];
}

export class CaseMaker {
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  integer(low: number, high: number): number {
    return this.#random.integer(low, high);
  }

  pick<T>(values: readonly T[]): T {
    return values[this.integer(0, values.length - 1)];
  }

  #gauss(deviation: number, limit: number): number {
    return Math.max(-limit, Math.min(limit, Math.round(this.#random.normal(deviation))));
  }

  #weight(kind: WeightKind): number {
    if (kind === 'small') return this.#gauss(12, 127);
    if (kind === 'gauss') return this.#gauss(36, 127);
    if (kind === 'uniform') return this.integer(-127, 127);
    if (kind === 'extreme') return this.pick([-128, 127, 127, -127]);
    return this.pick([this.integer(-255, 255), 255, -255]);
  }

  /** One case; the multipliers are such that outputs spread over the range, now and then far less or more. */
  make(shape: CaseShape): KernelCase {
    const { op, inW, inC, kernelW, strideW } = shape;
    const { inH, kernelH, strideH } = shape.image ?? { inH: 1, kernelH: 1, strideH: 1 };
    const outC = op === 'depthwise' ? inC * Math.max(1, Math.floor(shape.outC / inC)) : shape.outC;
    const same = shape.padding === 'same';
    const outputs = (size: number, kernel: number, stride: number): number =>
      same ? Math.ceil(size / stride) : Math.floor((size - kernel) / stride) + 1;
    const before = (size: number, out: number, kernel: number, stride: number): number =>
      same ? Math.max(0, (out - 1) * stride + kernel - size) >> 1 : 0;
    const convW = outputs(inW, kernelW, strideW);
    const convH = outputs(inH, kernelH, strideH);
    const padLeft = before(inW, convW, kernelW, strideW);
    const padTop = before(inH, convH, kernelH, strideH);
    const taps = kernelH * kernelW * (op === 'depthwise' ? 1 : inC);
    const raw = Int16Array.from({ length: taps * outC }, () => this.#weight(shape.weights));
    const inZero = this.pick([-128, 127, 0, this.integer(-128, 127)]);
    const relu = shape.relu;
    const outZero = relu ? -128 : this.integer(-128, 127);
    const clampMin = relu ? -128 : this.pick([-128, outZero]);
    const clampMax = relu ? 127 : this.pick([127, Math.max(clampMin, this.integer(-100, 127))]);
    const spread = 60 * Math.sqrt(taps) * 60;
    const plainBias = Int32Array.from({ length: outC }, () =>
      Math.round((this.#random.uniform() - 0.5) * spread),
    );
    const oneScale = outC > 1 && this.pick([true, false, false]);
    const multipliers = Int32Array.from({ length: outC }, () => this.integer(2 ** 30, 2 ** 31 - 1));
    const wanted = Math.round(Math.log2(spread / this.pick([20, 60, 60, 60, 200, 3000])));
    const shifts = Int32Array.from({ length: outC }, () => -Math.max(1, wanted + this.integer(-1, 1)));
    if (oneScale) {
      multipliers.fill(multipliers[0]);
      shifts.fill(shifts[0]);
    }
    const sums = new Float64Array(outC);
    const sizes = new Float64Array(outC);
    raw.forEach((weight, index) => {
      const channel = op === 'depthwise' ? index % outC : Math.floor(index / taps);
      sums[channel] += weight;
      sizes[channel] += Math.abs(weight);
    });
    const bias = plainBias.map((value, channel) => value - inZero * sums[channel]);
    const weights: StepWeights = {
      values: raw,
      wide: raw.some(value => value < -128 || value > 127),
      bias,
      multipliers,
      shifts,
      oneScale,
      accumulatorBound: bias.reduce((most, value, o) => Math.max(most, Math.abs(value) + 128 * sizes[o]), 0),
    };
    const outW = shape.pool === 2 ? Math.floor(convW / 2) : convW;
    const step = plainStep(op, {
      ...{ inH, convH, outH: convH, kernelH, strideH, padTop },
      ...{
        inW,
        inC,
        outC,
        convW,
        outW,
        kernelW,
        strideW,
        padLeft,
        inZero,
        outZero,
        clampMin,
        clampMax,
        weights,
      },
      ...{ poolW: shape.pool, poolStrideW: shape.pool },
    });
    const ranges = shape.inputRanges;
    const input = Int8Array.from({ length: inH * inW * inC }, (_, index) => {
      if (ranges === undefined) return this.pick([this.integer(-128, 127), -128, 127]);
      const window = Math.floor(index / (kernelW * inC));
      const weight = raw[(Math.floor(window / 2) % outC) * taps + (index % taps)];
      return ranges[index % inC][weight < 0 === (window % 2 === 1) ? 1 : 0];
    });
    if (ranges !== undefined)
      step.inputRanges = ranges.map(([low, high]) => [Math.min(low, inZero), Math.max(high, inZero)]);
    const plan = {
      input: { height: inH, width: inW, channels: inC, zeroPoint: inZero },
      output: { height: convH, width: convW, channels: outC, zeroPoint: outZero },
      range: [clampMin, clampMax] as [number, number],
      ...{
        filterH: kernelH,
        filterW: kernelW,
        padding: shape.padding,
        strideH,
        strideW,
        dilationH: 1,
        dilationW: 1,
      },
      weights: Int32Array.from(raw),
      bias: plainBias,
      multipliers: Array.from(multipliers, (multiplier, channel) => ({ multiplier, shift: shifts[channel] })),
    };
    const unpooled = new Int8Array(convH * convW * outC);
    (op === 'depthwise' ? depthwiseStep : convolutionStep)(plan)(input, unpooled);
    const expected = new Int8Array(convH * outW * outC);
    for (let i = 0; i < expected.length; i++) {
      const [position, channel] = [Math.floor(i / outC) * shape.pool, i % outC];
      expected[i] = Math.max(
        ...Array.from({ length: shape.pool }, (_, p) => unpooled[(position + p) * outC + channel]),
      );
    }
    return { step, input, expected };
  }
}
