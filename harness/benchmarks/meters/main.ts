import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { studiedMeters, studyCoverage } from './coverage.js';
import { quantities, studyFault } from './sceptic.js';
import { faultsOf, loads, scepticMeters } from './sceptic-faults.js';

/** `npm run bench:meters -- --json FILE [--cases N] [--meter NAME,..] [--faults N [--from N] [--seed S] [--only TEXT]]`: coverage of every emulated instrument's 95 % intervals. */
const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    cases: { type: 'string', default: '200' },
    meter: { type: 'string' },
    faults: { type: 'string', default: '0' },
    only: { type: 'string', default: '' },
    seed: { type: 'string', default: '42' },
    from: { type: 'string', default: '0' },
  },
});
const names = values.meter?.split(',');
const results = [];
const faults = [];
for (const meter of studiedMeters) {
  if (names !== undefined && !names.includes(meter.name)) continue;
  const result = await studyCoverage(meter, Number(values.cases), 20220601);
  results.push(result);
  const refused = Object.entries(result.refused).map(([rule, count]) => `${count} ${rule}`);
  process.stderr.write(
    `${meter.name}: ${result.covered} of ${result.cases} covered, width ratio ${result.medianWidthRatio.toFixed(3)}, refused: ${refused.join(', ') || 'none'}\n`,
  );
}
/** `--faults N`: N cases of each fault of a bench that no driver is told of; `--only TEXT`: of those whose name holds it. */
const cases = Number(values.faults);
for (const driver of cases > 0 ? scepticMeters : []) {
  if (names !== undefined && !names.includes(driver) && values.meter !== 'none') continue;
  for (const load of loads)
    for (const fault of faultsOf(driver).filter(({ name }) => name.includes(values.only))) {
      const result = await studyFault(driver, load, fault, cases, Number(values.seed), Number(values.from));
      faults.push(result);
      const wrong = quantities.map(name => `${result.wrong[name]} ${name}`).join(', ');
      const refused = Object.entries(result.refused).map(([rule, count]) => `${count} ${rule}`);
      process.stderr.write(
        `${driver}, ${load.name}, ${fault.name}: wrong and valid: ${result.anyWrong} (${wrong}); refused: ${refused.join(', ') || 'none'}\n`,
      );
    }
}
const text = `${JSON.stringify(faults.length > 0 ? { results, faults } : results, null, 2)}\n`;
if (values.json === undefined) process.stdout.write(text);
else await writeFile(values.json, text);
