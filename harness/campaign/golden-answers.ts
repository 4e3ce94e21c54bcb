import type { Worker } from 'node:worker_threads';
import type { ScaledArray } from '../data/scaling.js';
import { type ErrorCode, LittlefirstError } from '../errors.js';
import { startWorker } from '../package-root.js';

/** What the golden interpreter says of every window, for one strategy. */
export interface GoldenAnswers {
  strategy: string;
  labels: number[];
  nets: number[];
  macs: number[];
  big: number[];
  /** Of a `score` strategy, and what they mean. */
  scores?: number[];
  scoreUnit?: { of: string; factor: number; offset: number };
}

/** A bundle, named by its folder, and windows in its format. */
export interface GoldenRequest {
  folder: string;
  models?: string;
  strategies: string[];
  /** Rows x channels, row-major; window i begins at row starts[i]. */
  data: ScaledArray;
  starts: Uint32Array;
  /** Windows before which the cascade forgets its state. */
  resets: number[];
}

export type GoldenReply = { answers: GoldenAnswers[] } | { failure: { code: ErrorCode; message: string } };

/** A thread that waits for its next request: to start one takes longer than most requests. It does not keep the process. */
let idle: Worker | undefined;

function takeWorker(): Worker {
  const worker = idle ?? startWorker(import.meta.url, './golden-worker');
  idle = undefined;
  worker.removeAllListeners();
  worker.ref();
  return worker;
}

async function giveBack(worker: Worker): Promise<void> {
  worker.removeAllListeners();
  if (idle !== undefined) return void (await worker.terminate());
  idle = worker;
  const forget = () => {
    if (idle === worker) idle = undefined;
  };
  worker.once('error', forget).once('exit', forget).unref();
}

/**
 * Computes what the DUT must answer, in a worker thread.
 * @param signal stops the computation; the promise then rejects with its reason
 * @throws what `loadBundle` and `GoldenCascade` throw
 */
export async function goldenAnswers(request: GoldenRequest, signal?: AbortSignal): Promise<GoldenAnswers[]> {
  signal?.throwIfAborted();
  const worker = takeWorker();
  const stop = () => void worker.terminate();
  signal?.addEventListener('abort', stop, { once: true });
  const replied = new Promise<GoldenReply>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () =>
      reject(signal?.aborted ? signal.reason : new Error('the golden interpreter ended without an answer')),
    );
    worker.postMessage(request);
  });
  const reply = await replied.finally(() => signal?.removeEventListener('abort', stop));
  await giveBack(worker);
  if ('answers' in reply) return reply.answers;
  throw new LittlefirstError(reply.failure.code, reply.failure.message);
}
