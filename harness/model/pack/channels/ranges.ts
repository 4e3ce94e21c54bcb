import type { Buffer } from '../arena.js';
import type { LoweredNetwork, PlanNode } from '../lower.js';
import type { PlannedStep, ValueRange } from '../step.js';
import { isConv, isWeighted, requantised, weightAt } from './channels.js';

/**
 * What a convolution's input channels can hold, whatever the window: intervals carried through the network from int8's whole range at its
 * inputs. Sums are exact in them, requantisation is monotone, and clamps cut them, so that no input leads out of them; which values
 * occur together they do not know.
 */

const int8: ValueRange = [-128, 127];

/** Least and greatest product of a weight with values of a range. */
export function reachOf(weight: number, [low, high]: ValueRange): ValueRange {
  return weight < 0 ? [weight * high, weight * low] : [weight * low, weight * high];
}

const withValue = ([low, high]: ValueRange, value: number): ValueRange => [
  Math.min(low, value),
  Math.max(high, value),
];

/** Of the outputs of a convolution whose inputs keep to `inputs`, padding included. */
function convolved(step: PlannedStep, inputs: readonly ValueRange[]): ValueRange[] {
  const { kernelH, kernelW, inC, outC, weights } = step;
  return Array.from({ length: outC }, (_, output) => {
    let [low, high] = [weights!.bias[output], weights!.bias[output]];
    const channels = isConv(step)
      ? inputs.map((range, channel) => [range, channel] as const)
      : [[inputs[Math.floor((output * inC) / outC)], 0] as const];
    for (let tap = 0; tap < kernelH * kernelW; tap++)
      for (const [range, channel] of channels) {
        const reach = reachOf(weights!.values[weightAt(step, output, tap, channel)], range);
        low += reach[0];
        high += reach[1];
      }
    return [requantised(step, output, low), requantised(step, output, high)];
  });
}

/** Of what a step writes, a range a channel; undefined: unknown. */
function written(step: PlannedStep, inputs: readonly ValueRange[]): ValueRange[] | undefined {
  const { op, inC, outC, clampMin, clampMax, outZero } = step;
  if (isWeighted(step)) return convolved(step, inputs);
  if (inC !== outC) return undefined;
  const limit = (value: number): number => Math.min(clampMax, Math.max(clampMin, value));
  if (op === 'maxPool' || op === 'averagePool')
    return inputs.map(([low, high]) => [limit(low), limit(high)] as const);
  return op === 'pad' ? inputs.map(range => withValue(range, outZero)) : undefined;
}

const isPartOf = (buffer: Buffer, whole: Buffer): boolean =>
  buffer.parent !== undefined && (buffer.parent === whole || isPartOf(buffer.parent, whole));

/** The plan with the ranges of what each convolution reads (`PlannedStep.inputRanges`), the zero point of its padding among them. */
export function withRanges(network: LoweredNetwork): LoweredNetwork {
  const known = new Map<Buffer, readonly ValueRange[]>();
  const nodes = network.nodes.map((node): PlanNode => {
    const { step, input, output } = node;
    const found = input === undefined ? undefined : known.get(input);
    const read = found?.length === step.inC ? found : Array.from({ length: step.inC }, () => int8);
    const inputRanges = isWeighted(step) ? read.map(range => withValue(range, step.inZero)) : read;
    const outputs = written(step, inputRanges);
    const isAlone = network.nodes.every(
      other => other === node || (other.output !== output && !isPartOf(other.output, output)),
    );
    if (outputs !== undefined && isAlone) known.set(output, outputs);
    return isConv(step) ? { ...node, step: { ...step, inputRanges } } : node;
  });
  return { ...network, nodes };
}
