import { asLittlefirstError, LittlefirstError } from '../errors.js';
import { writeFileAtomically } from '../record/atomic-file.js';

/**
 * Writes a page where the user asked for it.
 * @throws LF_USAGE where it cannot be written
 */
export async function writePage(file: string, html: string): Promise<void> {
  try {
    await writeFileAtomically(file, html);
  } catch (cause) {
    throw new LittlefirstError('LF_USAGE', `${file} cannot be written`, {
      expected: 'a file in a folder that exists and may be written to',
      received: asLittlefirstError(cause).message.split('\n')[0],
      cause,
    });
  }
}
