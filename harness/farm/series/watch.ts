import { thresholdOf } from '../../verdict/regression/threshold.js';
import type { Database } from '../store/database.js';
import { type Alarm, untold } from './alarm.js';
import type { Suspicion } from './confirming.js';
import { advanceSearch, advanceSuspicion } from './decide.js';
import { look, unseenSeries } from './look.js';

export interface WatchOptions {
  /** False suspicions a year in the whole fleet; each costs its bench four to sixteen runs. Default: one a week. */
  falseSuspicionsPerYear?: number;
  /** Step that is to be named in its first two nights, relative; 0: only what the nights alone show. Default: 1 %. */
  wantedStep?: number;
  /** Told of each alarm, and again when its first bad image was found; what it throws is tried again. */
  onAlarm?: (alarm: Alarm, news: 'alarm' | 'first bad image') => Promise<void> | void;
}

const weekly = 52;
const watchLock = 0x6c66_7372;

/** Series that have had a night lately: what the stated rate is shared among. */
const liveSeries = `select count(*) as n from farm.series s
  where exists (select from farm.blocks b where b.series = s.id and b.at > farm.now() - interval '14 days')`;

const suspicionColumns =
  'x.id, x.series, x.before_run, x.after_run, x.at_run, x.spread, x.degrees, x.least_effect, x.state, x.kind, x.most_rounds, x.risk_of_alarm';

/**
 * Does what there is to do: looks at new nights, asks for confirming runs, decides, searches, tells. What it does is in the database when it is done;
 * doing it again changes nothing, and several servers may.
 */
export async function advanceSeries(database: Database, options: WatchOptions = {}): Promise<void> {
  const alone = <T>(work: Parameters<typeof database.transaction<T>>[0]) =>
    database.transaction<T>(async transaction => {
      await transaction.query('select pg_advisory_xact_lock($1)', [watchLock]);
      return work(transaction);
    });
  const unseen = await alone(unseenSeries);
  if (unseen.length > 0) {
    const [{ n }] = await alone(({ query }) => query<{ n: string }>(liveSeries));
    const threshold = thresholdOf(Number(n), options.falseSuspicionsPerYear ?? weekly);
    for (const series of unseen)
      await alone(transaction => look(transaction, series, threshold, options.wantedStep));
  }
  const confirming = await alone(({ query }) =>
    query<{ id: string }>(`select id from farm.suspicions where state = 'confirming' order by id`),
  );
  for (const { id } of confirming)
    await alone(async transaction => {
      const [suspicion] = await transaction.query<Suspicion>(
        `select ${suspicionColumns} from farm.suspicions x where x.id = $1 and x.state = 'confirming'`,
        [id],
      );
      if (suspicion !== undefined) await advanceSuspicion(database, transaction, suspicion);
    });
  const searching = await alone(({ query }) =>
    query<{ suspicion: string }>('select suspicion from farm.searches where not is_over order by suspicion'),
  );
  for (const { suspicion: id } of searching)
    await alone(async transaction => {
      const [found] = await transaction.query<Suspicion & { runs: string[] }>(
        `select ${suspicionColumns}, q.runs from farm.searches q join farm.suspicions x on x.id = q.suspicion
         where q.suspicion = $1 and not q.is_over`,
        [id],
      );
      if (found !== undefined) await advanceSearch(database, transaction, found, found.runs);
    });
  const { onAlarm } = options;
  if (onAlarm === undefined) return;
  for (const { is_new, ...alarm } of await database.transaction(untold)) {
    await onAlarm(alarm, is_new ? 'alarm' : 'first bad image');
    await database.transaction(({ query }) =>
      query(`update farm.alarms set ${is_new ? 'told_at' : 'search_told_at'} = farm.now() where id = $1`, [
        alarm.id,
      ]),
    );
  }
}

/** Does so whenever jobs have ended, and now and then. @returns ends it */
export function watchSeries(
  database: Database,
  options: WatchOptions & { onError?: (error: Error) => void } = {},
): () => Promise<void> {
  const { onError = () => undefined } = options;
  let isOver = false;
  let isWanted = false;
  let running: Promise<void> | undefined;
  const go = () => {
    isWanted = true;
    running ??= (async () => {
      while (isWanted && !isOver) {
        isWanted = false;
        await advanceSeries(database, options).catch(onError);
      }
      running = undefined;
    })();
  };
  const ignore = database.onReady(go);
  /* What was told badly, or by a server that died, is told again. */
  const timer = setInterval(go, pauseMilliseconds);
  go();
  return async () => {
    isOver = true;
    clearInterval(timer);
    ignore();
    await running;
  };
}
const pauseMilliseconds = 60_000;
