import { asLittlefirstError, LittlefirstError } from '../errors.js';
import { refuseSealed } from '../record/run-folder.js';
import { labelBlock } from '../report/label/facts.js';
import { type WrittenLabel, writeLabelFiles } from '../report/label/write.js';
import { openRun } from '../verdict/open-run.js';

export type { WrittenLabel } from '../report/label/write.js';

/**
 * Writes the energy label of one block, `label.svg` and `label.pdf`.
 * @param options.block its name; default: the cascade's block that saves least
 * @param options.out folder to write to; default: the run's
 * @throws LF_RUN_MISSING, LF_RUN_CORRUPT, LF_JOURNAL; LF_USAGE for a block that is not there, a sealed run, a folder that cannot be written
 */
export async function writeLabel(
  folder: string,
  { block, out = folder }: { block?: string; out?: string } = {},
): Promise<WrittenLabel> {
  if (out === folder) refuseSealed(folder);
  const { record } = await openRun(folder);
  labelBlock(record, block);
  try {
    return await writeLabelFiles(out, record, block);
  } catch (cause) {
    throw new LittlefirstError('LF_USAGE', `The label cannot be written to ${out}`, {
      expected: 'a folder that exists and may be written to',
      received: asLittlefirstError(cause).message.split('\n')[0],
      cause,
    });
  }
}
