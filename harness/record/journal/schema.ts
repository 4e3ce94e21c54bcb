import { z } from 'zod';
import { chipSchema } from '../../measure/chip/schema.js';
import type { Complete } from '../complete.js';
import { conditionsSchema } from '../conditions.js';
import { meterIdentitySchema } from '../meter-schema.js';
import { scheduleSearchSchema } from '../schedule-search.js';
import { targetSchema } from '../targets.js';
import type { JournalRecord } from './records.js';

/**
 * The schema of every record of a journal: nothing that a file says is believed before it passed. Objects are strict, numbers finite;
 * what one record means beside others (continuity, plan) is `check.ts`.
 */

type Kind = JournalRecord['kind'];
type RecordOf<K extends Kind> = Extract<JournalRecord, { kind: K }>;

/**
 * The fields that say something of the host or the hour instead of the bench: times, identifiers drawn anew for each run, and the running hash, which
 * follows from them. Whoever compares two runs leaves them out (`canonical.ts`).
 */
export const hostFields = z.registry<{ of: 'time' | 'identity' | 'hash' | 'host' }>();

const text = z.string();
const time = z.iso.datetime().register(hostFields, { of: 'time' });
/** An identifier that is drawn for a run. */
const drawn = z.string().register(hostFields, { of: 'identity' });
const count = z.number().int().min(0);
const amount = z.number().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits');
const runningHash = sha256.optional().register(hostFields, { of: 'hash' });
/** Class of a window; 255: not scored, or a score instead of a class. */
const label = z.number().int().min(0).max(255);
const score = z.number().int().min(0).max(4_294_967_295);
const numbers = z.array(z.number());
const cycles = z.array(count.nullable());
const valid = z.union([z.literal(true), text.min(1)]);
const invalidity = z.enum(['method', 'meter', 'broken']).optional();
const stageLevel = { name: text, mV: amount, Hz: amount };
const level = z.strictObject({
  ...stageLevel,
  stages: z.strictObject({ gate: z.strictObject(stageLevel), big: z.strictObject(stageLevel) }).optional(),
});
const readBack = z.strictObject({ mV: amount, Hz: amount, registers: text });
const key = z.strictObject({ board: text, chip: text, level, bundle: text, strategy: text });
const energyKind = z.enum(['none', 'modelled', 'measured', 'indicative', 'replayed']);
const common = { t: time };
const inBlock = { ...common, block: count };
/** Of the lines that carry the running hash (`chain.ts`); journals of schema 1 have none. */
const chained = { ...common, sha256: runningHash };

const provenance = z.strictObject({
  energy: energyKind,
  harness: z.strictObject({ version: text, commit: text, dirty: z.boolean() }),
  firmware: z.array(z.strictObject({ sha256: text, board: text, compiler: text })).min(1),
  models: z.array(z.strictObject({ bundle: text, name: text, sha256: text, macs: count, bytes: count })),
  dataset: z.strictObject({
    name: text,
    split: text,
    order: text,
    windows: count.min(1),
    sha256: text,
    caution: text.optional(),
  }),
  meter: meterIdentitySchema,
  chip: z.array(z.strictObject({ name: text, sha256: text })).min(1),
  host: z.strictObject({ platform: text, node: text, cpu: text }).register(hostFields, { of: 'host' }),
});

function schemaOf<K extends Kind, S extends z.ZodObject>(_kind: K, schema: S & Complete<RecordOf<K>, S>): S {
  return schema;
}

