import { z } from 'zod';

/**
 * Schema of a chip profile (`fixtures/chips/*.yaml`). Every number is a fact `{ value, source, kind }` whose unit is in
 * its key; `kind` says how far it can be trusted:
 * - `datasheet`: the vendor's own document
 * - `published`: somebody's published measurement or headline
 * - `fitted`: computed from published figures by the rule that `source` states
 * - `assumed`: nobody published it; `source` says why this value
 *
 * `u` is the standard uncertainty (k = 1) in the unit of the value, `uFactor` a factor that the value may be off by (k = 1, either
 * way: log-normal). A fact with neither has what its kind is taken to be known to, see `uncertainty.ts`.
 */
export const factKinds = ['datasheet', 'published', 'fitted', 'assumed'] as const;

const fact = <T extends z.ZodType<number>>(value: T) =>
  z
    .strictObject({
      value,
      source: z.string().min(1),
      kind: z.enum(factKinds),
      u: z.number().min(0).optional(),
      uFactor: z.number().gt(1).optional(),
    })
    .refine(({ u, uFactor }) => u === undefined || uFactor === undefined, 'either u or uFactor');

const positive = fact(z.number().positive());
const nonNegative = fact(z.number().min(0));
const count = fact(z.number().int().min(0));
const fraction = fact(z.number().min(0).max(1));
const anyNumber = fact(z.number());

export type Fact = z.infer<typeof anyNumber>;

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
   * Current at the supply pin per core MHz while a network runs, in place of the switched-capacitance model;
   * it holds at the profile's supply voltage.
   */
  microampsPerMegahertz: positive.optional(),
  /** The vendor's headline, a while loop most often: for comparison only, nothing is computed from it. */
  headlineMicroampsPerMegahertz: positive.optional(),
  /** Voltage of the memories' own rail at this level, where they have one. */
  memoryMillivolts: positive.optional(),
  /** Core voltage while asleep at this level, where it is another. */
  stallMillivolts: positive.optional(),
  /** Board name -> register words; boards that cannot express this level are absent. */
  registers: z.record(z.string(), registerWords),
});

/**
 * A sleep deeper than the profile's own `sleep`, which is plain WFI there. The board's firmware chooses among them by the time that is left,
 * and an emulated one tells the number of the state that its registers make (`harness/machine`, `sleep` events).
 */
const deeperSleepSchema = z.strictObject({
  name: z.string().min(1),
  keeps: z.string().min(1),
  /** At the supply pin: as in `sleep`. */
  fixedMicroamps: nonNegative,
  fixedMicroampsPerVolt: nonNegative.optional(),
  leakageShare: fraction.optional(),
  activity: fraction,
  /** From the wake-up event's cause to the first instruction. */
  wake: z.strictObject({ microseconds: nonNegative, microamps: nonNegative }),
  /** From there until the level is there again, at the supply pin: what the firmware waits for and how much flows meanwhile. */
  leave: z.strictObject({ microseconds: nonNegative, microjoules: nonNegative }),
  /** What going there takes, at the supply pin. */
  enter: z.strictObject({ microseconds: nonNegative, microjoules: nonNegative }),
});

export type DeeperSleep = z.infer<typeof deeperSleepSchema>;

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
  regulator: z.strictObject({
    type: z.enum(['ldo', 'buck']),
    efficiency: fraction,
    /** What a converter draws for itself at the supply pin while clocks run: at light load it is what efficiency falls by. */
    quiescentMicroamps: nonNegative.optional(),
  }),
  active: z.strictObject({
    /** Effective switched capacitance per core cycle. */
    capacitancePicofarads: positive,
    /** Oscillator, PLL, regulator, flash: at the supply pin, while clocks run. */
    fixedMicroamps: nonNegative,
    /** The same, of what is fed by the core voltage: per volt of it, at the supply pin. */
    fixedMicroampsPerVolt: nonNegative.optional(),
    /** Awake on the crystal, PLLs off, between sleep and the level: its clock, and what is fixed then, per volt of core voltage. */
    crystal: z.strictObject({ hertz: positive, fixedMicroampsPerVolt: nonNegative }).optional(),
    /** Effective switched capacitance of the memories on a rail of their own, per core cycle. */
    memoryCapacitancePicofarads: nonNegative.optional(),
    /** Core leakage at `referenceMillivolts` of the delay law and 25 degrees Celsius. */
    leakageMicroamps: nonNegative,
    /** Kelvin in which leakage doubles. */
    leakageDoublingKelvin: positive.optional(),
    /** Drain-induced barrier lowering: threshold shift per volt of supply. */
    diblVoltsPerVolt: nonNegative,
    /**
     * Current by kind of code: `compute` is what a large network draws, as a share of the level's figure; `gate`, `transfer` and
     * `idle` (awake, polling) are shares of that.
     */
    activity: z.strictObject({
      compute: positive,
      gate: positive.optional(),
      transfer: positive,
      idle: positive,
    }),
  }),
  sleep: z.strictObject({
    /** At the supply pin, asleep at WFI. */
    fixedMicroamps: nonNegative,
    /** The same, of what is fed by the core voltage: per volt of it. */
    fixedMicroampsPerVolt: nonNegative.optional(),
    /** Share of the fixed part that is leakage and grows with heat. */
    leakageShare: fraction.optional(),
    /** What the state keeps alive, and other states of the chip with theirs: for the reader, nothing is computed from them. */
    keeps: z.string().min(1).optional(),
    otherStates: z
      .array(z.strictObject({ name: z.string().min(1), keeps: z.string().min(1), microamps: nonNegative }))
      .optional(),
    /** Share of the switched capacitance that still toggles while asleep at this level's clock. */
    activity: fraction,
    /** Deeper states, from the lightest to the deepest, which the firmware enters in a long idle. */
    states: z.array(deeperSleepSchema).min(1).max(7).optional(),
  }),
  /** From the wake-up event's cause to the first instruction. */
  wake: z.strictObject({ microseconds: nonNegative, microamps: nonNegative }),
  /**
   * From the last instruction at one level to the first at another: what the firmware waits for, at the current of whatever clock and voltage there are
   * meanwhile. Register words of stand-in boards carry it. Absent: a strategy cannot give its stages levels of their own on an emulated board.
   */
  levelChange: z
    .strictObject({
      microseconds: nonNegative,
      /** At the supply pin, beyond that current, for each volt that the core voltage rises: what its capacitor is charged with. */
      microjoulesPerVolt: nonNegative,
    })
    .optional(),
  /** EKV delay law of the critical path, see `frequencyLimitHz`. */
  delay: z.strictObject({
    referenceMillivolts: positive,
    referenceHertz: positive,
    thresholdMillivolts: positive,
    /** Change of the threshold with temperature; negative. */
    thresholdMillivoltsPerKelvin: fact(z.number().max(0)).optional(),
    slopeFactor: positive,
    /** kT/q at the profile's 25 degrees Celsius. */
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
