/**
 * `npm run campaign:faults -- --seeds 1000 [--first 0] [--jobs 2] [--results FILE]`: one campaign a seed, each with a fault; what each kind led
 * to. Results are kept line by line: seeds that stand in the file are not run again. Ends with status 1 when a valid record was wrong, or
 * something hung.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  FaultCampaigns,
  type FaultResult,
  faultKinds,
  faultOf,
  missed,
  type Outcome,
  undetectable,
} from '../../testing/faults/campaigns.js';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    first: { type: 'string', default: '0' },
    jobs: { type: 'string', default: '1' },
    results: { type: 'string', default: join(tmpdir(), `littlefirst-faults-${process.pid}.ndjson`) },
    /** Of the processes that `--jobs` starts: which of the seeds. */
    job: { type: 'string' },
  },
});
const [first, count, jobs] = [values.first, values.seeds, values.jobs].map(Number);
const outcomes: Outcome[] = [
  ...(['no effect', 'mended', 'block invalid', 'run ended'] as const),
  ...(['wrong label', 'wrong energy', 'hang'] as const),
];

interface Result extends FaultResult {
  seed: number;
}

function results(): Result[] {
  if (!existsSync(values.results)) return [];
  const lines = readFileSync(values.results, 'utf8').split('\n').slice(0, -1);
  const all = new Map(lines.map(line => JSON.parse(line) as Result).map(result => [result.seed, result]));
  return [...all.values()].filter(({ seed }) => seed >= first && seed < first + count);
}

/** Runs every `jobs`-th seed that has no result. */
async function collect(job: number): Promise<void> {
  const done = new Set(results().map(({ seed }) => seed));
  const campaigns = await FaultCampaigns.make();
  for (let seed = first + job; seed < first + count; seed += jobs) {
    if (done.has(seed)) continue;
    const result: Result = { seed, ...(await campaigns.run(faultOf(seed))) };
    appendFileSync(values.results, `${JSON.stringify(result)}\n`);
  }
}

async function startJob(job: number): Promise<void> {
  const args = [...process.execArgv, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const child = spawn(process.execPath, [...args, '--results', values.results, '--job', String(job)], {
    stdio: 'inherit',
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) process.exitCode = 1;
}

const line = (cells: readonly (string | number)[]) => process.stdout.write(`| ${cells.join(' | ')} |\n`);

/** What each kind led to. */
function summarise(all: readonly Result[]): void {
  line(['fault', 'campaigns', ...outcomes, 'recall']);
  line(['---', '---', ...outcomes.map(() => '---'), '---']);
  for (const kind of faultKinds) {
    const ofKind = all.filter(result => result.kind === kind);
    const of = (...wanted: readonly Outcome[]) =>
      ofKind.filter(({ outcome }) => wanted.includes(outcome)).length;
    const found = of('mended', 'block invalid', 'run ended');
    const harmful = found + of(...missed);
    const recall = harmful === 0 ? '-' : `${found} of ${harmful}`;
    line([kind, ofKind.length, ...outcomes.map(outcome => of(outcome)), recall]);
  }
  const wrong = all.filter(({ kind, outcome }) => missed.includes(outcome) && !undetectable.includes(kind));
  for (const { seed, kind, outcome, detail, changes } of wrong)
    process.stdout.write(`seed ${seed}: ${kind}: ${outcome} ${detail} ${JSON.stringify(changes)}\n`);
  const missing = count - all.length;
  process.stdout.write(
    `${all.length} campaigns, ${wrong.length} wrong or without end${missing > 0 ? `, ${missing} not run` : ''}\n`,
  );
  if (wrong.length + missing > 0) process.exitCode = 1;
}

if (values.job !== undefined) await collect(Number(values.job));
else {
  if (results().length < count) {
    if (jobs === 1) await collect(0);
    else await Promise.all(Array.from({ length: jobs }, (_, job) => startJob(job)));
  }
  summarise(results());
  process.stdout.write(`results: ${values.results}\n`);
}
