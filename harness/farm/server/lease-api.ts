import { z } from 'zod';
import { deviceSchema, nameSchema, wantSchema } from '../jobs/spec.js';
import { beatForCommand, endForCommand, leaseForCommand } from '../store/command-leases.js';
import { type Endpoint, endpoint } from './endpoint.js';

/** Longest that a request waits for a device, seconds: shorter than proxies wait. */
const longestWaitSeconds = 25;
const lease = z.strictObject({ fence: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER) });

/** Devices that are held while a command of somebody else's runs, as a pipeline's. */
export const leaseApi: readonly Endpoint[] = [
  endpoint({
    method: 'POST',
    path: '/leases',
    role: 'operator',
    summary:
      'Holds a device that fits while a command runs; null where none is free in time; the same request again gets the same device',
    body: z.strictObject({
      want: wantSchema.partial({ board: true }),
      request: z.uuid(),
      waitSeconds: z.number().min(0).max(longestWaitSeconds),
    }),
    answer: deviceSchema
      .extend({ bench: nameSchema, fence: z.number(), leaseSeconds: z.number() })
      .nullable(),
    act: async ({ context, identity, body, signal }) => {
      const { database, leaseSeconds } = context;
      const end = performance.now() + body.waitSeconds * 1000;
      for (;;) {
        await context.listening.expire();
        const left = end - performance.now();
        const next = left > 0 ? context.ready(left, signal) : undefined;
        if (signal.aborted) return null;
        const held = await leaseForCommand(database, identity.name, body.want, body.request, leaseSeconds);
        if (held !== undefined) return held;
        if (next === undefined) return null;
        await next;
      }
    },
  }),
  endpoint({
    method: 'POST',
    path: '/leases/:fence/heartbeat',
    role: 'operator',
    summary: 'The command still runs',
    params: lease,
    act: async ({ context: { database, leaseSeconds, listening }, identity, params }) => {
      await listening.hear();
      await beatForCommand(database, identity.name, params.fence, leaseSeconds);
    },
  }),
  endpoint({
    method: 'DELETE',
    path: '/leases/:fence',
    role: 'operator',
    summary: "Gives a command's device back; again changes nothing",
    params: lease,
    answer: z.strictObject({ ended: z.boolean() }),
    act: async ({ context: { database }, identity, params }) => ({
      ended: await endForCommand(database, identity.name, params.fence),
    }),
  }),
];
