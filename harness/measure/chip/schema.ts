import { z } from 'zod';

/**
 * Schema of a chip profile (`fixtures/chips/*.yaml`). Every number is a fact `{ value, source, kind }` whose unit is in
 * its key; `kind` says how far it can be trusted:
 * - `datasheet`: the vendor's own document
 * - `published`: somebody's published measurement or headline
 * - `fitted`: computed from published figures by the rule that `source` states
 * - `assumed`: nobody published it; `source` says why this value
 */
export const factKinds = ['datasheet', 'published', 'fitted', 'assumed'] as const;

const fact = <T extends z.ZodType<number>>(value: T) =>
  z.strictObject({ value, source: z.string().min(1), kind: z.enum(factKinds) });

const positive = fact(z.number().positive());
const nonNegative = fact(z.number().min(0));
const count = fact(z.number().int().min(0));
const fraction = fact(z.number().min(0).max(1));

/** The four words that a port writes to reach a level; their meaning is the port's (see harness/measure/energy/README.md). */
const registerWords = z.tuple([
  z.number().int().min(0).max(0xffffffff),
  z.number().int().min(0).max(0xffffffff),
  z.number().int().min(0).max(0xffffffff),
  z.number().int().min(0).max(0xffffffff),
]);

export const chipLevelSchema = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/, '1 to 15 letters, digits, ".", "_" or "-"'),
  /** Core voltage. */
  millivolts: fact(z.number().int().positive()),
  hertz: fact(z.number().int().positive()),
  flashWaitStates: count,
  /**
   * Published current at the supply pin per core MHz while computing, in place of the switched-capacitance model;
   * it holds at the profile's supply voltage.
   */
  microampsPerMegahertz: positive.optional(),
  /** Board name -> register words; boards that cannot express this level are absent. */
  registers: z.record(z.string(), registerWords),
});

export const chipSchema = z.strictObject({
  schema: z.literal('littlefirst.chip/1'),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  description: z.string().min(1),
  core: z.string().min(1),
  memory: z.strictObject({ flashBytes: positive, ramBytes: positive }),
  /** The pin (or rail) that the meter feeds. */
  supply: z.strictObject({
    millivolts: positive,
    minimumMillivolts: positive,
    maximumMillivolts: positive,
  }),
  /** How the core voltage is made from the supply: an LDO passes the current on, a buck converter the power. */
  regulator: z.strictObject({ type: z.enum(['ldo', 'buck']), efficiency: fraction }),
  active: z.strictObject({
    /** Effective switched capacitance per core cycle. */
    capacitancePicofarads: positive,
    /** Oscillator, PLL, regulator, flash: at the supply pin, while clocks run. */
    fixedMicroamps: nonNegative,
    /** Core leakage at `referenceMillivolts` of the delay law. */
    leakageMicroamps: nonNegative,
    /** Drain-induced barrier lowering: threshold shift per volt of supply. */
    diblVoltsPerVolt: nonNegative,
    /** Share of the switched capacitance in use, by what the core does. */
    activity: z.strictObject({ compute: positive, transfer: positive, idle: positive }),
  }),
  sleep: z.strictObject({
    /** At the supply pin, asleep at WFI. */
    fixedMicroamps: nonNegative,
    /** Share of the switched capacitance that still toggles while asleep at this level's clock. */
    activity: fraction,
  }),
  /** From the wake-up event's cause to the first instruction. */
  wake: z.strictObject({ microseconds: nonNegative, microamps: nonNegative }),
  /** EKV delay law of the critical path, see `frequencyLimitHz`. */
  delay: z.strictObject({
    referenceMillivolts: positive,
    referenceHertz: positive,
    thresholdMillivolts: positive,
    slopeFactor: positive,
    thermalMillivolts: positive,
    /** Share of the typical limit that a level may use. */
    derating: fraction,
  }),
  levels: z.array(chipLevelSchema).min(1).max(16),
});

export type ChipDescription = z.infer<typeof chipSchema>;
export type ChipLevel = z.infer<typeof chipLevelSchema>;

/** A checked profile with the identity of the file that it came from. */
export interface ChipProfile extends ChipDescription {
  /** SHA-256 of the file, lower-case hex. */
  sha256: string;
}
