import type { Network } from '../tflite/network.js';
import { type ActivationFormat, activationFormat } from '../tflite/quantisation.js';
import type { ScoreStrategy } from './schema.js';

/** A score in integers, as golden interpreter and DUT compute it. */
export type ScoreForm = {
  /** Label 1 if the score, an unsigned 32-bit number, exceeds this. May be no such number: see `scoreLimits`. */
  threshold: number;
} & (
  | {
      of: 'reconstruction';
      /** Input counts to output counts: (count - inputZero) * multiplier / 2^16. */
      multiplier: number;
      /** Zero points of the tensors in the DUT's int8 form. */
      inputZero: number;
      outputZero: number;
    }
  | { of: 'output'; output: number }
);

/** Bits behind the point of a difference, and of the multiplier beyond them. */
export const differenceBits = 4;
export const multiplierBits = 12;
/** Input scale over output scale is at most this, so that a squared difference stays within 32 bits. */
export const largestScaleRatio = 4;
/** Scores are unsigned words; those of an output are its count, from 0. */
export const scoreLimits = { reconstruction: 2 ** 32 - 1, output: 255 } as const;

/** Zero point of a tensor whose uint8 counts are lowered by 128. */
const int8Zero = ({ type, zeroPoint }: ActivationFormat): number => zeroPoint - (type === 'uint8' ? 128 : 0);

/**
 * The integers of a score. A squared difference of output counts counts 2^(2 * differenceBits) / 2^8 = 1.
 * @param network with one input tensor and one output tensor
 */
export function compileScore({ score, threshold }: ScoreStrategy, network: Network): ScoreForm {
  const output = network.tensors[network.outputs[0]];
  const to = activationFormat(output, network.name);
  if (score.of === 'output')
    return {
      of: 'output',
      output: score.number,
      threshold: Math.floor(threshold / to.scale) + int8Zero(to) + 128,
    };
  const from = activationFormat(network.tensors[network.inputs[0]], network.name);
  const count = output.shape.reduce((product, size) => product * size, 1);
  return {
    of: 'reconstruction',
    multiplier: Math.round((from.scale / to.scale) * 2 ** (differenceBits + multiplierBits)),
    inputZero: int8Zero(from),
    outputZero: int8Zero(to),
    threshold: Math.floor((threshold / to.scale ** 2) * count),
  };
}

/** What one unit of a score is worth in the unit of the strategy's `threshold`, and the score of 0 in it. */
export function scoreUnit({ score }: ScoreStrategy, network: Network): { factor: number; offset: number } {
  const output = network.tensors[network.outputs[0]];
  const to = activationFormat(output, network.name);
  if (score.of === 'output') return { factor: to.scale, offset: -(int8Zero(to) + 128) * to.scale };
  const count = output.shape.reduce((product, size) => product * size, 1);
  return { factor: to.scale ** 2 / count, offset: 0 };
}
