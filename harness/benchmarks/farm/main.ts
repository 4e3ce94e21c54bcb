/** `npm run bench:farm -- --seed 1`: what a farm of processes survives, and what its ledger costs when it is large. Exit code 1: something does not hold. */
import { chmodSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startCluster } from '../../farm/postgres/cluster.js';
import { chaos } from './chaos.js';
import { scale } from './scale.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '200' },
    benches: { type: 'string', default: '8' },
    disturbances: { type: 'string', default: '40' },
    lease: { type: 'string', default: '4' },
    'longest-run': { type: 'string', default: '2500' },
    'scale-benches': { type: 'string', default: '1000' },
    nights: { type: 'string', default: '100' },
    'run-blocks': { type: 'string', default: '3' },
    only: { type: 'string' },
    'database-url': { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});

const folder = await mkdtemp(join(tmpdir(), 'littlefirst-chaos-'));
chmodSync(folder, 0o755);
/** What a page's query may take, milliseconds. */
const longestMilliseconds = 200;
const begun = performance.now();
const note = (text: string) => process.stderr.write(`${text}\n`);
const line = (...cells: (string | number)[]) => process.stdout.write(`${cells.join('  ')}\n`);

/** @returns whether everything holds */
async function tryChaos(): Promise<boolean> {
  const trial = await chaos({
    ...{ folder, seed: Number(values.seed), jobs: Number(values.jobs), benches: Number(values.benches) },
    ...{ disturbances: Number(values.disturbances), leaseSeconds: Number(values.lease) },
    ...{
      longestRunMilliseconds: Number(values['longest-run']),
      databaseUrl: values['database-url'],
      onNote: note,
    },
  });
  const seconds = Math.round((performance.now() - begun) / 1000);
  line(
    `seed ${values.seed}, ${values.benches} benches of two devices, leases of ${values.lease} s, ${seconds} s`,
  );
  for (const [kind, count] of Object.entries(trial.done)) line(String(count).padStart(6), kind);
  line();
  for (const [name, value] of Object.entries(trial.figures)) line(String(value).padStart(6), name);
  line();
  for (const { name, looked, violations } of trial.checks) {
    line(violations.length === 0 ? 'holds' : 'FAILS', `${name} (${looked} looked at)`);
    for (const violation of violations.slice(0, 10)) line('      ', violation);
  }
  return trial.checks.every(({ violations }) => violations.length === 0);
}

/** @returns whether every query but those of the whole ledger is answered in time */
async function tryScale(): Promise<boolean> {
  const cluster = await startCluster({ folder: join(folder, 'scale'), password: 'of-the-trial-only' });
  try {
    const size = {
      benches: Number(values['scale-benches']),
      nights: Number(values.nights),
      blocksPerRun: Number(values['run-blocks']),
      waiting: 2000,
    };
    const { queries, blocks, runs, bytesPerBenchYear, seedSeconds } = await scale(
      cluster.connection,
      size,
      cluster.pid,
    );
    line();
    line(`${size.benches} benches, ${runs} runs, ${blocks} blocks, made in ${Math.round(seedSeconds)} s`);
    line(
      `${(bytesPerBenchYear / 2 ** 20).toFixed(2)} MiB a bench and year of nightly runs of ${size.blocksPerRun} blocks`,
    );
    line('median,  least ms; processor; rows looked at');
    for (const { name, milliseconds, least, processor, rows, whole } of queries)
      line(
        ...[milliseconds.toFixed(1).padStart(7), least.toFixed(1).padStart(7)],
        ...[(processor?.toFixed(1) ?? '-').padStart(7), String(Math.round(rows)).padStart(8), name],
        whole.length === 0 ? '' : `(whole: ${whole.join(', ')})`,
      );
    const late = queries.filter(query => query.milliseconds > longestMilliseconds);
    for (const { name } of late) line('FAILS', `${name} takes more than ${longestMilliseconds} ms`);
    return late.length === 0;
  } finally {
    await cluster.stop();
  }
}

const parts = { chaos: tryChaos, scale: tryScale };
let isWell = true;
for (const [name, attempt] of Object.entries(parts))
  if (values.only === undefined || values.only === name) isWell = (await attempt()) && isWell;
if (isWell && !values.keep) await rm(folder, { recursive: true, force: true });
else line(`see ${folder}`);
process.exitCode = isWell ? 0 : 1;
