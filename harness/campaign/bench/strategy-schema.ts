import { z } from 'zod';

const name = z.string().min(1);

/** A level for each stage of a strategy; one name: for both. `auto`: the schedule of least average power, found by measurement. */
export const stageLevelsSchema = z.union(
  [z.literal('auto'), name, z.strictObject({ gate: name, big: name })],
  'auto, the name of a level, or { gate: <level>, big: <level> }',
);
export type StageLevels = z.infer<typeof stageLevelsSchema>;

/** A strategy that is measured at levels of its own, instead of at all of the DUT's. */
export const scheduleSchema = z.strictObject({
  strategy: name,
  levels: stageLevelsSchema,
  /** Where a search found it for one DUT and one bundle: these alone. */
  only: z.strictObject({ board: name, chip: name, bundle: name }).optional(),
});
export type BenchSchedule = z.infer<typeof scheduleSchema>;

/** An entry of a bench file's `strategies`. */
const entrySchema = z.union(
  [
    name.describe('the name of a strategy, e.g. big-only'),
    z.strictObject({ name, levels: stageLevelsSchema }),
  ],
  'the name of a strategy, or { name: <strategy>, levels: { gate: <level>, big: <level> } }',
);

/** `all`, or strategies; one with `levels` runs at these alone. */
export const benchStrategiesSchema = z.union(
  [z.literal('all'), z.array(entrySchema).min(1)],
  'all, or a list of strategies',
);

/** The strategies that are measured at all levels, and those that have their own. */
export function splitStrategies(given: z.infer<typeof benchStrategiesSchema>): {
  strategies: 'all' | string[];
  schedules?: BenchSchedule[];
} {
  if (given === 'all') return { strategies: given };
  const strategies = given.filter(entry => typeof entry === 'string');
  const schedules = given.flatMap(entry =>
    typeof entry === 'string' ? [] : [{ strategy: entry.name, levels: entry.levels }],
  );
  return schedules.length === 0 ? { strategies } : { strategies, schedules };
}
