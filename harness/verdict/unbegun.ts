import { join } from 'node:path';
import type { LittlefirstError } from '../errors.js';
import { writeFileAtomically } from '../record/atomic-file.js';
import type { CampaignRecord } from '../record/journal/records.js';
import { type RunRecord, runRecordSchema } from '../record/run-record.js';
import { writeJunit } from './suite/suite.js';

/** What is known of a campaign that did not begin. */
export interface Unbegun {
  id: string;
  startedAt: string;
  error: LittlefirstError;
  harness: CampaignRecord['provenance']['harness'];
  host: CampaignRecord['provenance']['host'];
}

const unknown = '-';

/**
 * Writes `run.json` and `junit.xml` of a campaign that could not even begin, so that a nightly which reads only these sees the error.
 * @returns the record
 * @throws LF_JOURNAL
 */
export async function writeUnbegun(
  folder: string,
  { id, startedAt, error, harness, host }: Unbegun,
): Promise<RunRecord> {
  const firmware = { sha256: unknown, board: unknown, compiler: unknown };
  const chip = { name: unknown, sha256: unknown };
  const record = runRecordSchema.parse({
    schema: 'littlefirst.run/2',
    id,
    startedAt,
    finishedAt: new Date().toISOString(),
    outcome: 'error',
    provenance: {
      energy: 'none',
      harness,
      firmware,
      firmwares: [],
      models: [],
      dataset: { name: unknown, split: unknown, order: unknown, windows: 0, sha256: unknown },
      meter: { driver: 'none', model: 'not opened', emulated: false },
      chip,
      chips: [],
      host,
    },
    labels: [],
    periodSeconds: 0,
    blocks: [],
    verdicts: [],
    faults: [{ code: error.code, message: error.message, action: 'the campaign did not begin' }],
  } satisfies RunRecord);
  await writeFileAtomically(join(folder, 'run.json'), `${JSON.stringify(record, null, 2)}\n`);
  const message = `${error.code}: ${error.message}`;
  await writeJunit(folder, record, [
    { group: 'campaign', title: 'begins', verdict: 'error', message, seconds: 0 },
  ]);
  return record;
}
