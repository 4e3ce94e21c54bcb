import { z } from 'zod';
import { LittlefirstError } from '../../errors.js';
import { alarmById, alarmMarkdown, alarms, alarmsJunit } from '../series/alarm.js';
import { annotate, lastNight, watched } from '../series/read.js';
import { type Endpoint, endpoint } from './endpoint.js';

const id = z.strictObject({ id: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER) });

export const seriesApi: readonly Endpoint[] = [
  endpoint({
    method: 'GET',
    path: '/series/:id/watch',
    role: 'viewer',
    summary: 'Nights of a series with levels, suspicions, annotations, the twin, and the offset of a swap',
    params: id,
    act: ({ context: { database }, params }) =>
      database.transaction(transaction => watched(transaction, String(params.id))),
  }),
  endpoint({
    method: 'POST',
    path: '/series/:id/annotations',
    role: 'operator',
    summary: 'Writes a note to a series, or accepts what has changed from a time on',
    params: id,
    body: z.strictObject({
      at: z.iso.datetime(),
      kind: z.enum(['note', 'accepted']),
      body: z.string().min(1).max(2000),
    }),
    act: ({ context, identity, params, body }) =>
      annotate(context.database, identity.name, String(params.id), { ...body, at: new Date(body.at) }),
  }),
  endpoint({
    method: 'GET',
    path: '/matrix',
    role: 'viewer',
    summary: "Last night: each series' newest run and whether a step was suspected",
    act: ({ context: { database } }) => database.transaction(lastNight),
  }),
  endpoint({
    method: 'GET',
    path: '/alarms',
    role: 'viewer',
    summary: 'Confirmed regressions, the newest first',
    query: z.strictObject({ limit: z.coerce.number().int().min(1).max(1000).default(100) }),
    act: ({ context: { database }, query }) =>
      database.transaction(transaction => alarms(transaction, query.limit)),
  }),
  endpoint({
    method: 'GET',
    path: '/alarms/:id',
    role: 'viewer',
    summary: 'A confirmed regression, also as Markdown and as JUnit XML',
    params: id,
    act: async ({ context: { database }, params }) => {
      const alarm = await database.transaction(transaction => alarmById(transaction, params.id));
      if (alarm === undefined)
        throw new LittlefirstError('LF_FARM_REFUSED', `There is no alarm ${params.id}`);
      return { ...alarm, markdown: alarmMarkdown(alarm), junit: alarmsJunit([alarm]) };
    },
  }),
];
