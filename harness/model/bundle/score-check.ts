import type { Network } from '../tflite/network.js';
import { activationFormat } from '../tflite/quantisation.js';
import { elementCount } from '../tflite/shapes.js';
import type { NetworkEntry, ScoreStrategy } from './schema.js';
import { compileScore, largestScaleRatio, scoreLimits } from './score-form.js';

type Fail = (place: string, expected: string, received: string) => Error;

/** Checks that a score can be made of a network. @throws what `fail` makes */
export function checkScoreNetwork(
  strategy: ScoreStrategy,
  { inputs }: NetworkEntry,
  network: Network,
  fail: Fail,
): void {
  const { score } = strategy;
  const outputs = elementCount(network.tensors[network.outputs[0]].shape);
  if (network.outputs.length !== 1) throw fail('network', 'one output tensor', `${network.outputs.length}`);
  if (inputs.some(({ windows }) => windows.includes('previous')))
    throw fail('network', 'a network of the current window', 'the previous window among its inputs');
  if (score.of === 'output' && score.number >= outputs)
    throw fail('score.number', `an output from 0 to ${outputs - 1}`, `number ${score.number}`);
  if (score.of === 'reconstruction') {
    const counts = network.inputs.map(index => elementCount(network.tensors[index].shape));
    if (counts.length !== 1 || counts[0] !== outputs)
      throw fail(
        'network',
        'as many outputs as inputs',
        `${outputs} outputs of ${counts.join(' + ')} inputs`,
      );
    const from = activationFormat(network.tensors[network.inputs[0]], network.name);
    const to = activationFormat(network.tensors[network.outputs[0]], network.name);
    const ratio = from.scale / to.scale;
    if (!(ratio <= largestScaleRatio && ratio >= 1 / 256))
      throw fail(
        'network',
        `an input scale of 1/256 to ${largestScaleRatio} times the output's`,
        `scales ${from.scale} and ${to.scale}`,
      );
  }
  const { threshold } = compileScore(strategy, network);
  if (!(threshold >= 0 && threshold <= scoreLimits[score.of]))
    throw fail(
      'threshold',
      `a score from 0 to ${scoreLimits[score.of]} in the network's counts`,
      `threshold ${strategy.threshold}, which is ${threshold}`,
    );
}
