import { z } from 'zod';
import { LittlefirstError } from '../../errors.js';
import { jobSchema, type NewJob, nameSchema } from '../jobs/spec.js';
import { changeBench } from '../store/benches.js';
import { cancelJob, createJobs, mostJobs } from '../store/jobs.js';
import { giveBack, reserve } from '../store/leases.js';
import { createToken, revokeToken, roles } from '../store/tokens.js';
import { type Endpoint, endpoint, type FarmContext } from './endpoint.js';

const device = z.strictObject({ bench: nameSchema, device: nameSchema });
const reason = z.string().min(1).max(500);
/** Longest reservation, seconds: four weeks. */
const longestReservation = 28 * 86_400;

const change = (name: 'drain' | 'undrain' | 'quarantine' | 'release', summary: string): Endpoint =>
  endpoint({
    method: 'POST',
    path: `/benches/:bench/${name}`,
    role: 'operator',
    summary,
    params: z.strictObject({ bench: nameSchema }),
    body: z.strictObject({ reason }),
    act: ({ context, identity, params, body }) =>
      changeBench(context.database, identity.name, params.bench, name, body.reason),
  });

/** A job names only files that are here. @throws LF_FARM_REFUSED */
export async function checkArtefacts({ artefacts }: FarmContext, jobs: readonly NewJob[]): Promise<void> {
  const named = jobs.flatMap(({ spec }) => [spec.bundleSha256, spec.firmwareSha256]);
  const [lacking] = await artefacts.missing([...new Set(named.filter(one => one !== undefined))]);
  if (lacking !== undefined)
    throw new LittlefirstError('LF_FARM_REFUSED', 'A job names a file that is not here', {
      expected: 'the SHA-256 of an artefact that was stored before',
      received: lacking,
    });
}

export const operatorApi: readonly Endpoint[] = [
  endpoint({
    method: 'POST',
    path: '/tokens',
    role: 'operator',
    summary: 'Makes a token, which is shown this once',
    body: z.strictObject({ name: nameSchema, role: z.enum(roles) }),
    answer: z.strictObject({ token: z.string() }),
    act: async ({ context, identity, body }) => ({
      token: await createToken(context.database, identity.name, body.name, body.role),
    }),
  }),
  endpoint({
    method: 'DELETE',
    path: '/tokens/:name',
    role: 'operator',
    summary: 'Makes a token void at once',
    params: z.strictObject({ name: nameSchema }),
    answer: z.strictObject({ revoked: z.boolean() }),
    act: async ({ context, identity, params }) => ({
      revoked: await revokeToken(context.database, identity.name, params.name),
    }),
  }),
  endpoint({
    method: 'POST',
    path: '/jobs',
    role: 'operator',
    summary: 'Puts jobs into the queue; the same key again, after an answer that was lost, changes nothing',
    body: z.strictObject({
      nightly: z.string().min(1).max(200).optional(),
      key: z.string().min(1).max(200).optional(),
      jobs: z.array(jobSchema).min(1).max(mostJobs),
    }),
    mostBytes: 8 * 2 ** 20,
    answer: z.strictObject({ jobs: z.array(z.uuid()) }),
    act: async ({ context, identity, body }) => {
      await checkArtefacts(context, body.jobs);
      const { jobs, ...request } = body;
      return { jobs: await createJobs(context.database, identity.name, jobs, request) };
    },
  }),
  endpoint({
    method: 'POST',
    path: '/jobs/:id/cancel',
    role: 'operator',
    summary: 'Cancels a job: at once where it waits, at the next heartbeat where it runs',
    params: z.strictObject({ id: z.uuid() }),
    answer: z.strictObject({ state: z.enum(['cancelled', 'ending']) }),
    act: async ({ context, identity, params }) => ({
      state: await cancelJob(context.database, identity.name, params.id),
    }),
  }),
  change('drain', 'A bench ends what it runs and takes nothing new'),
  change('undrain', 'A bench takes jobs again'),
  change('quarantine', 'A bench gets no jobs until a person releases it'),
  change('release', 'A bench comes back from quarantine'),
  endpoint({
    method: 'POST',
    path: '/benches/:bench/devices/:device/reservation',
    role: 'operator',
    summary: 'Takes a device for a person: no job gets it meanwhile',
    params: device,
    body: z.strictObject({ seconds: z.number().int().min(1).max(longestReservation) }),
    answer: z.strictObject({ fence: z.number() }),
    act: async ({ context, identity, params, body }) => ({
      fence: await reserve(context.database, identity.name, params, body.seconds),
    }),
  }),
  endpoint({
    method: 'DELETE',
    path: '/benches/:bench/devices/:device/reservation',
    role: 'operator',
    summary: 'Gives a device back',
    params: device,
    act: ({ context, identity, params }) => giveBack(context.database, identity.name, params),
  }),
];
