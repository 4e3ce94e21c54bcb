import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { LittlefirstError } from '../../errors.js';
import { type Bundle, loadBundle } from '../../model/load.js';
import type { Network } from '../../model/tflite/network.js';
import { readTflite } from '../../model/tflite/read.js';

/** What `FILE.tflite|BUNDLE` named. */
export type ModelInput = { kind: 'network'; network: Network } | { kind: 'bundle'; bundle: Bundle };

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (cause) {
    throw new LittlefirstError('LF_MODEL_MISSING', `${path} cannot be read`, {
      expected: 'a .tflite file or the folder of a bundle',
      received: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
}

/** Opens a .tflite file or a bundle folder. @throws LF_MODEL_*, LF_BUNDLE_INVALID */
export async function openModel(path: string, models?: string): Promise<ModelInput> {
  if (await isFolder(path)) return { kind: 'bundle', bundle: await loadBundle(path, { models }) };
  return { kind: 'network', network: readTflite(await readFile(path), basename(path)) };
}
