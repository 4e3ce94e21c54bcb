/** `npm run bench:farm -- --seed 1`: what a farm of processes survives, and what its ledger costs when it is large. Exit code 1: something does not hold. */
import { chmodSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chaos } from './chaos.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '200' },
    benches: { type: 'string', default: '8' },
    disturbances: { type: 'string', default: '40' },
    lease: { type: 'string', default: '4' },
    'longest-run': { type: 'string', default: '2500' },
    'database-url': { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});

const folder = await mkdtemp(join(tmpdir(), 'littlefirst-chaos-'));
chmodSync(folder, 0o755);
const begun = performance.now();
const note = (text: string) => process.stderr.write(`${text}\n`);
const line = (...cells: (string | number)[]) => process.stdout.write(`${cells.join('  ')}\n`);

const trial = await chaos({
  ...{ folder, seed: Number(values.seed), jobs: Number(values.jobs), benches: Number(values.benches) },
  ...{ disturbances: Number(values.disturbances), leaseSeconds: Number(values.lease) },
  ...{
    longestRunMilliseconds: Number(values['longest-run']),
    databaseUrl: values['database-url'],
    onNote: note,
  },
});
line(
  `seed ${values.seed}, ${values.benches} benches of two devices, leases of ${values.lease} s, ${Math.round((performance.now() - begun) / 1000)} s`,
);
for (const [kind, count] of Object.entries(trial.done)) line(String(count).padStart(6), kind);
line('');
for (const [name, value] of Object.entries(trial.figures)) line(String(value).padStart(6), name);
line('');
for (const { name, looked, violations } of trial.checks) {
  line(violations.length === 0 ? 'holds ' : 'FAILS ', `${name} (${looked} looked at)`);
  for (const violation of violations.slice(0, 10)) line('       ', violation);
}
const isWell = trial.checks.every(({ violations }) => violations.length === 0);
if (isWell && !values.keep) await rm(folder, { recursive: true, force: true });
else line('', `see ${folder}`);
process.exitCode = isWell ? 0 : 1;
