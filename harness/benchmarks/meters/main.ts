import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { studiedMeters, studyCoverage } from './coverage.js';

/** `npm run bench:meters -- --json FILE [--cases N] [--meter NAME,..]`: coverage of every emulated instrument's 95 % intervals. */
const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    cases: { type: 'string', default: '200' },
    meter: { type: 'string' },
  },
});
const names = values.meter?.split(',');
const results = [];
for (const meter of studiedMeters) {
  if (names !== undefined && !names.includes(meter.name)) continue;
  const result = await studyCoverage(meter, Number(values.cases), 20220601);
  results.push(result);
  const refused = Object.entries(result.refused).map(([rule, count]) => `${count} ${rule}`);
  process.stderr.write(
    `${meter.name}: ${result.covered} of ${result.cases} covered, width ratio ${result.medianWidthRatio.toFixed(3)}, refused: ${refused.join(', ') || 'none'}\n`,
  );
}
const text = `${JSON.stringify(results, null, 2)}\n`;
if (values.json === undefined) process.stdout.write(text);
else await writeFile(values.json, text);
