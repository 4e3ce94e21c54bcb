import { unseenSeries } from '../../farm/series/look.js';
import { lastNight, watched } from '../../farm/series/read.js';
import { metricsText } from '../../farm/server/pages/metrics.js';
import { claim } from '../../farm/store/claim.js';
import type { Database } from '../../farm/store/database.js';
import * as read from '../../farm/store/read.js';
import { expireLeases } from '../../farm/store/settle.js';

/** What a farm asks of its database all day. */
export interface HotQuery {
  name: string;
  /** It reads every series or device by its nature. Absent: what is shown. */
  grows?: 'fleet';
  ask: (database: Database) => Promise<unknown>;
}

/** @param token of the benches, one of which asks for a job */
export const hotQueries = (token: number): HotQuery[] => [
  { name: 'front page: devices', grows: 'fleet', ask: database => read.fleet(database) },
  { name: 'front page: newest jobs', ask: database => read.jobs(database, { limit: 200 }) },
  { name: 'jobs of a nightly', ask: database => read.jobs(database, { nightly: 'nightly', limit: 100 }) },
  { name: 'jobs that wait', ask: database => read.jobs(database, { state: 'queued', limit: 100 }) },
  {
    name: 'page of a job',
    ask: async database => {
      const [{ id }] = await read.jobs(database, { limit: 1 });
      return [await read.jobOf(database, id), await read.auditOf(database, `job ${id}`, 1000)];
    },
  },
  { name: 'newest runs', ask: database => read.runs(database, 100) },
  { name: 'page of a series', ask: database => database.transaction(one => watched(one, '5')) },
  { name: 'points of a series', ask: database => read.pointsOf(database, '5', 100) },
  { name: 'audit log', ask: database => read.auditOf(database, undefined, 100) },
  { name: 'list of series', grows: 'fleet', ask: database => read.series(database, 1000) },
  { name: "last night's matrix", grows: 'fleet', ask: database => database.transaction(lastNight) },
  { name: 'series to look at', grows: 'fleet', ask: database => database.transaction(unseenSeries) },
  { name: 'metrics', grows: 'fleet', ask: metricsText },
  { name: 'leases that are over', ask: expireLeases },
  {
    name: 'claim',
    ask: async database => {
      const [bench] = await database.transaction(({ query }) =>
        query<{ name: string; session: string }>(
          `update farm.benches set session = gen_random_uuid() where name = 'b1' returning name, session`,
        ),
      );
      return claim(database, { token, name: 'hosts', role: 'worker' }, bench, 60);
    },
  },
];
