import type {
  Conv2D,
  DepthwiseConv2D,
  Elementwise,
  FullyConnected,
  Network,
  Operator,
  Pool2D,
  Tensor,
} from '../../model/tflite/network.js';
import { elementCount } from '../../model/tflite/shapes.js';

/**
 * A second, slow interpreter for tests: four nested loops over coordinates and 64-bit integers (BigInt), written from TFLite's
 * definitions without sharing code with the golden interpreter.
 */
export function referenceOutput(network: Network, inputs: readonly ArrayLike<number>[]): number[] {
  const values = new Map<number, number[]>();
  network.inputs.forEach((index, position) => {
    values.set(index, Array.from(inputs[position]));
  });
  for (const operator of network.operators) {
    values.set(operator.outputs[0], evaluate(network, operator, values));
  }
  return values.get(network.outputs[0])!;
}

const zeroOf = (tensor: Tensor): number => tensor.quantisation!.zeroPoints[0];
const scaleOf = (tensor: Tensor): number => tensor.quantisation!.scales[0];
const limitsOf = (tensor: Tensor): [number, number] => (tensor.type === 'int8' ? [-128, 127] : [0, 255]);
const clamp = (value: number, [low, high]: readonly [number, number]): number =>
  Math.min(high, Math.max(low, value));

function evaluate(network: Network, operator: Operator, values: Map<number, number[]>): number[] {
  const input = network.tensors[operator.inputs[0]];
  const output = network.tensors[operator.outputs[0]];
  const x = values.get(operator.inputs[0])!;
  switch (operator.kind) {
    case 'conv2d':
    case 'depthwise-conv2d':
      return convolution(network, operator, input, output, x);
    case 'fully-connected':
      return dense(network, operator, input, output, x);
    case 'max-pool2d':
    case 'average-pool2d':
      return pool(operator, input, output, x);
    case 'mean':
    case 'reduce-max':
      return reduction(network, operator, input, output, x);
    case 'concatenation':
      return concatenation(network, operator, output, values);
    case 'add':
    case 'sub':
    case 'mul':
      return elementwise(network, operator, output, x, values.get(operator.inputs[1])!);
    case 'pad':
      return padded(network.tensors[operator.inputs[1]].data as Int32Array, input, output, x);
    case 'quantize': {
      const { significand, exponent } = decompose(scaleOf(input) / scaleOf(output));
      return x.map(value => {
        const counts = requantise(BigInt(value - zeroOf(input)), significand, exponent);
        return clamp(counts + zeroOf(output), limitsOf(output));
      });
    }
    case 'resize-nearest':
    case 'logistic':
    case 'reshape':
    case 'softmax':
      return x;
  }
}

/** Real factor to a 31-bit multiplier and exponent, the significand found by doubling and halving. */
function decompose(factor: number): { significand: bigint; exponent: number } {
  let exponent = 0;
  let fraction = factor;
  for (; fraction < 0.5; exponent--) fraction *= 2;
  for (; fraction >= 1; exponent++) fraction /= 2;
  return { significand: BigInt(Math.round(fraction * 2 ** 31)), exponent };
}

/** Rounding doubling high multiply, then rounding right shift, with the left shift first for large factors. */
function requantise(accumulator: bigint, significand: bigint, exponent: number): number {
  const shifted = exponent > 0 ? accumulator << BigInt(exponent) : accumulator;
  const product = shifted * significand;
  const nudge = product >= 0n ? 1n << 30n : 1n - (1n << 30n);
  let value = (product + nudge) / (1n << 31n);
  if (exponent < 0) {
    const magnitude = (value < 0n ? -value : value) + (1n << BigInt(-exponent - 1));
    value = (magnitude >> BigInt(-exponent)) * (value < 0n ? -1n : 1n);
  }
  return Number(value);
}

function activationLimits(operator: { activation: string }, output: Tensor): [number, number] {
  const [low, high] = limitsOf(output);
  if (operator.activation === 'none') return [low, high];
  const six = zeroOf(output) + Math.round(Math.fround(6 / scaleOf(output)));
  return [Math.max(low, zeroOf(output)), operator.activation === 'relu6' ? Math.min(high, six) : high];
}