/** One schema a kind of record. */
export const journalSchemas = {
  campaign: schemaOf(
    'campaign',
    z.strictObject({
      kind: z.literal('campaign'),
      ...chained,
      schema: z.enum(['littlefirst.journal/1', 'littlefirst.journal/2']),
      id: z.string().min(1).register(hostFields, { of: 'identity' }),
      bench: z.unknown(),
      targets: targetSchema.array().optional(),
      lease: z
        .strictObject({ fence: z.number().int().positive(), attempt: z.uuid() })
        .optional()
        .register(hostFields, { of: 'identity' }),
      coldStart: z.enum(['new', 'power', 'restart', 'none']).optional(),
      leftOut: z.array(text).optional(),
      searches: scheduleSearchSchema.array().optional(),
      waived: z.array(text).optional(),
      conditions: conditionsSchema.optional(),
      provenance,
      labels: z.array(text).min(1),
      truth: z.array(label).min(1),
      transitions: z.array(count).optional(),
      subjects: z.array(count),
      people: z.array(text.min(1)).optional(),
      resets: z.array(count),
      passes: z.number().int().min(1).optional(),
      plan: z.array(key).optional(),
      periodSeconds: amount,
      model: z
        .strictObject({ ambientCelsius: z.number(), chips: z.array(chipSchema.extend({ sha256: text })) })
        .optional(),
      replayOf: z.strictObject({ id: drawn, energy: energyKind }).optional(),
      batteries: z
        .array(z.strictObject({ name: text, joules: z.number().positive(), source: text }))
        .optional(),
      thirdParty: z
        .strictObject({
          protocol: z.literal('mlperf-tiny'),
          name: text,
          profile: text,
          model: text,
          truth: z.array(count),
          inputs: count.optional(),
        })
        .optional(),
    }),
  ),
  golden: schemaOf(
    'golden',
    z.strictObject({
      kind: z.literal('golden'),
      ...chained,
      bundle: text,
      strategy: text,
      labels: z.array(label),
      nets: z.array(count),
      macs: z.array(count),
      big: z.array(z.union([z.literal(0), z.literal(1)])),
      outputs: z.array(numbers).optional(),
      tolerance: amount.optional(),
      scores: z.array(score).optional(),
      scoreUnit: z.strictObject({ of: text, factor: z.number().positive(), offset: z.number() }).optional(),
    }),
  ),
  'block-start': schemaOf(
    'block-start',
    z.strictObject({
      kind: z.literal('block-start'),
      ...inBlock,
      attempt: z.number().int().min(1),
      pass: z.number().int().min(1).optional(),
      key,
    }),
  ),
  identity: schemaOf(
    'identity',
    z.strictObject({
      kind: z.literal('identity'),
      ...inBlock,
      nonce: drawn,
      image: text,
      blob: text,
      bundle: text,
      level: readBack,
      flashed: z.strictObject({ image: text, blob: text }).optional(),
      resetReason: text.optional(),
      since: z.string().optional().register(hostFields, { of: 'identity' }),
    }),
  ),
  windows: schemaOf(
    'windows',
    z.strictObject({
      kind: z.literal('windows'),
      ...inBlock,
      from: count,
      labels: z.array(label),
      path: text.regex(/^[gb]*$/, 'one "g" or "b" a window'),
      nets: z.array(count),
      gateCycles: cycles,
      bigCycles: cycles,
      otherCycles: cycles,
      unquiet: count.optional(),
      stages: z
        .strictObject({
          gate: readBack,
          big: readBack,
          changes: count,
          failed: count,
          microseconds: count,
          cycles: count.nullable(),
        })
        .optional(),
      earlyCycles: z.strictObject({ gate: count, big: count, other: count }).optional(),
      outputs: z.array(numbers).optional(),
      seconds: z.array(amount.nullable()).optional(),
      scores: z.array(score).optional(),
      iterations: z.number().int().min(1).optional(),
      loop: z
        .strictObject({
          inputs: z.number().int().min(1),
          inferences: z.number().int().min(1),
          gateRuns: count,
          bigRuns: count,
          labelsCrc32: z.string().regex(/^[0-9a-f]{8}$/),
        })
        .optional(),
    }),
  ),
  energy: schemaOf(
    'energy',
    z.strictObject({
      kind: z.literal('energy'),
      ...inBlock,
      from: count,
      gateMicrojoules: numbers,
      bigMicrojoules: numbers,
      otherMicrojoules: numbers,
      gateSeconds: z.array(amount),
      bigSeconds: z.array(amount),
      otherSeconds: z.array(amount),
    }),
  ),
  'block-energy': schemaOf(
    'block-energy',
    z.strictObject({
      kind: z.literal('block-energy'),
      ...inBlock,
      idleMicrowatts: z.number(),
      idle: z
        .strictObject({
          microwatts: z.number(),
          beforeMicrowatts: z.number().nullable(),
          afterMicrowatts: z.number().nullable(),
          seconds: amount,
          stretches: count,
          degrees: amount,
          terms: z.array(
            z.strictObject({ term: text, microwatts: amount, kind: z.enum(['A', 'B']), source: text }),
          ),
        })
        .optional(),
      baselineSeconds: amount.optional(),
      ranges: z.array(z.strictObject({ range: count, microjoules: z.number() })).optional(),
      uncertainty: z.array(
        z.strictObject({ term: text, microjoules: amount, kind: z.enum(['A', 'B']), source: text }),
      ),
      waking: z
        .strictObject({
          microjoules: z.number(),
          sigmaMicrojoules: amount,
          from: z.enum(['edges', 'baseline']),
        })
        .optional(),
      markerDelay: z
        .strictObject({
          seconds: z.number(),
          sigma: amount,
          edges: count,
          risesBefore: z.number().optional(),
          risesSigma: amount.optional(),
        })
        .optional(),
      samples: count,
      lostSamples: count,
      unwatchedSamples: count.optional(),
      saturatedSamples: count,
      problems: z.array(text),
      temperatureCelsius: z.number().optional(),
      effectiveResolutionAmps: amount.optional(),
      recording: z
        .strictObject({
          name: text.regex(/^recordings\/[A-Za-z0-9][A-Za-z0-9._-]*$/, 'a file below recordings/'),
          bytes: count,
          sha256,
        })
        .optional(),
    }),
  ),
  trace: schemaOf(
    'trace',
    z.strictObject({
      kind: z.literal('trace'),
      ...inBlock,
      seconds: numbers,
      amperes: numbers,
      marker: z.array(z.number().int().min(0).max(3)),
      volts: z.number().positive().optional(),
    }),
  ),
  'block-end': schemaOf(
    'block-end',
    z.strictObject({
      kind: z.literal('block-end'),
      ...inBlock,
      sha256: runningHash,
      pass: z.number().int().min(1).optional(),
      valid,
      invalidity,
    }),
  ),
  fault: schemaOf(
    'fault',
    z.strictObject({
      kind: z.literal('fault'),
      ...common,
      block: count.optional(),
      code: text,
      message: text,
      action: text,
    }),
  ),
  'known-load': schemaOf(
    'known-load',
    z.strictObject({
      kind: z.literal('known-load'),
      ...chained,
      when: z.enum(['start', 'end']),
      blocks: z.array(count),
      ohms: z.number().positive(),
      tolerance: amount,
      expectedAmps: z.number().nullable(),
      measuredAmps: z.number().nullable(),
      u95Amps: amount.nullable(),
      samples: count,
      millivolts: z.number().positive().optional(),
      isApplied: z.boolean().optional(),
      range: count.optional(),
      valid,
    }),
  ),
  finish: schemaOf(
    'finish',
    z.strictObject({
      kind: z.literal('finish'),
      ...chained,
      outcome: z.enum(['complete', 'aborted']),
    }),
  ),
} satisfies { [K in Kind]: z.ZodObject };

/** Whether a text is the kind of a record. */
export function isKind(kind: unknown): kind is Kind {
  return typeof kind === 'string' && Object.hasOwn(journalSchemas, kind);
}
