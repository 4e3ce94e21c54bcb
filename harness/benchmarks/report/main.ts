import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { median } from 'simple-statistics';
import { reportHtml } from '../../report/html/page.js';
import { chromiumPath } from '../../testing/browser.js';
import { testJournal } from '../../testing/record/run.js';
import { evaluateRun } from '../../verdict/open-run.js';

/**
 * `npm run bench:report [-- WINDOWS]`: how large the page of a campaign of four strategies at fourteen levels is, how long it takes to make, and
 * when a browser has painted it first, each also as a share of what is wanted. Default: the 2,947 windows of UCI HAR's test people. The journal is made by rule, its traces are as long as a
 * meter's.
 */
const wanted = { bytes: 3e6, firstPaintMilliseconds: 1000 };
const windows = Number(process.argv[2] ?? 2947);
const levels = Array.from({ length: 14 }, (_, i) => ({ name: `${i + 1}0MHz`, mV: 850, Hz: (i + 1) * 1e7 }));
const records = testJournal({ windows, levels, strategies: ['big-only', '1B6S', '1B1D', '1BDD'] });
for (const record of records) {
  if (record.kind !== 'trace') continue;
  record.seconds = Array.from({ length: 4000 }, (_, i) => i * 1e-5);
  record.amperes = record.seconds.map((_, i) => 4e-3 + 1e-5 * ((i * 7919) % 101));
  record.marker = record.seconds.map((_, i) => Math.floor(i / 100) % 4);
}
const started = performance.now();
const run = evaluateRun(records);
const evaluated = performance.now();
const html = reportHtml(run);
const made = performance.now();

async function firstPaints(): Promise<number[]> {
  if (chromiumPath === undefined) return [];
  const folder = mkdtempSync(join(tmpdir(), 'littlefirst-report-'));
  const file = join(folder, 'report.html');
  writeFileSync(file, html);
  const browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] });
  const paints: number[] = [];
  for (let i = 0; i < 5; i += 1) {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(pathToFileURL(file).href, { waitUntil: 'load' });
    paints.push(
      (await page.evaluate(
        'new Promise(done => new PerformanceObserver(list => { for (const entry of list.getEntriesByName("first-contentful-paint")) done(entry.startTime); }).observe({ type: "paint", buffered: true }))',
      )) as number,
    );
    await page.close();
  }
  await browser.close();
  rmSync(folder, { recursive: true });
  return paints;
}

const bytes = Buffer.byteLength(html);
const paints = await firstPaints();
/** Undefined where there is no browser. */
const firstPaint = paints.length === 0 ? undefined : median(paints);
const figures = {
  windows,
  blocks: run.record.blocks.length,
  bytes,
  evaluationSeconds: (evaluated - started) / 1e3,
  pageSeconds: (made - evaluated) / 1e3,
  firstPaintMilliseconds: paints,
  firstPaintMedianMilliseconds: firstPaint,
  wanted,
  shareOfWanted: {
    bytes: bytes / wanted.bytes,
    firstPaint: firstPaint === undefined ? undefined : firstPaint / wanted.firstPaintMilliseconds,
  },
};
process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
