import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type Figures, measure } from './scaling.js';

/**
 * `npm run bench:scaling -- --json FILE [--windows N]`: time, journal and peak memory of evaluation and reports, of whole campaigns, and of
 * the import of recordings, against windows, levels, chips and boards, megabytes and files. `--windows` adds a campaign of N windows.
 */
const { values } = parseArgs({ options: { json: { type: 'string' }, windows: { type: 'string' } } });

/** Windows, levels, chips. */
const reportSizes = [
  [1_000, 1, 1],
  [10_000, 1, 1],
  [100_000, 1, 1],
  [1_000, 10, 1],
  [1_000, 1, 10],
];
/** Windows, then each DUT with its levels. */
const campaignSizes = [
  ['500', 'rp2040:133MHz'],
  ['2000', 'rp2040:133MHz'],
  ['8000', 'rp2040:133MHz'],
  ['2000', 'rp2040:133MHz,64MHz,24MHz'],
  ['2000', 'rp2040:133MHz', 'lm3s6965:96MHz'],
];
/** Megabytes of text, files. */
const importSizes = [
  [10, 8],
  [100, 8],
  [100, 2000],
];
if (values.windows !== undefined) campaignSizes.push([values.windows, 'rp2040:133MHz']);

const reports: Figures[] = [];
for (const sizes of reportSizes) reports.push(await measure('measure-reports', sizes.map(String)));
const campaigns: Figures[] = [];
for (const sizes of campaignSizes) campaigns.push(await measure('measure-campaign', sizes));
const imports: Figures[] = [];
for (const sizes of importSizes) imports.push(await measure('measure-import', sizes.map(String)));
const text = `${JSON.stringify({ reports, campaigns, imports }, null, 2)}\n`;
if (values.json === undefined) process.stdout.write(text);
else await writeFile(values.json, text);
