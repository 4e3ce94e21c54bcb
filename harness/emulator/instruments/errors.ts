import { z } from 'zod';
import type { MeterDriverName } from '../../measure/meter/open.js';
import type { EmulatedInstrumentOptions } from './open.js';

const amps = z.number();
const share = z.number().gt(-1).lt(1);
const index = z.number().int().min(0);
const gaps = z.array(z.strictObject({ at: index, count: index.min(1) }));
const seed = index;
const common = {
  /** Relative error of gain. */
  gain: share,
  offsetAmps: amps,
  seed,
};

/** What each emulated instrument can be told to do wrong, as bench files and the command line say it. */
const schemas = {
  ppk2: z
    .strictObject({
      ...common,
      noiseSteps: z.number().min(0),
      driftAmpsPerSecond: amps,
      clock: share,
      gaps,
      loss: share.min(0),
      stuckRange: index.max(4),
      notANumber: z.string().regex(/^(R|GS|GI|O|S|I|UG)[0-4]$/, 'a figure of the calibration, e.g. GI2'),
      spike: z.strictObject({ share, samples: index.min(1) }),
      unplugAt: index,
      droppedBytes: z.array(index),
    })
    .partial(),
  lpm01a: z
    .strictObject({ ...common, noiseAmps: amps.min(0), gaps, overcurrentAmps: amps.positive() })
    .partial(),
  otii: z.strictObject({ ...common, noiseAmps: amps.min(0) }).partial(),
  scpi: z.strictObject({ ...common, noiseAmps: amps.min(0), gaps, nanAt: index }).partial(),
  ina: z.strictObject({ ...common, noiseAmps: amps.min(0), oscillator: share, busGain: share }).partial(),
  joulescope: z
    .strictObject({
      ...common,
      noiseAmps: amps.min(0),
      lostBlocks: z.array(index),
      largestAmps: amps.positive(),
    })
    .partial(),
} satisfies Partial<Record<MeterDriverName, z.ZodType>>;

const nothing = z.strictObject({});

/** Schema of the errors of an emulated instrument; one that can make none takes an empty object only. */
export function instrumentErrorSchema(driver: string): z.ZodType {
  return driver in schemas ? schemas[driver as keyof typeof schemas] : nothing;
}

/**
 * Errors as options of the emulated instrument that they are for.
 * @throws ZodError when the instrument cannot make them
 */
export function instrumentErrors(
  driver: MeterDriverName,
  errors: unknown,
): Partial<EmulatedInstrumentOptions> {
  return { [`${driver}Errors`]: instrumentErrorSchema(driver).parse(errors) };
}
