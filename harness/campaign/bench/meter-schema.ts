import { z } from 'zod';
import { ourWords, refusalsOf } from '../../config/problem-words.js';
import { instrumentErrorSchema } from '../../emulator/instruments/errors.js';
import { type MeterDriverName, meterDriverNames } from '../../measure/meter/open.js';
import { calibrationSchema } from '../../record/conditions.js';
import { deviceSchema } from '../../wire/devices/schema.js';

const positive = z.number().positive();
const share = z.number().min(0).lt(1);
const pin = z.number().int().min(0).max(7);

/** Standard uncertainties (k = 1) that replace those which the driver assumes, e.g. after a calibration. */
const accuracySchema = z
  .strictObject({
    gainRelative: share,
    offsetAmps: z.number().min(0),
    resolutionAmps: z.number().min(0),
    edgeNs: z.number().min(0),
    linearityRelative: share,
    voltageRelative: share,
    clockRelative: share,
    rangeSwitchSeconds: z.number().min(0),
    /** Where the figures come from; printed with every term that they lead to. */
    source: z.string().min(1),
  })
  .partial()
  .refine(accuracy => accuracy.source !== undefined, { message: 'a source is needed', path: ['source'] });

/** Settings that only some drivers look at; see `MeterSettings`. */
const settingsSchema = z
  .strictObject({
    lpm01aFormat: z.enum(['ascii', 'binary']),
    lpm01aOutput: z.enum(['current', 'energy']),
    lpm01aEvents: z.enum(['both', 'rising', 'falling']),
    otiiDeviceId: z.string().min(1),
    /** The password: `env:NAME` or `file:PATH`; one that stands here as it is is never journalled, and warned of. */
    otiiLogin: z.strictObject({ username: z.string().min(1), password: z.string().min(1) }),
    scpiModel: z.enum(['n6705', 'dmm6500', '2450']),
    scpiChannel: z.number().int().positive(),
    scpiMarkerChannel: z.number().int().positive(),
    scpiMarkerVolts: positive,
    inaShuntOhms: positive,
    inaShuntTolerance: share,
    inaAddress: z.number().int().min(0x40).max(0x4f),
    joulescopeDevice: z.string().min(1),
  })
  .partial();

/** A program and its arguments. What only a shell would understand is refused, since none is there. */
const commandSchema = z.union([
  z.array(z.string().min(1)).min(1),
  z
    .string()
    .min(1)
    .refine(
      text => !/[|&;<>$`'"]/.test(text),
      'words only, no shell: give a list of words, or a script of your own',
    ),
]);

/** Most resistors of a bench: one a range of the instrument. */
const maxKnownLoads = 5;

/** A precision resistor that the meter's output can be switched to, measured before and after a campaign. */
export const knownLoadSchema = z.strictObject({
  ohms: positive,
  /** Relative tolerance of the resistor. */
  tolerance: share.default(0.001),
  seconds: positive.max(60).default(0.5),
  /**
   * Voltage across this resistor while it hangs on the meter, at the DUT's end of the wires, as a voltmeter read it, millivolts. With it the meter's
   * readings are corrected by what the resistor shows, in its range of the instrument, and the gain is as uncertain as resistor and voltage.
   */
  millivolts: positive.optional(),
  /** Relative standard uncertainty of that voltage; default: 0.03 %, a handheld voltmeter of four and a half digits, assumed. */
  millivoltsRelative: share.default(3e-4),
  /**
   * Programs that switch the meter from the DUT to the resistor and back, as a list of words or split at spaces; no shell is involved. A real bench
   * needs both; an emulated one has its resistor at hand.
   */
  connect: commandSchema.optional(),
  disconnect: commandSchema.optional(),
});
export type KnownLoadChoice = z.infer<typeof knownLoadSchema>;

/** What may measure the current. */
export const meterDrivers = ['direct', 'none', ...meterDriverNames] as const;

/** The meter of a bench file. */
export const meterSchema = z
  .strictObject({
    /**
     * `direct`: the exact current of the modelled supply; `none`: accuracy and cycles only; else an instrument, emulated on emulated
     * boards and real on real ones (harness/measure/meter/open.ts).
     */
    driver: z.enum(meterDrivers),
    /** `emulated:`, `serial:/dev/ttyX`, `tcp:host:port`, ... Default: the device, else `emulated:`. */
    link: z.string().min(1).optional(),
    /** The instrument's serial port by its identity, instead of a link. */
    device: deviceSchema.optional(),
    /** Serial number that the instrument must have. */
    serial: z.string().min(1).optional(),
    sampleRateHz: positive.optional(),
    /** Voltage at the DUT, millivolts; default: the chip profile's supply. */
    supplyMillivolts: positive.optional(),
    /** `source`: the meter feeds the DUT; `ampere`: it sits in another supply's line. Default: the driver's own way. */
    mode: z.enum(['source', 'ampere']).optional(),
    /** Logic inputs of the meter that the DUT's marker lines 0 and 1 are wired to. */
    pins: z.tuple([pin, pin]).default([0, 1]),
    accuracy: accuracySchema.optional(),
    settings: settingsSchema.optional(),
    /** What an emulated instrument does wrong, on purpose. */
    errors: z.record(z.string(), z.unknown()).optional(),
    /** One resistor, or several: two currents in two ranges see what one cannot. */
    knownLoad: z
      .union([knownLoadSchema, z.array(knownLoadSchema).min(1).max(maxKnownLoads)])
      .transform(value => (Array.isArray(value) ? value : [value]))
      .optional(),
    /** The instrument's last calibration: one that has expired waives the word "measured". */
    calibration: calibrationSchema.optional(),
    /** How long the instrument has been switched on when the campaign begins, minutes. */
    warmUpMinutes: z.number().min(0).optional(),
    /** Keeps the raw samples beside the journal, for `littlefirst replay`. Default: of real boards, which cannot be measured again exactly. */
    record: z.boolean().optional(),
  })
  .superRefine((meter, context) => {
    const problem = (message: string, ...path: string[]) =>
      context.addIssue({ code: 'custom', message, path });
    if (meter.mode === 'ampere' && meter.driver === 'lpm01a')
      problem('the lpm01a always feeds the DUT', 'mode');
    if (meter.device !== undefined && meter.link !== undefined) problem('either link or device', 'device');
    if (meter.errors === undefined) return;
    const result = instrumentErrorSchema(meter.driver).safeParse(meter.errors, { error: ourWords });
    for (const { path, expected } of refusalsOf(result.error?.issues ?? []))
      problem(expected, 'errors', ...path.map(String));
  });
export type MeterChoice = z.infer<typeof meterSchema>;

/** Whether a driver is one of an instrument, rather than the ideal meter or none. */
export function isInstrument(driver: MeterChoice['driver']): driver is MeterDriverName {
  return driver !== 'direct' && driver !== 'none';
}

/** Whether the raw samples are kept. */
export function isRecorded({ link, meter }: { link: string; meter: MeterChoice }): boolean {
  return meter.record ?? link !== 'emulated:';
}

/** Link of a meter, `device:` where a device is named. */
export function meterLink({ link, device }: Pick<MeterChoice, 'link' | 'device'>): string {
  return link ?? (device === undefined ? 'emulated:' : 'device:');
}
