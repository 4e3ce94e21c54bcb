import { z } from 'zod';

/** How a schedule is chosen, in words: part of every search's record. */
export const scheduleRule =
  'Of the schedules whose longest window is within the limit, the one of least average power. Schedules whose difference from it has a 95 % interval that reaches 0 are tied with it: of these a single level goes before two, then the one of least average power. Pairs count only where Big ran, so that changes were seen.';

const stage = { name: z.string(), mV: z.number(), Hz: z.number() };
/** A quantity of a pair of schedules with its 95 % interval; null where the journal has none. */
const difference = z.strictObject({
  value: z.number(),
  ci95: z.tuple([z.number(), z.number()]).nullable(),
});
export type Difference = z.infer<typeof difference>;

/** One schedule that was tried. */
const trialSchema = z.strictObject({
  level: z.strictObject({
    ...stage,
    stages: z.strictObject({ gate: z.strictObject(stage), big: z.strictObject(stage) }).optional(),
  }),
  /** Why it does not count, where its block is not valid. */
  invalid: z.string().optional(),
  averagePower_uW: z
    .strictObject({ value: z.number(), ci95: z.tuple([z.number(), z.number()]).nullable() })
    .nullable(),
  activeEnergy_uJ: z.number().nullable(),
  /** Energy of stage Big, changes of level included, for each window in which it ran. */
  bigEnergy_uJ: z.number().nullable(),
  latencyMax_ms: z.number().nullable(),
  isInTime: z.boolean(),
  /** Above the least average power by so much. */
  aboveLeast_uW: difference.nullable(),
  isTied: z.boolean(),
});
export type Trial = z.infer<typeof trialSchema>;

/** The search of one strategy's schedule on one DUT: every single level and every pair of levels, measured. */
export const scheduleSearchSchema = z.strictObject({
  board: z.string(),
  chip: z.string(),
  bundle: z.string(),
  strategy: z.string(),
  /** What it was measured on: no test data unless the bench says so; no accuracy is looked at. */
  data: z.strictObject({
    name: z.string(),
    split: z.string(),
    windows: z.number(),
    bigRuns: z.number(),
    sha256: z.string(),
  }),
  /** Longest time that a window may take, and where that comes from. */
  latencyLimit_ms: z.number(),
  latencyFrom: z.string(),
  rule: z.string(),
  trials: z.array(trialSchema).min(1),
  /** Names among `trials`. */
  chosen: z.string(),
  least: z.string(),
  bestSingle: z.string(),
  /** Least of the pairs; absent where the strategy has one stage, or none was valid and in time. */
  bestPair: z.string().optional(),
  /** Average power that the best pair saves over the best single level; negative where it costs. */
  gain_uW: difference.nullable(),
  /** What the figures say about why. */
  reason: z.string(),
});
export type ScheduleSearch = z.infer<typeof scheduleSearchSchema>;
