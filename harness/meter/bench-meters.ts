import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { studiedMeters, studyCoverage } from './coverage.js';

/** `npm run bench:meters -- --json FILE [--cases N]`: coverage of every emulated instrument's 95 % intervals. */
const { values } = parseArgs({
  options: { json: { type: 'string' }, cases: { type: 'string', default: '200' } },
});
const results = [];
for (const meter of studiedMeters) results.push(await studyCoverage(meter, Number(values.cases), 20220601));
const text = `${JSON.stringify(results, null, 2)}\n`;
if (values.json === undefined) process.stdout.write(text);
else await writeFile(values.json, text);
