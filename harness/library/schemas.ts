import { z } from 'zod';
import { boardSchema } from '../campaign/bench/boards.js';
import { benchSchema, flasherSchema, flasherWords } from '../campaign/bench/schema.js';
import { mlperfBenchSchema } from '../campaign/mlperf/bench-file.js';
import { nightlySchema } from '../farm/jobs/nightly-schema.js';
import { workerSchema } from '../farm/worker/config.js';
import { chipSchema } from '../measure/chip/schema.js';
import { bundleSchema } from '../model/bundle/schema.js';
import { journalSchemas } from '../record/journal/schema.js';
import { currentRunSchema } from '../record/run-record.js';
import { targetSchema } from '../record/targets.js';
import { externalFlasherSchema } from '../wire/flash/config.js';

/** What is written down, by the name of its JSON Schema. */
const schemas = {
  bench: z.union([benchSchema, mlperfBenchSchema]),
  board: boardSchema,
  chip: chipSchema,
  bundle: bundleSchema,
  targets: targetSchema.array(),
  nightly: nightlySchema,
  worker: workerSchema,
  run: currentRunSchema,
  journal: z.union(Object.values(journalSchemas)),
};

export type SchemaName = keyof typeof schemas;
export const schemaNames = Object.keys(schemas) as SchemaName[];

const titles: Readonly<Record<SchemaName, string>> = {
  bench: 'littlefirst bench file',
  board: 'littlefirst board',
  chip: 'littlefirst chip profile',
  bundle: 'littlefirst bundle.yaml',
  targets: 'littlefirst targets, as for check --targets',
  nightly: 'littlefirst nightly, as for farm enqueue',
  worker: 'littlefirst worker file, as for farm worker',
  run: 'littlefirst run record, run.json',
  journal: 'one line of a littlefirst journal, journal.ndjson',
};

/**
 * The JSON Schema (draft 7, which editors' YAML servers read) of a file, made from the schema that the program itself checks with. Rules that
 * join several keys, as "exactly one of atLeast and atMost", are in the program only.
 */
export function jsonSchema(name: SchemaName): Record<string, unknown> {
  const schema = z.toJSONSchema(schemas[name], {
    target: 'draft-7',
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema: json }) => {
      const inner = zodSchema._zod.def.type === 'pipe' && zodSchema === flasherSchema;
      if (!inner) return;
      const tool = z.toJSONSchema(externalFlasherSchema, {
        target: 'draft-7',
        io: 'input',
        unrepresentable: 'any',
      });
      delete tool.$schema;
      Object.assign(json, { anyOf: [{ enum: flasherWords.options }, tool] });
    },
  });
  return { title: titles[name], ...schema };
}
