import { z } from 'zod';
import { conditionsSchema } from './conditions.js';
import { energySchema, figureSchema, savingSchema, upgradeRun } from './energy-figures.js';
import { meterIdentitySchema } from './meter-schema.js';
import { scheduleSearchSchema } from './schedule-search.js';
import { type Metric, metricUnits } from './targets.js';

/**
 * The run record, `run.json` (CONTRACT): what evaluation makes of a journal. Energies in microjoules, cycles in core clock
 * cycles, accuracy as a share 0..1. Figures that cannot be had (no cycle counter, no energy) are null.
 */

/** Windows that are not scored, apart from those that are: what they cost. All means are over the windows of the kind. */
const windowKindSchema = z.strictObject({
  /** `transition`: overlaps a labelled transition between postures; `unlabelled`: the rest of what is not scored. */
  kind: z.enum(['scored', 'transition', 'unlabelled']),
  windows: z.number().int(),
  bigRuns: z.number().int(),
  gateRuns: z.number().int(),
  macsPerWindow: z.number(),
  /** Active energy; null without a meter. */
  energyPerWindow_uJ: z.number().nullable(),
});
export type WindowKind = z.infer<typeof windowKindSchema>;

/** `error`: bench, DUT or meter broke what the verdict is about, so that nothing can be said of it. */
export const verdictSchema = z.enum(['pass', 'fail', 'inconclusive', 'error']);
export type Verdict = z.infer<typeof verdictSchema>;

const median = z.strictObject({ value: z.number(), low: z.number(), high: z.number() });

/** What MLPerf Tiny reports of one mode of a third party's DUT; medians over inputs, with the least and largest. */
const mlperfSchema = z.strictObject({
  /** Inferences between two time stamps. */
  iterations: z.number().int(),
  /** Where several inputs were run in turn between the time stamps: how many, and how often gate and Big ran in one run. */
  loop: z
    .strictObject({
      inputs: z.number().int(),
      inferences: z.number().int(),
      gateRuns: z.number().int(),
      bigRuns: z.number().int(),
      labelsCrc32: z.string(),
    })
    .optional(),
  auc: z.number().nullable(),
  latencyMedian_ms: median.nullable(),
  inferencesPerSecond: z.number().nullable(),
  energyMedian_uJ: median.nullable(),
  /** One value an input, in order: what the medians are of. */
  latencies_ms: z.array(z.number()).optional(),
  energies_uJ: z.array(z.number()).optional(),
  /** What `goldenMismatches` counts: answers with other outputs, with another largest output, or nothing. */
  goldenChecked: z.enum(['no', 'label', 'outputs']).optional(),
});
export type MlperfFigures = z.infer<typeof mlperfSchema>;

const stageLevel = { name: z.string(), mV: z.number(), Hz: z.number() };
const stageReadBack = z.strictObject({ mV: z.number(), Hz: z.number(), registers: z.string() });

