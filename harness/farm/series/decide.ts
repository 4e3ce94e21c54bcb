import { searchFirstBad, type Tried } from '../../verdict/regression/bisect.js';
import type { Confirmation } from '../../verdict/regression/confirm.js';
import { audit } from '../store/audit.js';
import type { Database, Transaction } from '../store/database.js';
import { advanceTrial, type Suspicion } from './confirming.js';
import { pointsOfSeries } from './points.js';

/** What a confirmed answer makes of the series. */
const changeOf: Record<Exclude<Confirmation, 'cannot tell'>, string> = {
  regressed: 'regressed',
  improved: 'improved',
  'not regressed': 'bench',
};

const goesOn = 'asked early, for one or two nights that lay high: the level goes on';

async function storeTrial(
  { query }: Transaction,
  suspicion: Suspicion,
  candidate: number,
  verdict: Confirmation,
  effect: number | null,
): Promise<void> {
  await query('update farm.trials set verdict = $3, effect = $4 where suspicion = $1 and candidate = $2', [
    ...[suspicion.id, candidate, verdict, effect],
  ]);
}

/** Runs that first had each image between the last good one and the first bad one, both included. */
async function imagesBetween(transaction: Transaction, suspicion: Suspicion): Promise<string[]> {
  const points = await pointsOfSeries(transaction, suspicion.series);
  const [from, to] = [suspicion.before_run, suspicion.after_run].map(run =>
    points.findIndex(point => point.run === run),
  );
  const between = points
    .slice(from, to + 1)
    .filter((point, i, all) => i === 0 || point.image !== all[i - 1].image)
    .map(({ run }) => run);
  return from < 0 || between.length < 2 ? [suspicion.before_run, suspicion.after_run] : between;
}

/** Takes the confirmation of a suspicion one step further, and decides it where there is an answer. */
export async function advanceSuspicion(
  database: Database,
  transaction: Transaction,
  suspicion: Suspicion,
): Promise<void> {
  const { query } = transaction;
  const trial = await advanceTrial(database, transaction, suspicion, 0, [
    suspicion.before_run,
    suspicion.after_run,
  ]);
  if (trial.kind === 'waiting' || trial.kind === 'begun') return;
  const answer = trial.kind === 'told' ? trial.answer : undefined;
  const verdict = answer?.verdict ?? 'cannot tell';
  /* One or two nights that lay high, as some do of any series: they belong to its level. */
  const isQuiet = suspicion.kind === 'early' && verdict === 'not regressed';
  const [low, high] =
    answer === undefined ? [null, null] : [answer.effect - answer.half95, answer.effect + answer.half95];
  const relative = (log: number | null | undefined) =>
    log === null || log === undefined ? null : Math.expm1(log);
  await storeTrial(transaction, suspicion, 0, verdict, relative(answer?.effect));
  await query(
    `update farm.suspicions set state = $2, effect = $3, effect_low = $4, effect_high = $5, rounds = $6, reason = $7, decided_at = farm.now()
     where id = $1`,
    [
      ...[suspicion.id, verdict, relative(answer?.effect), relative(low), relative(high)],
      ...[answer?.rounds ?? 0, trial.kind === 'untold' ? trial.reason : isQuiet ? goesOn : null],
    ],
  );
  await audit(transaction, 'farm', 'suspicion-decided', `series ${suspicion.series}`, {
    ...{ suspicion: suspicion.id, verdict, effect: relative(answer?.effect), rounds: answer?.rounds },
    ...(trial.kind === 'untold' && { reason: trial.reason }),
  });
  if (verdict === 'cannot tell' || isQuiet) return;
  await query(
    'insert into farm.changes (series, run, kind, suspicion, made_at) values ($1, $2, $3, $4, farm.now())',
    [suspicion.series, suspicion.at_run, changeOf[verdict], suspicion.id],
  );
  if (verdict !== 'regressed') return;
  await query('insert into farm.alarms (suspicion, raised_at) values ($1, farm.now())', [suspicion.id]);
  await query('insert into farm.searches (suspicion, runs) values ($1, $2)', [
    suspicion.id,
    await imagesBetween(transaction, suspicion),
  ]);
  await audit(transaction, 'farm', 'alarm-raised', `series ${suspicion.series}`, { suspicion: suspicion.id });
}

/** Takes the search for the first bad image one step further. */
export async function advanceSearch(
  database: Database,
  transaction: Transaction,
  suspicion: Suspicion,
  runs: readonly string[],
): Promise<void> {
  const { query } = transaction;
  for (;;) {
    const trials = await query<{ candidate: number; verdict: Confirmation | null }>(
      'select candidate, verdict from farm.trials where suspicion = $1 and candidate > 0 order by candidate',
      [suspicion.id],
    );
    const open = trials.find(({ verdict }) => verdict === null);
    if (open !== undefined) {
      const trial = await advanceTrial(database, transaction, suspicion, open.candidate, [
        runs[0],
        runs[open.candidate],
      ]);
      if (trial.kind === 'waiting' || trial.kind === 'begun') return;
      const answer = trial.kind === 'told' ? trial.answer : undefined;
      await storeTrial(
        transaction,
        suspicion,
        open.candidate,
        answer?.verdict ?? 'cannot tell',
        answer === undefined ? null : Math.expm1(answer.effect),
      );
      continue;
    }
    const tried = trials.map(({ candidate, verdict }): Tried => ({ at: candidate, verdict: verdict! }));
    const { next, bad, good } = searchFirstBad(runs.length, tried);
    if (next !== undefined) {
      await query('insert into farm.trials (suspicion, candidate) values ($1, $2)', [suspicion.id, next]);
      continue;
    }
    await query('update farm.searches set is_over = true where suspicion = $1', [suspicion.id]);
    await query('update farm.alarms set searched_at = farm.now(), first_bad_run = $2 where suspicion = $1', [
      ...[suspicion.id, runs[bad]],
    ]);
    await audit(transaction, 'farm', 'first-bad-found', `series ${suspicion.series}`, {
      ...{ suspicion: suspicion.id, run: runs[bad], lastGood: runs[good], between: bad - good - 1 },
    });
    return;
  }
}
