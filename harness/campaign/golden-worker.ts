import { parentPort } from 'node:worker_threads';
import { asLittlefirstError } from '../errors.js';
import { scoreUnit } from '../model/bundle/score-form.js';
import { GoldenCascade } from '../model/cascade/golden.js';
import { type Bundle, loadBundle } from '../model/load.js';
import type { GoldenAnswers, GoldenReply, GoldenRequest } from './golden-answers.js';

/** What a unit of a strategy's scores is worth; undefined of strategies that give classes only. */
function scoreUnitOf({ description, networks }: Bundle, name: string): GoldenAnswers['scoreUnit'] {
  const strategy = description.strategies.find(candidate => candidate.name === name);
  if (strategy?.kind !== 'score') return undefined;
  const { network } = networks.find(candidate => candidate.name === strategy.network)!;
  return { of: strategy.score.of, ...scoreUnit(strategy, network) };
}

async function answer(request: GoldenRequest): Promise<GoldenAnswers[]> {
  const bundle = await loadBundle(request.folder, { models: request.models });
  const { samples, channels } = bundle.description.window;
  const width = channels.length;
  const resets = new Set(request.resets);
  return request.strategies.map(strategy => {
    const cascade = new GoldenCascade(bundle, strategy);
    const unit = scoreUnitOf(bundle, strategy);
    const answers: GoldenAnswers = {
      ...{ strategy, labels: [], nets: [], macs: [], big: [] },
      ...(unit === undefined ? {} : { scores: [], scoreUnit: unit }),
    };
    request.starts.forEach((start, i) => {
      if (resets.has(i)) cascade.reset();
      const step = cascade.step(request.data.subarray(start * width, (start + samples) * width));
      answers.labels.push(step.label);
      answers.nets.push(step.nets);
      answers.macs.push(step.macs);
      answers.big.push(step.big);
      if (step.score !== undefined) answers.scores?.push(step.score);
    });
    return answers;
  });
}

parentPort?.on('message', async (request: GoldenRequest) => {
  const reply = await answer(request).then(
    (answers): GoldenReply => ({ answers }),
    (error: unknown): GoldenReply => {
      const { code, message } = asLittlefirstError(error);
      return { failure: { code, message } };
    },
  );
  parentPort?.postMessage(reply);
});
