import type { RunRecord } from '../../record/run-record.js';
import { audit } from './audit.js';
import type { Database } from './database.js';
import { insertRun, type RunFile } from './ledger.js';
import { filesOfRun } from './read.js';

/** A run as one farm gives it to another: where it was measured, its record, and the hashes of its files. */
export interface LedgerLine {
  schema: 'littlefirst.ledger/1';
  bench: string;
  record: RunRecord;
  files: RunFile[];
}

/** Runs in the order of their ids. @param after the last id of the page before */
export function exportRuns(database: Database, after: string, limit: number): Promise<LedgerLine[]> {
  return database.transaction(({ query }) =>
    query<LedgerLine>(
      `select 'littlefirst.ledger/1' as schema, r.bench, r.record,
         ${filesOfRun}
       from farm.runs r where r.id > $1 order by r.id limit $2`,
      [after, limit],
    ),
  );
}

/**
 * Writes a run of elsewhere into the ledger: without job and lease. A run that is there already stays as it is, and gains the files that it lacked.
 * @param files those whose artefacts are here
 * @returns whether it is new
 */
export function importRun(database: Database, actor: string, line: LedgerLine): Promise<boolean> {
  return database.transaction(async transaction => {
    const { bench, record, files } = line;
    const isNew = await insertRun(transaction, record, files, { bench });
    if (isNew) await audit(transaction, actor, 'run-imported', `run ${record.id}`, { bench });
    else
      for (const { name, sha256 } of files)
        await transaction.query(
          'insert into farm.run_files (run, name, sha256) values ($1, $2, $3) on conflict do nothing',
          [record.id, name, sha256],
        );
    return isNew;
  });
}
