import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { LittlefirstError } from '../../errors.js';
import type { JournalRecord, RecordingFile } from '../journal/records.js';
import { refuseStrange } from '../run-folder.js';

/** What was found of the recordings that a journal names. */
export interface VerifiedRecordings {
  verified: number;
  /** Names of those that are not beside the journal any more. */
  absent: string[];
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/**
 * Compares the recordings beside a journal with the hashes that it took when it closed them.
 * @throws LF_RUN_CORRUPT where one was changed
 */
export async function verifyRecordings(
  folder: string,
  records: readonly JournalRecord[],
): Promise<VerifiedRecordings> {
  const files = records.flatMap(record =>
    record.kind === 'block-energy' && record.recording !== undefined ? [record.recording] : [],
  );
  const result: VerifiedRecordings = { verified: 0, absent: [] };
  for (const file of files) {
    if (existsSync(join(folder, file.name))) {
      await verifyRecording(folder, file);
      result.verified += 1;
    } else result.absent.push(file.name);
  }
  return result;
}

async function verifyRecording(folder: string, { name, sha256 }: RecordingFile): Promise<void> {
  const path = join(folder, name);
  refuseStrange(path);
  const found = await sha256Of(path);
  if (found === sha256) return;
  throw new LittlefirstError('LF_RUN_CORRUPT', `The recording ${path} is not the one that was measured`, {
    expected: `SHA-256 ${sha256}, as the journal has it`,
    received: `SHA-256 ${found}`,
    hint: 'the file was changed or exchanged after the run; get the original, or measure the block again',
    fields: { file: path },
  });
}
