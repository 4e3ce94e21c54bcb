import { CronExpressionParser } from 'cron-parser';
import { LittlefirstError } from '../../errors.js';
import type { NewJob } from '../jobs/spec.js';
import { audit } from './audit.js';
import { type Database, type Transaction, tellReady } from './database.js';
import { createJob } from './jobs.js';
import { fewChanges, foldChanges } from './kept/tallies.js';

/** A nightly that is enqueued again and again. */
export interface Schedule {
  name: string;
  /** Five fields of cron: minute, hour, day of month, month, day of week. */
  cron: string;
  /** Time zone of these, e.g. `Europe/Berlin`. */
  timezone: string;
}

export interface ScheduleRow extends Schedule {
  jobs: number;
  made_by: string;
  last_due: Date;
  next_due: Date;
}

/** Looks for the times of an expression. @throws LF_FARM_REFUSED for what is none */
function timesOf({ cron, timezone }: Schedule, from: Date) {
  try {
    if (cron.trim().split(/\s+/).length !== 5) throw new Error('five fields are expected');
    return CronExpressionParser.parse(cron, { currentDate: from, tz: timezone });
  } catch (cause) {
    throw new LittlefirstError('LF_FARM_REFUSED', 'This is no schedule', {
      expected: 'five fields of cron and a time zone, e.g. "30 2 * * 1-5" and Europe/Berlin',
      received: `"${cron}" and "${timezone}": ${(cause as Error).message}`,
      cause,
    });
  }
}

const nowOf = async ({ query }: Transaction): Promise<Date> =>
  (await query<{ now: Date }>('select farm.now() as now'))[0].now;

/** Keeps a schedule under its name, in the place of the one before. @throws LF_FARM_REFUSED */
export function putSchedule(
  database: Database,
  actor: string,
  schedule: Schedule,
  jobs: readonly NewJob[],
): Promise<void> {
  return database.transaction(async transaction => {
    const { name, cron, timezone } = schedule;
    timesOf(schedule, await nowOf(transaction));
    await transaction.query(
      `insert into farm.schedules (name, cron, timezone, jobs, made_by, last_due) values ($1, $2, $3, $4, $5, farm.now())
       on conflict (name) do update set cron = $2, timezone = $3, jobs = $4, made_by = $5, last_due = farm.now()`,
      [name, cron, timezone, JSON.stringify(jobs), actor],
    );
    await audit(transaction, actor, 'scheduled', `schedule ${name}`, { cron, timezone, jobs: jobs.length });
  });
}

/** @returns false where there is none of that name */
export function removeSchedule(database: Database, actor: string, name: string): Promise<boolean> {
  return database.transaction(async transaction => {
    const gone = await transaction.query('delete from farm.schedules where name = $1 returning name', [name]);
    if (gone.length > 0) await audit(transaction, actor, 'unscheduled', `schedule ${name}`);
    return gone.length > 0;
  });
}

export function schedules(database: Database): Promise<ScheduleRow[]> {
  return database.transaction(async transaction => {
    const now = await nowOf(transaction);
    const rows = await transaction.query<Omit<ScheduleRow, 'next_due'>>(
      'select name, cron, timezone, jsonb_array_length(jobs) as jobs, made_by, last_due from farm.schedules order by name',
    );
    return rows.map(row => ({ ...row, next_due: timesOf(row, now).next().toDate() }));
  });
}

/**
 * Enqueues what has become due since it was last looked. Times that were missed while no server ran count once, together: a bench that was off for a week is not
 * given seven nights at once. Several servers may look.
 * @returns how many schedules were due
 */
export function enqueueDue(database: Database): Promise<number> {
  return database.transaction(async transaction => {
    const { query } = transaction;
    const now = await nowOf(transaction);
    const rows = await query<Schedule & { jobs: NewJob[]; made_by: string; last_due: Date }>(
      'select name, cron, timezone, jobs, made_by, last_due from farm.schedules order by name for update skip locked',
    );
    let due = 0;
    for (const { jobs, made_by, last_due, ...schedule } of rows) {
      /* prev() is before the time it is given: a time that has come this very millisecond is due. */
      const latest = timesOf(schedule, new Date(now.getTime() + 1))
        .prev()
        .toDate();
      if (latest <= last_due) continue;
      due += 1;
      await query('update farm.schedules set last_due = $2 where name = $1', [schedule.name, latest]);
      await audit(transaction, 'farm', 'schedule-due', `schedule ${schedule.name}`, {
        at: latest.toISOString(),
      });
      for (const job of jobs) await createJob(database, transaction, made_by, job, schedule.name);
    }
    if (due > 0) await tellReady(transaction);
    return due;
  });
}

/** Folds the counts of `/metrics`, where they have become many rows. */
export const foldTallies = (database: Database, most = fewChanges): Promise<void> =>
  database.transaction(async ({ query }) => {
    await query(foldChanges, [most]);
  });
