import { parentPort, workerData } from 'node:worker_threads';
import { asLittlefirstError } from '../errors.js';
import { GoldenCascade } from '../model/cascade/golden.js';
import { loadBundle } from '../model/load.js';
import type { GoldenAnswers, GoldenReply, GoldenRequest } from './golden-answers.js';

async function answer(request: GoldenRequest): Promise<GoldenAnswers[]> {
  const bundle = await loadBundle(request.folder, { models: request.models });
  const { samples, channels } = bundle.description.window;
  const width = channels.length;
  const resets = new Set(request.resets);
  return request.strategies.map(strategy => {
    const cascade = new GoldenCascade(bundle, strategy);
    const answers: GoldenAnswers = { strategy, labels: [], nets: [], macs: [], big: [] };
    request.starts.forEach((start, i) => {
      if (resets.has(i)) cascade.reset();
      const step = cascade.step(request.data.subarray(start * width, (start + samples) * width));
      answers.labels.push(step.label);
      answers.nets.push(step.nets);
      answers.macs.push(step.macs);
      answers.big.push(step.big);
    });
    return answers;
  });
}

const reply = await answer(workerData as GoldenRequest).then(
  (answers): GoldenReply => ({ answers }),
  (error: unknown): GoldenReply => {
    const { code, message } = asLittlefirstError(error);
    return { failure: { code, message } };
  },
);
parentPort?.postMessage(reply);
