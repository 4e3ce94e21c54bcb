import { resolve } from 'node:path';
import { findDataRoot } from '../data/locate.js';
import { LittlefirstError } from '../errors.js';
import { loadOptional, optionalModule } from '../optional-module.js';
import { bareName } from '../package-root.js';

export interface TrainRequest {
  /** The folder of an imported data set; absent: UCI HAR. */
  data?: string;
  /** Folder that receives the bundle. */
  out: string;
  seed: number;
  /** Folds of the cross-validation by person; 0 = none. */
  folds: number;
  onProgress?: (message: string) => void;
}

const packages = ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm'] as const;

/**
 * Trains the networks of a shipped bundle on the training people of UCI HAR, or `cascade` on those of an imported data set.
 * @returns the bundle's folder, absolute
 * @throws LF_DATA_MISSING, LF_TOOL_MISSING without TensorFlow.js, LF_TRAINING_FAILED, LF_USAGE
 */
export async function train(
  bundle: string,
  { out, data, onProgress = () => {}, ...options }: TrainRequest,
): Promise<string> {
  const root = findDataRoot();
  if (root === undefined && data === undefined)
    throw new LittlefirstError('LF_DATA_MISSING', 'Training needs UCI HAR', {
      expected: 'LITTLEFIRST_DATA to name a data folder',
      received: 'it is not set',
      hint: '`littlefirst data fetch --out data`, then export LITTLEFIRST_DATA=data',
    });
  for (const name of packages) await loadOptional(() => import(name), optionalModule(name));
  const { trainBundle } = await import('../train/train.js');
  const folder = resolve(out);
  await trainBundle(bareName(bundle), { data, root, out: folder, ...options, onProgress });
  return folder;
}
