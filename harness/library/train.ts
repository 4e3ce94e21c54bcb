import { resolve } from 'node:path';
import { findDataRoot } from '../data/locate.js';
import { LittlefirstError } from '../errors.js';
import { loadOptional, optionalModule } from '../optional-module.js';

export interface TrainRequest {
  /** Folder that receives the bundle. */
  out: string;
  seed: number;
  /** Folds of the cross-validation by person; 0 = none. */
  folds: number;
  onProgress?: (message: string) => void;
}

const packages = ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm'] as const;

/**
 * Trains the networks of a shipped bundle on the training people of UCI HAR.
 * @returns the bundle's folder, absolute
 * @throws LF_DATA_MISSING, LF_TOOL_MISSING without TensorFlow.js, LF_TRAINING_FAILED, LF_USAGE
 */
export async function train(
  bundle: string,
  { out, onProgress = () => {}, ...options }: TrainRequest,
): Promise<string> {
  const root = findDataRoot();
  if (root === undefined)
    throw new LittlefirstError('LF_DATA_MISSING', 'Training needs UCI HAR', {
      expected: 'LITTLEFIRST_DATA to name a data folder',
      received: 'it is not set',
      hint: '`littlefirst data fetch --out data`, then export LITTLEFIRST_DATA=data',
    });
  for (const name of packages) await loadOptional(() => import(name), optionalModule(name));
  const { trainBundle } = await import('../train/train.js');
  const folder = resolve(out);
  await trainBundle(bundle, { root, out: folder, ...options, onProgress });
  return folder;
}