function finish(
  network: Network,
  operator: Conv2D | DepthwiseConv2D | FullyConnected,
  sum: bigint,
  channel: number,
): number {
  const [input, weights] = operator.inputs.map(index => network.tensors[index]);
  const output = network.tensors[operator.outputs[0]];
  const scales = weights.quantisation!.scales;
  const scale = scales[scales.length === 1 ? 0 : channel];
  const single = input.type === 'uint8' || operator.kind === 'fully-connected';
  const product = single ? Math.fround(scaleOf(input) * scale) : scaleOf(input) * scale;
  const { significand, exponent } = decompose(product / scaleOf(output));
  const bias = network.tensors[operator.inputs[2]].data as Int32Array;
  const counts = requantise(sum + BigInt(bias[channel]), significand, exponent) + zeroOf(output);
  return clamp(counts, activationLimits(operator, output));
}

function leadingPad(outputSize: number, stride: number, reach: number, inputSize: number): number {
  return Math.floor(Math.max(0, (outputSize - 1) * stride + reach - inputSize) / 2);
}

function convolution(
  network: Network,
  operator: Conv2D | DepthwiseConv2D,
  input: Tensor,
  output: Tensor,
  x: number[],
): number[] {
  const weights = network.tensors[operator.inputs[1]];
  const w = weights.data as Int8Array;
  const [, height, width, channels] = input.shape;
  const [, rows, columns, filters] = output.shape;
  const [, filterH, filterW] = weights.shape;
  const { strideH, strideW, dilationH, dilationW, padding } = operator;
  const same = padding === 'same';
  const top = same ? leadingPad(rows, strideH, (filterH - 1) * dilationH + 1, height) : 0;
  const left = same ? leadingPad(columns, strideW, (filterW - 1) * dilationW + 1, width) : 0;
  const depthwise = operator.kind === 'depthwise-conv2d';
  const result: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      for (let filter = 0; filter < filters; filter++) {
        let sum = 0n;
        for (let ky = 0; ky < filterH; ky++) {
          for (let kx = 0; kx < filterW; kx++) {
            const y = row * strideH - top + ky * dilationH;
            const z = column * strideW - left + kx * dilationW;
            if (y < 0 || y >= height || z < 0 || z >= width) continue;
            for (let channel = 0; channel < channels; channel++) {
              if (depthwise && Math.floor((filter * channels) / filters) !== channel) continue;
              const weight = depthwise
                ? w[(ky * filterW + kx) * filters + filter]
                : w[((filter * filterH + ky) * filterW + kx) * channels + channel];
              const value = x[(y * width + z) * channels + channel];
              sum += BigInt((value - zeroOf(input)) * (weight - zeroOf(weights)));
            }
          }
        }
        result.push(finish(network, operator, sum, filter));
      }
    }
  }
  return result;
}

function dense(
  network: Network,
  operator: FullyConnected,
  input: Tensor,
  output: Tensor,
  x: number[],
): number[] {
  const weights = network.tensors[operator.inputs[1]];
  const depth = weights.shape[1];
  return Array.from({ length: elementCount(output.shape) }, (_, unit) => {
    let sum = 0n;
    for (let i = 0; i < depth; i++) {
      const weight = (weights.data as Int8Array)[unit * depth + i] - zeroOf(weights);
      sum += BigInt((x[i] - zeroOf(input)) * weight);
    }
    return finish(network, operator, sum, unit);
  });
}

function pool(operator: Pool2D, input: Tensor, output: Tensor, x: number[]): number[] {
  const [, height, width, channels] = input.shape;
  const [, rows, columns] = output.shape;
  const same = operator.padding === 'same';
  const top = same ? leadingPad(rows, operator.strideH, operator.filterH, height) : 0;
  const left = same ? leadingPad(columns, operator.strideW, operator.filterW, width) : 0;
  const result: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      for (let channel = 0; channel < channels; channel++) {
        const seen: number[] = [];
        for (let ky = 0; ky < operator.filterH; ky++) {
          for (let kx = 0; kx < operator.filterW; kx++) {
            const y = row * operator.strideH - top + ky;
            const z = column * operator.strideW - left + kx;
            if (y >= 0 && y < height && z >= 0 && z < width)
              seen.push(x[(y * width + z) * channels + channel]);
          }
        }
        const mean = seen.reduce((sum, value) => sum + value, 0) / seen.length;
        const rounded = Math.sign(mean) * Math.floor(Math.abs(mean) + 0.5);
        result.push(operator.kind === 'max-pool2d' ? Math.max(...seen) : rounded + 0);
      }
    }
  }
  return result;
}

