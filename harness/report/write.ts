import { join } from 'node:path';
import { writeFileAtomically } from '../record/atomic-file.js';
import { refuseSealed } from '../record/run-folder.js';
import { type OpenRunOptions, openRun } from '../verdict/open-run.js';
import type { Run } from '../verdict/run.js';
import { checkResults } from './check-results.js';
import { writeLabelFiles } from './label/write.js';
import { summaryMarkdown } from './summary.js';
import { writeWindowsCsv } from './windows-csv.js';

/**
 * Evaluates the journal of a run folder and writes `run.json`, `windows.csv`, `report.html`, `report.md` and, of a run with blocks, the energy label
 * of the cascade's block that saves least into it. The drawing library is read only here.
 * @throws LF_RUN_MISSING, LF_RUN_CORRUPT, LF_JOURNAL; LF_USAGE where the folder is sealed
 */
export async function writeReports(folder: string, options: OpenRunOptions = {}): Promise<Run> {
  refuseSealed(folder);
  const run = await openRun(folder, options);
  await writeRecord(folder, run, { record: 'run.json', page: 'report.html', markdown: 'report.md' });
  await writeWindowsCsv(join(folder, 'windows.csv'), run.journal);
  if (run.record.blocks.length > 0) await writeLabelFiles(folder, run.record);
  return run;
}

/**
 * Writes record, page and Markdown of a run that was judged by other targets beside the run's own files, as `<prefix>.json`, `.html` and `.md`.
 * @throws LF_JOURNAL
 */
export async function writeCheck(folder: string, prefix: string, run: Run): Promise<void> {
  await writeRecord(folder, run, {
    record: `${prefix}.json`,
    page: `${prefix}.html`,
    markdown: `${prefix}.md`,
  });
}

async function writeRecord(
  folder: string,
  run: Run,
  { record, page, markdown }: { record: string; page: string; markdown: string },
): Promise<void> {
  const { reportHtml } = await import('./html/page.js');
  await writeFileAtomically(join(folder, record), `${JSON.stringify(run.record, null, 2)}\n`);
  await writeFileAtomically(join(folder, page), reportHtml(run));
  await writeFileAtomically(
    join(folder, markdown),
    summaryMarkdown(run.record, { checks: checkResults(run) }),
  );
}
