import { type Confirmed, confirm, type Round } from '../../verdict/regression/confirm.js';
import { mostBelieved } from '../../verdict/regression/early.js';
import { type Spec, specSchema, type Want, wantSchema } from '../jobs/spec.js';
import type { Database, Transaction } from '../store/database.js';
import { tellReady } from '../store/database.js';
import { createJob } from '../store/jobs.js';

/** A suspicion as its confirmation needs it. */
export interface Suspicion {
  id: string;
  series: string;
  before_run: string;
  after_run: string;
  at_run: string;
  spread: number;
  degrees: number;
  least_effect: number;
  /** `early`: of its first two nights, at a low threshold; no level begins where nothing is found. */
  kind: 'step' | 'early';
  most_rounds: number;
  risk_of_alarm: number;
  state: string;
}

/** Before everything that a nightly asks for; the places of a round one after the other. */
const priority = 900;

export type Trial =
  | { kind: 'waiting' }
  | { kind: 'begun' }
  | { kind: 'told'; answer: Confirmed }
  | { kind: 'untold'; reason: string };

interface Source {
  run: string;
  firmware: string;
  models: string;
  spec: Spec | undefined;
  want: Want | undefined;
  device: string | null;
  bench: string;
  level: string;
  strategy: string;
}

async function sourceOf({ query }: Transaction, series: string, run: string): Promise<Source> {
  const [{ spec, want, ...row }] = await query<
    Omit<Source, 'spec' | 'want'> & { spec: unknown; want: unknown }
  >(
    `select r.id as run, r.firmware_sha256 as firmware, md5((r.record->'provenance'->'models')::text) as models, j.spec, j.want,
       d.name as device, s.bench, s.level, s.strategy
     from farm.runs r cross join farm.series s left join farm.jobs j on j.id = r.job
     left join farm.attempts a on a.id = r.attempt left join farm.devices d on d.id = a.device where r.id = $1 and s.id = $2`,
    [run, series],
  );
  return {
    ...row,
    spec: specSchema.safeParse(spec).data,
    want: wantSchema.safeParse(want).data,
  };
}

/** Why two images cannot be run again as they were; undefined: they can. */
function unrepeatable(before: Source, after: Source): string | undefined {
  const [a, b] = [before.spec, after.spec];
  if (a === undefined || b === undefined) return 'a run was imported: no job says how to make it again';
  if (
    before.firmware !== after.firmware &&
    (a.firmwareSha256 === undefined || b.firmwareSha256 === undefined)
  )
    return 'the firmware images are not kept by their content (firmwareSha256 in the job): they cannot be run again';
  const areBundles = before.models !== after.models || a.bundleSha256 !== b.bundleSha256;
  if (areBundles && (a.bundleSha256 === undefined || b.bundleSha256 === undefined))
    return 'the bundles are not kept by their content (bundleSha256 in the job): they cannot be run again';
  return undefined;
}

interface Placed {
  round: number;
  place: number;
  state: string;
  energy: number | null;
}

/** Whether the images of two runs can be run again. */
export async function areRepeatable(
  transaction: Transaction,
  series: string,
  before: string,
  after: string,
): Promise<boolean> {
  const sources = [
    await sourceOf(transaction, series, before),
    await sourceOf(transaction, series, after),
  ] as const;
  return unrepeatable(...sources) === undefined;
}

/** The runs of a trial, in order; an energy only where the run has a valid block in the very series. */
function placedOf({ query }: Transaction, suspicion: Suspicion, candidate: number): Promise<Placed[]> {
  return query<Placed>(
    `select c.round, c.place, j.state, b.energy_uj as energy from farm.confirmations c join farm.jobs j on j.id = c.job
     left join farm.runs r on r.job = j.id
     left join farm.blocks b on b.run = r.id and b.series = $3 and b.is_valid and b.energy_uj > 0
     where c.suspicion = $1 and c.candidate = $2 order by c.round, c.place`,
    [suspicion.id, candidate, suspicion.series],
  );
}

async function beginRound(
  database: Database,
  transaction: Transaction,
  suspicion: Suspicion,
  candidate: number,
  [before, after]: readonly [Source, Source],
  round: number,
): Promise<void> {
  for (const [place, source] of [before, after, after, before].entries()) {
    const { spec, want, level, strategy, bench } = source;
    const job = await createJob(database, transaction, 'farm', {
      name: `series ${suspicion.series}: round ${round + 1}, ${'ABBA'[place]} (${source.run})`.slice(0, 200),
      want: { ...want!, bench, device: before.device ?? undefined },
      spec: { ...spec!, levels: [level], strategies: [strategy] },
      priority: priority + 3 - place,
    });
    await transaction.query('insert into farm.confirmations values ($1, $2, $3, $4, $5)', [
      ...[suspicion.id, candidate, round, place, job],
    ]);
  }
  await tellReady(transaction);
}

/**
 * Takes a comparison of two images of a series one step further: A B B A on the bench of the series, again until there is an answer.
 * @param candidate number of the comparison in the suspicion @param runs that had the images, before and after
 */
export async function advanceTrial(
  database: Database,
  transaction: Transaction,
  suspicion: Suspicion,
  candidate: number,
  runs: readonly [string, string],
): Promise<Trial> {
  const placed = await placedOf(transaction, suspicion, candidate);
  const isUsable = ({ state, energy }: Placed) => state === 'done' && energy !== null;
  if (placed.some(({ state }) => ['queued', 'running'].includes(state))) return { kind: 'waiting' };
  const failed = placed.find(one => !isUsable(one));
  if (failed !== undefined)
    return {
      kind: 'untold',
      reason:
        failed.state === 'done'
          ? 'a confirming run has no valid block in this series: bench or meter is another one by now'
          : `a confirming run ended as ${failed.state}`,
    };
  const rounds = Array.from({ length: placed.length / 4 }, (_, round) =>
    placed.slice(4 * round, 4 * round + 4).map(({ energy }) => Math.log(energy!)),
  ) as unknown as Round[];
  if (rounds.length > 0) {
    const answer = confirm(rounds, {
      leastEffect: suspicion.least_effect,
      spread: suspicion.spread,
      degrees: Math.min(mostBelieved, suspicion.degrees),
      rounds: suspicion.most_rounds,
      riskOfAlarm: suspicion.risk_of_alarm,
    });
    if (answer.verdict !== 'cannot tell' || rounds.length >= suspicion.most_rounds)
      return { kind: 'told', answer };
  }
  const sources = [
    await sourceOf(transaction, suspicion.series, runs[0]),
    await sourceOf(transaction, suspicion.series, runs[1]),
  ] as const;
  const reason = unrepeatable(...sources);
  if (reason !== undefined) return { kind: 'untold', reason };
  await beginRound(database, transaction, suspicion, candidate, sources, rounds.length);
  return { kind: 'begun' };
}
