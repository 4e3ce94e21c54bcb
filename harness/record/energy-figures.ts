import { z } from 'zod';

/**
 * Figures with their 95 % intervals, as the run record has them. `ci95` are the interval's ends, which need not lie equally far from the
 * value: where draws of the model exist they are its 2.5 and 97.5 % quantiles (probabilistically symmetric, JCGM 101:2008, 5.3.4), with the
 * meter's part added to each side as squares; of what cannot be negative no end is. `u95` is the distance of the farther end before such a
 * bound; `u95Meter` is the part of the measurement, `u95Model` that of the modelled supply and timing: 0 where a meter measured silicon, null
 * where nobody can tell (a journal of an older version, without the model). `ci95` is absent where there is no interval, and in older records.
 */
const halfWidths = {
  u95: z.number().nullable(),
  u95Meter: z.number().nullable(),
  u95Model: z.number().nullable(),
  /** Lower and upper end; null above: no upper end (a life whose power may be 0). */
  ci95: z.tuple([z.number(), z.number().nullable()]).optional(),
};

/** A figure that noise may leave unresolved: then it has no value, only an upper limit. Never negative, never a false zero. */
export const figureSchema = z.strictObject({
  value: z.number().nullable(),
  ...halfWidths,
  /** Why there is no value, and the upper end of its 95 % interval. */
  unresolved: z.string().optional(),
  atMost: z.number().optional(),
});
export type Figure = z.infer<typeof figureSchema>;

export const energySchema = z.strictObject({
  /** Mean active energy of a window: gate + Big + other processing; the sleep until the next window is `idle`, not in it. */
  value: z.number(),
  /** Median over the windows. */
  median: z.number().optional(),
  ...halfWidths,
  u95: z.number(),
  gate: z.number(),
  big: z.number(),
  other: z.number(),
  /** Energy above sleep just outside the markers, waking up and falling asleep: in average power and battery life, not in `value`. Absent: not told. */
  waking: z.number().optional(),
  idle: figureSchema,
});

/** How far one assumption of the model alone, moved by two standard uncertainties, moves a figure. */
export const sensitivitySchema = z.strictObject({
  parameter: z.string(),
  kind: z.string(),
  source: z.string(),
  low: z.number(),
  high: z.number(),
});
export type Sensitivity = z.infer<typeof sensitivitySchema>;

export const savingSchema = z.strictObject({
  energy: z.number().nullable(),
  ...halfWidths,
  macs: z.number(),
  /** Parts of the meter's uncertainty (k = 1, dimensionless). */
  terms: z
    .array(z.strictObject({ term: z.string(), share: z.number(), kind: z.enum(['A', 'B']) }))
    .optional(),
  /** The same saving of whole periods, sleep included. */
  withSleep: z
    .strictObject({ energy: z.number(), ...halfWidths, u95: z.number() })
    .nullable()
    .optional(),
  /** How much the saving varies with the choice of windows: half width, 95 %. Not in `u95`. */
  spread95: z.number().optional(),
  /** The assumptions that move the saving most. */
  sensitivity: z.array(sensitivitySchema).optional(),
});

export type Saving = z.infer<typeof savingSchema>;

const unknownParts = { u95Meter: null, u95Model: null };
const plainFigure = (value: unknown) =>
  typeof value === 'number' ? { value, u95: null, ...unknownParts } : value;

/** A block of `littlefirst.run/1` as `littlefirst.run/2` has it; intervals that it had are the meter's. */
function upgradeBlock(block: Record<string, unknown>): Record<string, unknown> {
  const energy = block['energyPerWindow_uJ'] as Record<string, unknown> | null;
  const saving = block['savingVsBigOnly'] as Record<string, unknown> | null;
  const days = block['batteryDays'] as Record<string, unknown> | null;
  return {
    ...block,
    energyPerWindow_uJ: energy && {
      u95Meter: energy['u95'],
      u95Model: null,
      ...energy,
      idle: plainFigure(energy['idle']),
    },
    savingVsBigOnly: saving && { u95Meter: saving['u95'], u95Model: null, ...saving },
    averagePower_uW: plainFigure(block['averagePower_uW']),
    batteryDays:
      days && Object.fromEntries(Object.entries(days).map(([name, value]) => [name, plainFigure(value)])),
  };
}

/** Lets readers of `littlefirst.run/2` read what older versions wrote. */
export function upgradeRun(record: unknown): unknown {
  if (typeof record !== 'object' || record === null || !('schema' in record)) return record;
  if (record.schema !== 'littlefirst.run/1' || !('blocks' in record) || !Array.isArray(record.blocks))
    return record;
  const blocks = record.blocks.map(block =>
    typeof block === 'object' && block !== null ? upgradeBlock(block) : block,
  );
  return { ...record, schema: 'littlefirst.run/2', blocks };
}
