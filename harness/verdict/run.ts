import type { VerifiedRecordings } from '../record/recording/verify.js';
import type { RunRecord } from '../record/run-record.js';
import type { JournalData } from './evaluation/block-data.js';

/** A run: its record and the journal that the record was made of. */
export interface Run {
  record: RunRecord;
  journal: JournalData;
  /** What was found of its recordings, where the run was read from its folder. */
  recordings?: VerifiedRecordings;
}