export const blockSchema = z.strictObject({
  board: z.string(),
  chip: z.string(),
  level: z.strictObject({
    ...stageLevel,
    /** Where the stages have levels of their own: theirs; the fields above are the gate's then. */
    stages: z.strictObject({ gate: z.strictObject(stageLevel), big: z.strictObject(stageLevel) }).optional(),
  }),
  bundle: z.string(),
  strategy: z.string(),
  windows: z.number().int(),
  /** Windows with a true label; accuracy counts these. */
  scored: z.number().int(),
  correct: z.number().int(),
  accuracy: z.number(),
  accuracyCI95: z.tuple([z.number(), z.number()]),
  /** The same with people as the unit (cluster-robust, Student's t); null for fewer than five. It judges together with the other: the wider counts. */
  accuracyPeopleCI95: z.tuple([z.number(), z.number()]).nullable(),
  /** Scored windows of each person, and how many of them were right; absent where nobody is told apart. */
  people: z
    .array(z.strictObject({ person: z.string(), windows: z.number().int(), correct: z.number().int() }))
    .optional(),
  bigRuns: z.number().int(),
  gateRuns: z.number().int(),
  macsPerWindow: z.number(),
  confusion: z.array(z.array(z.number().int())),
  /** Of all windows, those answered "unknown", a label outside the classes: wrong where there is a true label, in no column of `confusion`. Absent: none. */
  unknown: z.number().int().positive().optional(),
  goldenMismatches: z.number().int(),
  cyclesPerWindow: z
    .strictObject({ mean: z.number(), p50: z.number(), p99: z.number(), gate: z.number(), big: z.number() })
    .nullable(),
  latencyMs: z
    .strictObject({ mean: z.number(), p50: z.number(), p99: z.number(), max: z.number() })
    .nullable(),
  energyPerWindow_uJ: energySchema.nullable(),
  savingVsBigOnly: savingSchema.nullable(),
  averagePower_uW: figureSchema.nullable(),
  batteryDays: z.record(z.string(), figureSchema).nullable(),
  /** Uncertainty budget of the mean energy per window, term by term, k = 1. */
  uncertainty: z.array(
    z.strictObject({
      term: z.string(),
      microjoules: z.number(),
      kind: z.enum(['A', 'B']),
      source: z.string(),
    }),
  ),
  /** Share of the meter's samples whose loss nothing would have shown: unknown, not none. Absent: all were watched. */
  unwatchedShare: z.number().optional(),
  /** Budget of the sleep power, term by term, k = 1, and what it was measured over. */
  sleep: z
    .strictObject({
      seconds: z.number(),
      stretches: z.number().int(),
      beforeMicrowatts: z.number().nullable(),
      afterMicrowatts: z.number().nullable(),
      terms: z.array(
        z.strictObject({
          term: z.string(),
          microwatts: z.number(),
          kind: z.enum(['A', 'B']),
          source: z.string(),
        }),
      ),
    })
    .optional(),
  /** The meter's temperature as read at the end of each pass, degrees Celsius; absent where it tells none. */
  meterCelsius: z.array(z.number()).optional(),
  /** Standard deviation of one of the meter's samples at sleep: its step, uniform, and noise, amperes; the largest of the passes. */
  effectiveResolutionAmps: z.number().optional(),
  /** The raw samples of each pass, as they were closed. */
  recordings: z
    .array(z.strictObject({ name: z.string(), bytes: z.number().int(), sha256: z.string() }))
    .optional(),
  /** Level as the DUT read it back. */
  readBack: stageReadBack.nullable(),
  /**
   * Where the stages have levels of their own: the registers after the last change to each, the changes (two for each window in which Big ran), those that
   * failed, and the time (DUT's clock) and cycles (null without a counter) of all of them; that time and its energy are in Big's part of the windows.
   */
  stages: z
    .strictObject({
      gate: stageReadBack,
      big: stageReadBack,
      changes: z.number().int(),
      failed: z.number().int(),
      microseconds: z.number(),
      cycles: z.number().nullable(),
    })
    .optional(),
  valid: z.union([z.literal(true), z.string()]),
  /**
   * What a block that is not valid lost: `method` (a rule was broken: its energy is left open), `meter` (its energy is an error), `broken`
   * (bench, DUT or meter failed: everything is an error). Answers, accuracy and cycles of the first two count.
   */
  invalidity: z.enum(['method', 'meter', 'broken']).optional(),
  /** What `latencyMs` was timed by: the meter, the core's cycles at the level's clock, or a third party's own clock. */
  latencyFrom: z.enum(['meter', 'cycles', 'dut']).optional(),
  /** Each measurement of the block, where it was measured several times: the block is their mean. */
  passes: z
    .array(
      z.strictObject({
        pass: z.number().int(),
        /** Mean active energy of a window; null without a meter or where the pass is invalid. */
        energyPerWindow_uJ: z.number().nullable(),
        valid: z.union([z.literal(true), z.string()]),
      }),
    )
    .optional(),
  /** Present where some windows are not scored: continuous streams. */
  windowKinds: z.array(windowKindSchema).optional(),
  mlperf: mlperfSchema.optional(),
  /**
   * Of a `score` strategy, in the unit of the network's output (`reconstruction`: squared): area under the ROC curve of label 1, null with windows of
   * one label only, and quantiles over the windows of each label.
   */
  scores: z
    .strictObject({
      of: z.string(),
      auc: z.number().nullable(),
      aucCI95: z.tuple([z.number(), z.number()]).nullable(),
      byLabel: z.array(
        z.strictObject({
          label: z.string(),
          windows: z.number().int(),
          median: z.number(),
          p5: z.number(),
          p95: z.number(),
        }),
      ),
    })
    .optional(),
});
export type Block = z.infer<typeof blockSchema>;

export const targetVerdictSchema = z.strictObject({
  target: z.string(),
  block: z.string(),
  limit: z.number(),
  value: z.number().nullable(),
  u95: z.number().nullable(),
  /** Parts of `u95` where the figure has them. */
  u95Meter: z.number().nullable().optional(),
  u95Model: z.number().nullable().optional(),
  unit: z.string(),
  verdict: verdictSchema,
  reason: z.string(),
  /** What the target bounds, from which side, and the 95 % interval of the value, which need not be symmetric; null above: no upper end. Absent in older records. */
  metric: z.enum(Object.keys(metricUnits) as [Metric, ...Metric[]]).optional(),
  side: z.enum(['atLeast', 'atMost']).optional(),
  ci95: z.tuple([z.number(), z.number().nullable()]).optional(),
});
export type TargetVerdict = z.infer<typeof targetVerdictSchema>;

