import { z } from 'zod';
import { runRecordSchema } from '../../record/run-record.js';
import { nameSchema } from '../jobs/spec.js';
import { exportRuns, importRun } from '../store/exchange.js';
import { type Endpoint, endpoint } from './endpoint.js';
import { filesSchema, largestRecord } from './worker-api.js';

const ledgerLineSchema = z.strictObject({
  schema: z.literal('littlefirst.ledger/1'),
  bench: nameSchema,
  record: runRecordSchema,
  files: filesSchema,
});

/** Runs that are given or taken at once. */
const mostLines = 100;

/** What a ledger gives and takes, run by run. */
export const ledgerApi: readonly Endpoint[] = [
  endpoint({
    method: 'GET',
    path: '/ledger',
    role: 'viewer',
    summary: 'Runs with their records, in the order of their ids: a page, and where the next one begins',
    query: z.strictObject({
      after: z.string().max(200).default(''),
      limit: z.coerce.number().int().min(1).max(mostLines).default(20),
    }),
    act: async ({ context, query: { after, limit } }) => {
      const lines = await exportRuns(context.database, after, limit);
      return { lines, next: lines.length < limit ? null : lines.at(-1)!.record.id };
    },
  }),
  endpoint({
    method: 'POST',
    path: '/ledger',
    role: 'operator',
    summary:
      'Takes runs of another ledger or of run folders, each once; of their files those whose content is here',
    body: z.strictObject({ lines: z.array(ledgerLineSchema).min(1).max(mostLines) }),
    mostBytes: largestRecord,
    answer: z.strictObject({ added: z.number(), known: z.number(), missing: z.array(z.string()) }),
    act: async ({ context, identity, body }) => {
      const hashes = body.lines.flatMap(({ files }) => files.map(({ sha256 }) => sha256));
      const missing = new Set(await context.artefacts.missing(hashes));
      let added = 0;
      for (const line of body.lines) {
        const files = line.files.filter(({ sha256 }) => !missing.has(sha256));
        if (await importRun(context.database, identity.name, { ...line, files })) added += 1;
      }
      return { added, known: body.lines.length - added, missing: [...missing] };
    },
  }),
];
