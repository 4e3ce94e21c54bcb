import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { LittlefirstError } from '../../errors.js';
import { sha256Schema } from '../jobs/spec.js';
import { jobsOfRequest, mostJobs } from '../store/jobs.js';
import * as read from '../store/read.js';
import { watchJobs } from '../store/watch-jobs.js';
import { type Endpoint, endpoint } from './endpoint.js';

const limit = z.strictObject({ limit: z.coerce.number().int().min(1).max(1000).default(100) });

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new LittlefirstError('LF_FARM_REFUSED', `There is no ${what}`);
  return value;
}

/** Longest that a question for news waits for some, seconds: shorter than proxies wait. */
const longestWaitSeconds = 25;
/** Between two looks for news, milliseconds: the least, and for each job that is looked for. */
const [lookMilliseconds, lookMillisecondsPerJob] = [500, 0.5];

export const viewerApi: readonly Endpoint[] = [
  endpoint({
    method: 'GET',
    path: '/fleet',
    role: 'viewer',
    summary: 'Every device: what it is, how its bench is, who holds it since when',
    act: ({ context }) => read.fleet(context.database),
  }),
  endpoint({
    method: 'GET',
    path: '/jobs',
    role: 'viewer',
    summary: 'Jobs, the newest first',
    query: limit.extend({
      nightly: z.string().max(200).optional(),
      state: z.enum(['queued', 'running', 'done', 'error', 'cancelled']).optional(),
    }),
    act: ({ context, query }) => read.jobs(context.database, query),
  }),
  endpoint({
    method: 'GET',
    path: '/jobs/:id',
    role: 'viewer',
    summary: 'A job with everything that happened to it',
    params: z.strictObject({ id: z.uuid() }),
    act: async ({ context: { database }, params }) => ({
      ...found(await read.jobOf(database, params.id), `job ${params.id}`),
      audit: await read.auditOf(database, `job ${params.id}`, 1000),
    }),
  }),
  endpoint({
    method: 'POST',
    path: '/jobs/watch',
    role: 'viewer',
    summary:
      'What has become of jobs since the lines of the audit log that the caller knows; waits until something has, changes nothing',
    body: z.strictObject({
      jobs: z
        .array(z.strictObject({ id: z.uuid(), after: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER) }))
        .min(1)
        .max(mostJobs),
      waitSeconds: z.number().min(0).max(longestWaitSeconds),
    }),
    mostBytes: 2 * 2 ** 20,
    act: async ({ context: { database }, body, signal }) => {
      const end = performance.now() + body.waitSeconds * 1000;
      const between = Math.max(lookMilliseconds, body.jobs.length * lookMillisecondsPerJob);
      for (;;) {
        const seen = await watchJobs(database, body.jobs);
        const left = end - performance.now();
        if (seen.transitions.length + seen.ended.length > 0 || left <= 0 || signal.aborted) return seen;
        await pause(Math.min(left, between), undefined, { signal }).catch(() => undefined);
      }
    },
  }),
  endpoint({
    method: 'GET',
    path: '/requests',
    role: 'viewer',
    summary: 'The jobs that this token has enqueued with a key, in order',
    query: z.strictObject({ key: z.string().min(1).max(200) }),
    answer: z.strictObject({ jobs: z.array(z.uuid()) }),
    act: async ({ context: { database }, identity, query }) => ({
      jobs: await jobsOfRequest(database, identity.name, query.key),
    }),
  }),
  endpoint({
    method: 'GET',
    path: '/runs',
    role: 'viewer',
    summary: 'Runs, the newest first, with their files',
    query: limit,
    act: ({ context, query }) => read.runs(context.database, query.limit),
  }),
  endpoint({
    method: 'GET',
    path: '/series',
    role: 'viewer',
    summary: 'Every series: one block of one bench, night after night',
    query: limit,
    act: ({ context, query }) => read.series(context.database, query.limit),
  }),
  endpoint({
    method: 'GET',
    path: '/series/:id',
    role: 'viewer',
    summary: 'A series and its newest points, oldest first',
    params: z.strictObject({ id: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER) }),
    query: limit,
    act: async ({ context: { database }, params, query }) => ({
      ...found(await read.seriesById(database, String(params.id)), `series ${params.id}`),
      points: await read.pointsOf(database, String(params.id), query.limit),
    }),
  }),
  endpoint({
    method: 'GET',
    path: '/audit',
    role: 'viewer',
    summary: 'What was done, the newest first',
    query: limit,
    act: ({ context, query }) => read.auditOf(context.database, undefined, query.limit),
  }),
  endpoint({
    method: 'GET',
    path: '/artefacts/:sha256',
    role: 'viewer',
    summary: 'A file by the SHA-256 of its content',
    params: z.strictObject({ sha256: sha256Schema }),
    act: async ({ context, params, reply }) => {
      const { content, bytes } = found(await context.artefacts.open(params.sha256), 'such artefact');
      return reply.type('application/octet-stream').header('content-length', bytes).send(content);
    },
  }),
];
