import { knownOf, suspect } from '../../verdict/regression/suspect.js';
import { twinVerdict } from '../../verdict/regression/twin.js';
import { audit } from '../store/audit.js';
import type { Transaction } from '../store/database.js';
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

/**
 * Looks at the newest night of a series. A step that is beyond the threshold becomes a suspicion: to be confirmed where two images stand behind
 * it, the bench's own where it is one.
 * @returns whether there is something to confirm
 */
export async function look(transaction: Transaction, series: string, threshold: number): Promise<boolean> {
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
  const found = suspect(logs(level), knownOf(levels.slice(0, -1).map(logs)), threshold);
  if (found === undefined) return false;
  const { step, leastEffect } = found;
  const [before, after, first] = [level[found.before], level[found.after], level[step.at]];
  const sideOf = async ({ image }: Point) => ({
    image,
    cycles: await emulatedCycles(transaction, series, image),
  });
  const twin = twinVerdict(await sideOf(before), await sideOf(after), step.size);
  const isBench = twin === 'bench';
  const [{ id }] = await query<{ id: string }>(
    `insert into farm.suspicions (series, found_at, at_run, before_run, after_run, size, error, spread, degrees, deviate, threshold, least_effect,
       twin, state, reason, decided_at)
     values ($1, farm.now(), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, case when $13 = 'bench' then farm.now() end) returning id`,
    [
      ...[series, first.run, before.run, after.run, step.size, step.error, step.spread, step.degrees],
      ...[step.deviate, threshold, leastEffect, twin, isBench ? 'bench' : 'confirming'],
      isBench ? 'image and networks are the same before and after' : null,
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