const energyKindSchema = z.enum(['none', 'modelled', 'measured', 'indicative', 'replayed']);

const firmwareSchema = z.strictObject({ sha256: z.string(), board: z.string(), compiler: z.string() });
const chipSchema = z.strictObject({ name: z.string(), sha256: z.string() });

export const currentRunSchema = z.strictObject({
  schema: z.literal('littlefirst.run/2'),
  id: z.string(),
  startedAt: z.string(),
  finishedAt: z.string(),
  outcome: verdictSchema,
  provenance: z.strictObject({
    /** See `EnergyKind` of the journal. */
    energy: energyKindSchema,
    harness: z.strictObject({ version: z.string(), commit: z.string(), dirty: z.boolean() }),
    /** The first board's image; `firmwares` has all, one a board. Likewise `chip` and `chips`. */
    firmware: firmwareSchema,
    firmwares: z.array(firmwareSchema),
    models: z.array(
      z.strictObject({
        bundle: z.string(),
        name: z.string(),
        sha256: z.string(),
        macs: z.number(),
        bytes: z.number(),
      }),
    ),
    dataset: z.strictObject({
      name: z.string(),
      split: z.string(),
      order: z.string(),
      windows: z.number(),
      sha256: z.string(),
      caution: z.string().optional(),
    }),
    meter: meterIdentitySchema,
    chip: chipSchema,
    chips: z.array(chipSchema),
    host: z.strictObject({ platform: z.string(), node: z.string(), cpu: z.string() }),
  }),
  /** `unchained`: the journal is one of an earlier version, without plan and running hash: that it was not edited cannot be seen. Absent: it has both. */
  integrity: z.literal('unchained').optional(),
  /** How the schedules of strategies with `levels: auto` were found: before the run, on other blocks than its own. */
  searches: z.array(scheduleSearchSchema).optional(),
  /** How intervals and limits make verdicts, by its name. */
  decisionRule: z
    .strictObject({ name: z.string(), guardBand: z.string(), coverage: z.number(), source: z.string() })
    .optional(),
  /** Checks of the suite, and how many of them judge a figure that has an interval. */
  checks: z.strictObject({ total: z.number().int(), withInterval: z.number().int() }).optional(),
  /** What the bench file states of the bench, as read by a person. Absent: nothing. */
  conditions: conditionsSchema.optional(),
  /** The lease of a device farm that the run was made under. */
  lease: z.strictObject({ fence: z.number().int().positive(), attempt: z.uuid() }).optional(),
  /** Rules of the method that the bench waived. */
  waived: z.array(z.string()).optional(),
  /** Targets of the bench file that the command line's choices left nothing to assert on. */
  leftOut: z.array(z.string()).optional(),
  labels: z.array(z.string()),
  periodSeconds: z.number(),
  blocks: z.array(blockSchema),
  verdicts: z.array(targetVerdictSchema),
  faults: z.array(z.strictObject({ code: z.string(), message: z.string(), action: z.string() })),
  /** The model that energy was computed with, where it is modelled: its part of the intervals is propagated from the profiles. */
  model: z
    .strictObject({
      ambientCelsius: z.number(),
      draws: z.number().int(),
      seed: z.number().int(),
      parameters: z.number().int(),
      /** Relative standard uncertainty of each core's cycles, and its evidence. */
      cycles: z.array(z.strictObject({ core: z.string(), u: z.number(), source: z.string() })).optional(),
    })
    .optional(),
  /** The bench's resistor before and after each session of a meter, where the bench has one; null: the meter gave no reading. */
  knownLoads: z
    .array(
      z.strictObject({
        when: z.enum(['start', 'end']),
        ohms: z.number(),
        tolerance: z.number(),
        expectedAmps: z.number().nullable(),
        measuredAmps: z.number().nullable(),
        u95Amps: z.number().nullable(),
        samples: z.number().int(),
        millivolts: z.number().optional(),
        isApplied: z.boolean().optional(),
        range: z.number().int().optional(),
        valid: z.union([z.literal(true), z.string()]),
      }),
    )
    .optional(),
  /** A third party's DUT: what it says of itself, and the inputs of its whole data folder. */
  thirdParty: z
    .strictObject({ name: z.string(), profile: z.string(), model: z.string(), inputs: z.number().int() })
    .optional(),
  /** A replayed run: which run's samples were evaluated again, and what their energy was there. */
  replayOf: z.strictObject({ id: z.string(), energy: energyKindSchema }).optional(),
});
/** Reads `littlefirst.run/2`, and `littlefirst.run/1` with what it did not have as null. */
export const runRecordSchema = z.preprocess(upgradeRun, currentRunSchema);
export type RunRecord = z.infer<typeof runRecordSchema>;