function reduction(
  network: Network,
  operator: Extract<Operator, { kind: 'mean' | 'reduce-max' }>,
  input: Tensor,
  output: Tensor,
  x: number[],
): number[] {
  const axes = Array.from(network.tensors[operator.inputs[1]].data as Int32Array);
  const groups = new Map<string, number[]>();
  x.forEach((value, index) => {
    let rest = index;
    const coordinates = [...input.shape].reverse().map(size => {
      const coordinate = rest % size;
      rest = Math.floor(rest / size);
      return coordinate;
    });
    const key = coordinates
      .reverse()
      .filter((_, axis) => !axes.includes(axis))
      .join();
    groups.set(key, [...(groups.get(key) ?? []), value]);
  });
  const { significand, exponent } = decompose(scaleOf(input) / scaleOf(output));
  return [...groups.values()].map(group => {
    if (operator.kind === 'reduce-max') return Math.max(...group);
    const bits = Math.floor(Math.log2(group.length));
    const divided = (significand << BigInt(bits)) / BigInt(group.length);
    const sum = group.reduce((total, value) => total + value - zeroOf(input), 0);
    return clamp(requantise(BigInt(sum), divided, exponent - bits) + zeroOf(output), limitsOf(output));
  });
}

function concatenation(
  network: Network,
  operator: Extract<Operator, { kind: 'concatenation' }>,
  output: Tensor,
  values: Map<number, number[]>,
): number[] {
  const inner = elementCount(output.shape.slice(operator.axis + 1));
  const outer = elementCount(output.shape.slice(0, operator.axis));
  const result: number[] = [];
  for (let block = 0; block < outer; block++) {
    for (const index of operator.inputs) {
      const tensor = network.tensors[index];
      const length = tensor.shape[operator.axis] * inner;
      const scale = Math.fround(scaleOf(tensor) * Math.fround(1 / scaleOf(output)));
      for (const count of values.get(index)!.slice(block * length, (block + 1) * length)) {
        const real = Math.fround(Math.fround(count * scale) + Math.fround(-zeroOf(tensor) * scale));
        const rounded = Math.sign(real) * Math.floor(Math.abs(real) + 0.5);
        const equal = scaleOf(tensor) === scaleOf(output) && zeroOf(tensor) === zeroOf(output);
        result.push(equal ? count : clamp(rounded + zeroOf(output), limitsOf(output)));
      }
    }
  }
  return result;
}

function elementwise(
  network: Network,
  operator: Elementwise,
  output: Tensor,
  x: number[],
  y: number[],
): number[] {
  const [first, second] = operator.inputs.map(index => network.tensors[index]);
  const limits = activationLimits(operator, output);
  if (operator.kind === 'mul') {
    const { significand, exponent } = decompose((scaleOf(first) * scaleOf(second)) / scaleOf(output));
    return x.map((value, i) => {
      const product = (value - zeroOf(first)) * (y[i] - zeroOf(second));
      return clamp(requantise(BigInt(product), significand, exponent) + zeroOf(output), limits);
    });
  }
  const single = (value: number): number => (operator.kind === 'sub' ? Math.fround(value) : value);
  const twice = 2 * Math.max(scaleOf(first), scaleOf(second));
  const scaled = (tensor: Tensor, value: number): bigint => {
    const { significand, exponent } = decompose(single(scaleOf(tensor) / twice));
    return BigInt(requantise(BigInt(value - zeroOf(tensor)) << 20n, significand, exponent));
  };
  const last = decompose(single(twice / (2 ** 20 * scaleOf(output))));
  return x.map((value, i) => {
    const [a, b] = [scaled(first, value), scaled(second, y[i])];
    const sum = operator.kind === 'sub' ? a - b : a + b;
    return clamp(requantise(sum, last.significand, last.exponent) + zeroOf(output), limits);
  });
}

function padded(amounts: Int32Array, input: Tensor, output: Tensor, x: number[]): number[] {
  return Array.from({ length: output.shape.reduce((product, size) => product * size, 1) }, (_, index) => {
    let rest = index;
    const place = output.shape.map((_size, axis) => {
      const stride = output.shape.slice(axis + 1).reduce((product, size) => product * size, 1);
      const at = Math.floor(rest / stride) - amounts[2 * axis];
      rest %= stride;
      return at;
    });
    if (place.some((at, axis) => at < 0 || at >= input.shape[axis])) return zeroOf(output);
    return x[place.reduce((at, position, axis) => at * input.shape[axis] + position, 0)];
  });
}
