import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

/**
 * Starts TensorFlow.js on its WebAssembly backend, one thread: seeds then repeat, and several trainings may share the
 * machine. The backend has no gradient for convolutions, hence the shifted-slices form in `nets.ts`.
 */
export async function startTensorflow(): Promise<void> {
  const require = createRequire(import.meta.url);
  setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  setThreadsCount(1);
  await tf.setBackend('wasm');
  await tf.ready();
}

export { tf };
