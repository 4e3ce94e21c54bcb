import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeReports } from '../../report/write.js';
import { testJournal, testLevels, writeTestRun } from '../../testing/record/run.js';

/** Child process of the benchmark: arguments windows, levels, chips; prints one JSON line about evaluation and reports. */
const [windows, levels, chips] = process.argv.slice(2).map(Number);
const folder = await writeTestRun(
  testJournal({
    windows,
    levels: Array.from({ length: levels }, (_, i) => ({ ...testLevels[2], name: `level ${i}` })),
    chips: Array.from({ length: chips }, (_, i) => `chip ${i}`),
  }),
);
try {
  const started = performance.now();
  await writeReports(folder);
  const seconds = (performance.now() - started) / 1e3;
  const { size } = await stat(join(folder, 'journal.ndjson'));
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  process.stdout.write(
    `${JSON.stringify({ windows, levels, chips, seconds, journalBytes: size, peakBytes })}\n`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
