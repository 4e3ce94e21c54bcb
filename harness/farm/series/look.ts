import { confirmingStep, mostEarlyRounds, suspectEarly } from '../../verdict/regression/early.js';
import type { Repeatability } from '../../verdict/regression/step.js';
import { knownOf, type Suspicion, suspect } from '../../verdict/regression/suspect.js';
import { twinVerdict } from '../../verdict/regression/twin.js';
import { audit } from '../store/audit.js';
import type { Transaction } from '../store/database.js';
import { areRepeatable } from './confirming.js';
import { emulatedCycles, levelStarts, levelsOf, type Point, pointsOfSeries } from './points.js';

/** Series with nights that nobody has looked at. */
export async function unseenSeries({ query }: Transaction): Promise<string[]> {
  const rows = await query<{ id: string }>(
    `select n.series as id from farm.newest n left join farm.series_looks l on l.series = n.series
     where n.kind = 'valid' and l.run is distinct from n.run
       and not exists (select from farm.suspicions x where x.series = n.series and x.state = 'confirming')
     order by n.series limit 1000`,
  );
  return rows.map(({ id }) => id);
}

/** Another server may have looked since this one asked what there is to look at. */
async function isSeen({ query }: Transaction, series: string, run: string): Promise<boolean> {
  const rows = await query(
    `select 1 from farm.series_looks where series = $1 and run = $2
     union all select 1 from farm.suspicions where series = $1 and state = 'confirming'`,
    [series, run],
  );
  return rows.length > 0;
}

const logs = (points: readonly Point[]): number[] => points.map(({ energy }) => Math.log(energy));

/** What is to be confirmed, and how. */
interface Found extends Suspicion {
  kind: 'step' | 'early';
  threshold: number;
  rounds: number;
  riskOfAlarm: number;
}

function stepOf(level: readonly Point[], known: Repeatability, fleet: number): Found | undefined {
  const found = suspect(logs(level), known, fleet);
  return found && { ...found, ...confirmingStep, kind: 'step', threshold: fleet };
}

/** A step of the newest nights that is not clear yet: only where another image stands behind it, and both can be run again. */
async function earlyOf(
  transaction: Transaction,
  series: string,
  level: readonly Point[],
  known: Repeatability,
  fleet: number,
  wanted: number | undefined,
): Promise<Found | undefined> {
  const [cleared] = await transaction.query<{ run: string }>(
    `select after_run as run from farm.suspicions where series = $1 and kind = 'early' and state = 'not regressed' order by id desc limit 1`,
    [series],
  );
  const from = level.findIndex(({ run }) => run === cleared?.run) + 1;
  const found = suspectEarly(logs(level), known, { fleet, from, wanted });
  if (found === undefined) return undefined;
  const [before, after] = [level[found.before], level[found.after]];
  const areOthers = before.image !== after.image;
  return areOthers && (await areRepeatable(transaction, series, before.run, after.run))
    ? { ...found, kind: 'early', rounds: mostEarlyRounds }
    : undefined;
}

/**
 * Looks at the newest night of a series. A step that is beyond the threshold becomes a suspicion: to be confirmed where two images stand behind
 * it, the bench's own where it is one.
 * @returns whether there is something to confirm
 */
export async function look(
  transaction: Transaction,
  series: string,
  fleet: number,
  wanted?: number,
): Promise<boolean> {
  const { query } = transaction;
  const points = await pointsOfSeries(transaction, series);
  const newest = points.at(-1);
  if (newest === undefined || (await isSeen(transaction, series, newest.run))) return false;
  await query(
    `insert into farm.series_looks values ($1, $2, farm.now()) on conflict (series) do update set run = $2, looked_at = farm.now()`,
    [series, newest.run],
  );
  const levels = levelsOf(points, await levelStarts(transaction, series));
  const level = levels.at(-1)!;
  const known = knownOf(levels.slice(0, -1).map(logs));
  const found =
    stepOf(level, known, fleet) ?? (await earlyOf(transaction, series, level, known, fleet, wanted));
  if (found === undefined) return false;
  const { step, leastEffect, threshold } = found;
  const [before, after, first] = [level[found.before], level[found.after], level[step.at]];
  const cycles = await emulatedCycles(transaction, series, [before.image, after.image]);
  const sideOf = ({ image }: Point) => ({ image, cycles: cycles.get(image) ?? null });
  const twin = twinVerdict(sideOf(before), sideOf(after), step.size);
  const isBench = twin === 'bench';
  const [{ id }] = await query<{ id: string }>(
    `insert into farm.suspicions (series, found_at, at_run, before_run, after_run, size, error, spread, degrees, deviate, threshold, least_effect,
       twin, state, reason, kind, most_rounds, risk_of_alarm, decided_at)
     values ($1, farm.now(), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, case when $13 = 'bench' then farm.now() end) returning id`,
    [
      ...[series, first.run, before.run, after.run, step.size, step.error, step.spread, step.degrees],
      ...[step.deviate, threshold, leastEffect, twin, isBench ? 'bench' : 'confirming'],
      isBench ? 'image and networks are the same before and after' : null,
      ...[found.kind, found.rounds, found.riskOfAlarm],
    ],
  );
  await audit(transaction, 'farm', 'step-suspected', `series ${series}`, {
    ...{ suspicion: id, run: newest.run, size: step.size, deviate: step.deviate, threshold, twin },
  });
  if (isBench)
    await query(
      `insert into farm.changes (series, run, kind, suspicion, made_at) values ($1, $2, 'bench', $3, farm.now())`,
      [series, first.run, id],
    );
  else await query('insert into farm.trials (suspicion, candidate) values ($1, 0)', [id]);
  return !isBench;
}
