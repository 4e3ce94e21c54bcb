import { z } from 'zod';
import { startSpan } from '../../host/trace.js';
import { runRecordSchema } from '../../record/run-record.js';
import { deviceSchema, nameSchema, sha256Schema, specSchema } from '../jobs/spec.js';
import { traceOf } from '../jobs/trace.js';
import { announce, leave } from '../store/benches.js';
import { type Claimed, claim } from '../store/claim.js';
import { heartbeat } from '../store/leases.js';
import { settle } from '../store/settle.js';
import { type Endpoint, endpoint } from './endpoint.js';

const uuid = z.uuid();
const attemptParams = z.strictObject({ id: uuid });
const fence = z.number().int().positive();

/** Longest that a claim waits for a job, seconds: shorter than proxies wait. */
const longestWaitSeconds = 25;
/** A worker that is not heard of for this many lease times is gone: another process may speak for its benches. */
const presenceLeases = 1.5;
/** Largest run record and largest artefact, bytes: a recording of a whole campaign is the largest. */
export const largestRecord = 32 * 2 ** 20;
const largestArtefact = 2 * 2 ** 30;

export const failureSchema = z.strictObject({
  cause: z.enum(['bench', 'dut', 'input', 'cancelled']),
  code: z.string().regex(/^LF_[A-Z_]{1,60}$/, 'an error code'),
  message: z.string().max(4000),
});

export const filesSchema = z
  .array(
    z.strictObject({
      name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/, 'a name without a path'),
      sha256: sha256Schema,
    }),
  )
  .max(1000);

export const settlementSchema = z.strictObject({
  fence,
  failure: failureSchema.optional(),
  record: runRecordSchema.optional(),
  files: filesSchema,
});

export const claimedSchema = z.strictObject({
  attempt: uuid,
  job: uuid,
  name: z.string(),
  device: nameSchema,
  fence,
  leaseSeconds: z.number().positive(),
  isPowerCycled: z.boolean(),
  spec: specSchema,
  /* W3C Trace Context: the span that what is done for the job belongs to. */
  traceparent: z.string().max(55).optional(),
});

/** The span of a claim that was answered. @returns the parent of what the worker does */
function tracedClaim({ job, attempt, device, fence: lease }: Claimed, bench: string, startedAt: Date) {
  const span = startSpan('claim', {
    parent: traceOf(job),
    startedAt,
    attributes: {
      'littlefirst.attempt': attempt,
      'littlefirst.device': `${bench}/${device}`,
      'littlefirst.fence': lease,
    },
  });
  span.end();
  return span.traceparent;
}

export const workerApi: readonly Endpoint[] = [
  endpoint({
    method: 'POST',
    path: '/benches/announce',
    role: 'worker',
    summary: 'A worker says what one of its benches has, and keeps it its own',
    body: z.strictObject({
      bench: nameSchema,
      session: uuid,
      version: z.string().max(60),
      devices: z.array(deviceSchema).max(256),
      problems: z.array(z.string().max(1000)).max(50),
      examination: uuid.optional(),
    }),
    answer: z.strictObject({
      leaseSeconds: z.number(),
      isQuarantined: z.boolean(),
      held: z.array(nameSchema),
    }),
    act: async ({ context: { database, leaseSeconds }, identity, body }) => {
      const found = await announce(database, identity, body, leaseSeconds * presenceLeases);
      return { leaseSeconds, ...found };
    },
  }),
  endpoint({
    method: 'POST',
    path: '/benches/leave',
    role: 'worker',
    summary: 'A worker ends in good order',
    body: z.strictObject({ session: uuid }),
    act: ({ context, identity, body }) => leave(context.database, identity, body.session),
  }),
  endpoint({
    method: 'POST',
    path: '/claims',
    role: 'worker',
    summary:
      'The next job for a bench, with a lease on the device that it is for; null where none comes in time',
    body: z.strictObject({
      bench: nameSchema,
      session: uuid,
      waitSeconds: z.number().min(0).max(longestWaitSeconds),
      /* Grows with each claim of a process that was answered: the same again, after an answer that was lost, gets the same job. */
      claim: z.number().int().positive().max(Number.MAX_SAFE_INTEGER).optional(),
    }),
    answer: claimedSchema.nullable(),
    act: async ({ context, identity, body, signal }) => {
      const { database, leaseSeconds } = context;
      const end = performance.now() + body.waitSeconds * 1000;
      for (;;) {
        await context.listening.expire();
        const left = end - performance.now();
        const next = left > 0 ? context.ready(left, signal) : undefined;
        const bench = { name: body.bench, session: body.session, claim: body.claim };
        if (signal.aborted) return null;
        const startedAt = new Date();
        const claimed = await claim(database, identity, bench, leaseSeconds);
        if (claimed !== undefined)
          return { ...claimed, traceparent: tracedClaim(claimed, bench.name, startedAt) };
        if (next === undefined) return null;
        await next;
      }
    },
  }),
  endpoint({
    method: 'POST',
    path: '/attempts/:id/heartbeat',
    role: 'worker',
    summary: 'A worker still holds its lease; told whether its job is to be ended',
    params: attemptParams,
    body: z.strictObject({ fence }),
    answer: z.strictObject({ isCancelWanted: z.boolean() }),
    act: ({ context: { database, leaseSeconds, listening }, identity, params, body }) =>
      listening.take(() =>
        heartbeat(database, identity.token, { attempt: params.id, fence: body.fence }, leaseSeconds),
      ),
  }),
  endpoint({
    method: 'POST',
    path: '/attempts/:id/settle',
    role: 'worker',
    summary: 'How an attempt ended; the same again changes nothing. Its files are stored before',
    params: attemptParams,
    body: settlementSchema,
    mostBytes: largestRecord,
    answer: z.strictObject({ settled: z.enum(['counted', 'failed', 'repeated', 'superseded']) }),
    act: async ({ context: { database }, identity, params, body, request }) => {
      const { traceparent } = request.headers;
      const span = startSpan('ledger', { parent: typeof traceparent === 'string' ? traceparent : undefined });
      try {
        const settled = await settle(database, identity.token, { attempt: params.id, ...body });
        span.end({ 'littlefirst.settled': settled });
        return { settled };
      } catch (error) {
        span.end({}, error);
        throw error;
      }
    },
  }),
  endpoint({
    method: 'POST',
    path: '/artefacts/missing',
    role: ['worker', 'operator'],
    summary: 'Which of some artefacts are not here',
    body: z.strictObject({ sha256: z.array(sha256Schema).max(1000) }),
    answer: z.strictObject({ missing: z.array(sha256Schema) }),
    act: async ({ context, body }) => ({ missing: await context.artefacts.missing(body.sha256) }),
  }),
  endpoint({
    method: 'PUT',
    path: '/artefacts/:sha256',
    role: ['worker', 'operator'],
    summary: 'Stores a file under the SHA-256 of its content, which is checked',
    params: z.strictObject({ sha256: sha256Schema }),
    body: 'bytes',
    mostBytes: largestArtefact,
    act: async ({ context, params, request }) => {
      await context.artefacts.put(
        params.sha256,
        request.body as NodeJS.ReadableStream as never,
        largestArtefact,
      );
    },
  }),
];
