import { LittlefirstError } from '../../errors.js';
import { audit } from '../store/audit.js';
import type { Database, Transaction } from '../store/database.js';
import { emulatedCycles, levelStarts, levelsOf, type Point, pointsOfSeries } from './points.js';
import { type Swap, swapBefore } from './swap.js';

export interface SuspicionRow {
  id: string;
  found_at: Date;
  at_run: string;
  before_run: string;
  after_run: string;
  size: number;
  deviate: number;
  threshold: number;
  twin: string;
  state: string;
  effect: number | null;
  effect_low: number | null;
  effect_high: number | null;
  rounds: number;
  reason: string | null;
  first_bad_run: string | null;
}

export interface AnnotationRow {
  at: Date;
  kind: 'note' | 'accepted';
  body: string;
  made_by: string;
}

/** Everything that a series' page shows. */
export interface Watched {
  points: (Point & { twin: number | null })[];
  /** First point of each level after the first. */
  levels: { run: string; nights: number; mean: number }[];
  suspicions: SuspicionRow[];
  annotations: AnnotationRow[];
  swap: Swap | null;
}

/** Newest nights that are shown. */
const mostShown = 90;

export async function watched(transaction: Transaction, series: string): Promise<Watched> {
  const { query } = transaction;
  const points = await pointsOfSeries(transaction, series);
  const levels = levelsOf(points, await levelStarts(transaction, series));
  const shown = points.slice(-mostShown);
  const cycles = await emulatedCycles(
    transaction,
    series,
    shown.map(({ image }) => image),
  );
  return {
    points: shown.map(point => ({ ...point, twin: cycles.get(point.image) ?? null })),
    levels: levels
      .filter(level => level.length > 0)
      .map(level => ({
        run: level[0].run,
        nights: level.length,
        mean: Math.exp(level.reduce((sum, { energy }) => sum + Math.log(energy), 0) / level.length),
      })),
    suspicions: await query<SuspicionRow>(
      `select x.id, x.found_at, x.at_run, x.before_run, x.after_run, x.size, x.deviate, x.threshold, x.twin, x.state, x.effect, x.effect_low,
         x.effect_high, x.rounds, x.reason, a.first_bad_run
       from farm.suspicions x left join farm.alarms a on a.suspicion = x.id where x.series = $1 order by x.id desc limit 100`,
      [series],
    ),
    annotations: await query<AnnotationRow>(
      'select at, kind, body, made_by from farm.annotations where series = $1 order by at desc, id desc limit 100',
      [series],
    ),
    swap: (await swapBefore(transaction, series)) ?? null,
  };
}

/**
 * Writes a note to a series, or accepts what has changed: from then on a new level begins.
 * @throws LF_FARM_REFUSED where there is no such series
 */
export function annotate(
  database: Database,
  actor: string,
  series: string,
  { at, kind, body }: Omit<AnnotationRow, 'made_by'>,
): Promise<void> {
  return database.transaction(async transaction => {
    const found = await transaction.query('select from farm.series where id = $1', [series]);
    if (found.length === 0) throw new LittlefirstError('LF_FARM_REFUSED', `There is no series ${series}`);
    await transaction.query(
      'insert into farm.annotations (series, at, kind, body, made_by, made_at) values ($1, $2, $3, $4, $5, farm.now())',
      [series, at, kind, body, actor],
    );
    await audit(transaction, actor, kind === 'accepted' ? 'change-accepted' : 'noted', `series ${series}`, {
      at: at.toISOString(),
      body,
    });
  });
}

/** A series in the matrix of the last night. */
export interface MatrixRow {
  series: string;
  name: string;
  level: string;
  strategy: string;
  bench: string;
  run: string;
  job: string | null;
  at: Date;
  outcome: string;
  energy: number | null;
  state: string | null;
  has_report: boolean;
}

/**
 * Each series' newest night of the last two days, with the state of its newest suspicion of that time. What is not shown is left out before its run, its suspicions and
 * its files are looked for; an index has the order, so that a large fleet's is not sorted first.
 */
export const lastNight = ({ query }: Transaction): Promise<MatrixRow[]> =>
  query<MatrixRow>(
    `select s.series, s.name, s.level, s.strategy, s.bench, s.run, r.job, s.at, r.outcome, s.energy,
       (select x.state from farm.suspicions x where x.series = s.series and x.found_at > s.at - interval '1 day' order by x.id desc limit 1) as state,
       exists (select from farm.run_files f where f.run = s.run and f.name = 'report.html') as has_report
     from (select t.id as series, t.board, t.chip, t.bundle, concat_ws(' ', t.board, t.chip, t.bundle) as name, t.level, t.strategy, t.bench,
         n.run, n.at, n.energy_uj as energy
       from farm.series t join farm.newest n on n.series = t.id and n.kind = 'any' and n.at > (select farm.now() - interval '2 days')
       order by t.board, t.chip, t.bundle, t.bench, t.level, t.strategy, t.id limit 2000) s
     join farm.runs r on r.id = s.run order by s.board, s.chip, s.bundle, s.bench, s.level, s.strategy, s.series`,
  );
