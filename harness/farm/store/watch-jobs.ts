import { LittlefirstError } from '../../errors.js';
import type { Verdict } from '../../record/run-record.js';
import type { Database } from './database.js';

/** A job of which somebody knows what was written of it up to a line of the audit log. */
export interface WatchedJob {
  id: string;
  after: number;
}

/** A line of the audit log about a job. */
export interface Transition {
  id: number;
  job: string;
  name: string;
  at: string;
  actor: string;
  action: string;
  detail: Record<string, unknown>;
}

/** A target's verdict of a run. */
export interface JobVerdict {
  target: string;
  block: string;
  verdict: Verdict;
  reason: string;
}

/** A job that has ended, and what its run was judged by. */
export interface EndedJob {
  id: string;
  name: string;
  state: 'done' | 'error' | 'cancelled';
  attempts: number;
  cause: string | null;
  code: string | null;
  message: string | null;
  bench: string | null;
  device: string | null;
  run: string | null;
  outcome: Verdict | null;
  /** Time of its last attempt, seconds; null where none began. */
  seconds: number | null;
  verdicts: JobVerdict[];
}

/** Lines of one answer. */
const mostTransitions = 5000;

const endedJobs = `
select v.id, v.name, v.state, v.attempts, v.cause, v.code, v.message, v.bench, v.device, v.run, v.outcome,
  (select extract(epoch from a.finished_at - a.started_at)::float from farm.attempts a where a.job = v.id order by a.number desc limit 1) as seconds,
  coalesce((select jsonb_agg(jsonb_build_object('target', w.target, 'block', w.block, 'verdict', w.verdict, 'reason', w.reason) order by w.ordinal)
    from farm.verdicts w where w.run = v.run), '[]') as verdicts
from farm_views.jobs v where v.id = any($1) and v.state in ('done', 'error', 'cancelled')`;

const transitionsAfter = `
select a.id, j.id as job, j.name, a.at, a.actor, a.action, a.detail
from unnest($1::uuid[], $2::bigint[]) u(job, after) join farm.jobs j on j.id = u.job
join farm.audit a on a.subject = 'job ' || u.job and a.id > u.after order by a.id limit ${mostTransitions}`;

/**
 * What has become of jobs: lines that are new, and those of the jobs that have ended. Each line of a job is written while the job's row is
 * locked, so that those of one job become visible in the order of their numbers, and none is missed by whoever knows the last one.
 * @throws LF_FARM_REFUSED for a job that is not there
 */
export function watchJobs(
  database: Database,
  jobs: readonly WatchedJob[],
): Promise<{ transitions: Transition[]; ended: EndedJob[] }> {
  const ids = jobs.map(({ id }) => id);
  return database.transaction(async ({ query }) => {
    const [lacking] = await query<{ id: string }>(
      'select x.id from unnest($1::uuid[]) x(id) where not exists (select from farm.jobs j where j.id = x.id) limit 1',
      [ids],
    );
    if (lacking !== undefined) throw new LittlefirstError('LF_FARM_REFUSED', `There is no job ${lacking.id}`);
    /* First who has ended, then the lines: whoever is told of an end is told of all that led to it. */
    const ended = await query<EndedJob>(endedJobs, [ids]);
    const rows = await query<Omit<Transition, 'at' | 'id'> & { id: string; at: Date }>(transitionsAfter, [
      ids,
      jobs.map(({ after }) => after),
    ]);
    const transitions = rows.map(({ id, at, ...row }) => ({ id: Number(id), at: at.toISOString(), ...row }));
    return { transitions, ended: rows.length < mostTransitions ? ended : [] };
  });
}
