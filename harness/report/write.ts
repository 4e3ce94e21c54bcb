import { join } from 'node:path';
import { writeFileAtomically } from '../record/atomic-file.js';
import { refuseSealed } from '../record/run-folder.js';
import { type OpenRunOptions, openRun } from '../verdict/open-run.js';
import type { Run } from '../verdict/run.js';
import { summaryMarkdown } from './summary.js';
import { writeWindowsCsv } from './windows-csv.js';

/**
 * Evaluates the journal of a run folder and writes `run.json`, `windows.csv`, `report.html` and `report.md` into it. The drawing library is read only here.
 * @throws LF_RUN_MISSING, LF_RUN_CORRUPT, LF_JOURNAL; LF_USAGE where the folder is sealed
 */
export async function writeReports(folder: string, options: OpenRunOptions = {}): Promise<Run> {
  refuseSealed(folder);
  const run = await openRun(folder, options);
  const { reportHtml } = await import('./html/page.js');
  await writeFileAtomically(join(folder, 'run.json'), `${JSON.stringify(run.record, null, 2)}\n`);
  await writeFileAtomically(join(folder, 'report.html'), reportHtml(run));
  await writeFileAtomically(join(folder, 'report.md'), summaryMarkdown(run.record));
  await writeWindowsCsv(join(folder, 'windows.csv'), run.journal);
  return run;
}
