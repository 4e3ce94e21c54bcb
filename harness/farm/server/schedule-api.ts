import { z } from 'zod';
import { nightlySchema } from '../jobs/nightly-schema.js';
import { jobSchema } from '../jobs/spec.js';
import { putSchedule, removeSchedule, schedules } from '../store/schedules.js';
import { type Endpoint, endpoint } from './endpoint.js';
import { checkArtefacts } from './operator-api.js';

/** Jobs of one schedule at most: they are enqueued in one transaction. */
const mostJobs = 1000;
const params = z.strictObject({ name: nightlySchema.shape.name });

export const scheduleApi: readonly Endpoint[] = [
  endpoint({
    method: 'GET',
    path: '/schedules',
    role: 'viewer',
    summary: 'Nightlies that are enqueued again and again, and when next',
    act: ({ context }) => schedules(context.database),
  }),
  endpoint({
    method: 'PUT',
    path: '/schedules/:name',
    role: 'operator',
    summary: 'Enqueues jobs whenever a cron expression says so; times that were missed count once',
    params,
    body: z.strictObject({
      cron: z.string().min(9).max(200),
      timezone: z.string().min(1).max(64).default('UTC'),
      jobs: z.array(jobSchema).min(1).max(mostJobs),
    }),
    mostBytes: 8 * 2 ** 20,
    act: async ({ context, identity, params: { name }, body: { jobs, ...when } }) => {
      await checkArtefacts(context, jobs);
      await putSchedule(context.database, identity.name, { name, ...when }, jobs);
    },
  }),
  endpoint({
    method: 'DELETE',
    path: '/schedules/:name',
    role: 'operator',
    summary: 'Ends a schedule; what it has enqueued stays',
    params,
    answer: z.strictObject({ removed: z.boolean() }),
    act: async ({ context, identity, params: { name } }) => ({
      removed: await removeSchedule(context.database, identity.name, name),
    }),
  }),
];
