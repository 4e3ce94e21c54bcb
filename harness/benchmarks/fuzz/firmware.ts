/**
 * `npm run firmware:fuzz -- [--hours 2 | --seconds 60 | --executions 1000000] [--target blob] [--seed 1] [--write]`: the firmware's C under
 * libFuzzer with address and undefined-behaviour sanitizers (firmware/fuzz), and damaged steps on the tuned kernels of emulated cores, targets
 * `kernels-m0p`, `kernels-m3` and `kernels-m4`. Time and executions are those of all targets together. `--write`
 * packs the first blobs anew and keeps the smallest corpora in `fixtures/corpora`. Ends with status 1 after a find.
 */
import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { makeFolder } from '../../host/make-folder.js';
import { packagePath } from '../../package-root.js';
import {
  buildFirmwareTargets,
  type FirmwareTarget,
  firmwareCorpus,
  firmwareTargets,
  fuzzFirmware,
} from '../../testing/fuzz/firmware.js';
import { firmwareBlobFolder, firmwareBlobs } from '../../testing/fuzz/firmware-blobs.js';
import { damagedCores, runDamaged } from '../../testing/kernels/damage.js';

const { values } = parseArgs({
  options: {
    hours: { type: 'string' },
    seconds: { type: 'string' },
    executions: { type: 'string' },
    target: { type: 'string' },
    seed: { type: 'string', default: '1' },
    write: { type: 'boolean', default: false },
  },
});

/** Few inputs that reach what all reach. */
async function minimise(target: FirmwareTarget, corpus: string): Promise<void> {
  const kept = firmwareCorpus(target);
  const fresh = `${kept}.new`;
  makeFolder(fresh);
  makeFolder(kept);
  await execa(packagePath('firmware', 'build', 'fuzz', target), [
    '-merge=1',
    `-max_len=${firmwareTargets[target]}`,
    fresh,
    corpus,
    kept,
  ]);
  rmSync(kept, { recursive: true });
  renameSync(fresh, kept);
}

if (values.write)
  for (const [name, blob] of await firmwareBlobs()) {
    makeFolder(packagePath(...firmwareBlobFolder));
    writeFileSync(packagePath(...firmwareBlobFolder, name), blob);
  }
buildFirmwareTargets();
const isWanted = (name: string): boolean => values.target === undefined || name === values.target;
const targets = (Object.keys(firmwareTargets) as FirmwareTarget[]).filter(isWanted);
const cores = damagedCores.filter(core => isWanted(`kernels-${core}`));
const shares = targets.length + cores.length;
const all = values.hours === undefined ? Number(values.seconds ?? 60) : Number(values.hours) * 3600;
const limit: { seconds?: number; executions?: number } =
  values.executions === undefined
    ? { seconds: Math.ceil(all / shares) }
    : { executions: Math.ceil(Number(values.executions) / shares) };
let finds = 0;
let total = 0;
for (const target of targets) {
  const corpus = mkdtempSync(join(tmpdir(), 'littlefirst-fuzz-'));
  const seed = Number(values.seed);
  const { executions, megabytes, find } = await fuzzFirmware(target, {
    ...limit,
    seed,
    corpus,
    artifacts: tmpdir(),
  });
  const inputs = readdirSync(corpus).length;
  process.stdout.write(`${target}: ${executions} executions, ${inputs} new inputs, ${megabytes} MB\n`);
  total += executions;
  if (find !== '') {
    finds += 1;
    process.stdout.write(`${find}\n`);
  } else if (values.write) await minimise(target, corpus);
  rmSync(corpus, { recursive: true, force: true });
}
/** Of one start of the emulator. */
const jobsAtOnce = 4_000;
for (const core of cores) {
  const end = performance.now() + 1000 * (limit.seconds ?? Number.POSITIVE_INFINITY);
  const most = limit.executions ?? Number.POSITIVE_INFINITY;
  let [jobs, ran] = [0, 0];
  for (let round = 0; performance.now() < end && jobs < most; round += 1) {
    const damaged = await runDamaged(core, jobsAtOnce, Number(values.seed) * 1_000_000 + round);
    if (damaged === undefined) break;
    jobs += damaged.jobs;
    ran += damaged.ran;
    finds += damaged.finds.length;
    for (const find of damaged.finds) process.stdout.write(`${find}\n`);
  }
  process.stdout.write(`kernels-${core}: ${jobs} executions, ${ran} of them accepted and run\n`);
  total += jobs;
}
process.stdout.write(`${total} executions, ${finds} finds\n`);
process.exitCode = finds === 0 ? 0 : 1;
