import { z } from 'zod';

/** What a person says of the bench: nothing of it can be read from the board, and all of it belongs to a measured figure. */

/** The instrument's last calibration. Days as in its certificate, in UTC; the last day counts. */
export const calibrationSchema = z
  .strictObject({
    date: z.iso.date(),
    expires: z.iso.date(),
    certificate: z.string().min(1).optional(),
  })
  .refine(({ date, expires }) => date <= expires, {
    message: 'the calibration must not expire before its date',
    path: ['expires'],
  });
export type Calibration = z.infer<typeof calibrationSchema>;

/** Fields of a bench file beside those of its meter. */
export const stationFields = {
  /** Which bench this is, e.g. `lab-2`: a lab has several, and their figures are not to be mixed up. */
  benchId: z.string().min(1).max(200).optional(),
  operator: z.string().min(1).max(200).optional(),
  /** Temperature around the DUT, degrees Celsius: the modelled supply follows it (25 where nothing is said); on a real bench it is what was read there. */
  ambientCelsius: z.number().min(-40).max(125).optional(),
  /** Tolerance of the oscillator that the DUT's clock comes from, parts per million. */
  oscillatorPpm: z.number().positive().max(100_000).optional(),
};

/** The conditions of a run as they were stated; what is absent was not. */
export const conditionsSchema = z.strictObject({
  ...stationFields,
  /** How long the meter had been switched on before, minutes. */
  meterWarmUpMinutes: z.number().min(0).optional(),
  calibration: calibrationSchema.optional(),
});
export type Conditions = z.infer<typeof conditionsSchema>;

/** Where the conditions stand in a bench file. */
interface StatingBench {
  benchId?: string;
  operator?: string;
  ambientCelsius?: number;
  oscillatorPpm?: number;
  meter: { warmUpMinutes?: number; calibration?: Calibration };
}

/** What a bench file states; undefined where it states nothing. */
export function statedConditions(bench: StatingBench): Conditions | undefined {
  const { benchId, operator, ambientCelsius, oscillatorPpm, meter } = bench;
  const all: Conditions = {
    benchId,
    operator,
    ambientCelsius,
    oscillatorPpm,
    meterWarmUpMinutes: meter.warmUpMinutes,
    calibration: meter.calibration,
  };
  const stated = Object.entries(all).filter(([, value]) => value !== undefined);
  return stated.length === 0 ? undefined : Object.fromEntries(stated);
}

/** Whether a calibration had expired at a time: the day after its last day has begun, UTC. */
export function isExpired({ expires }: Calibration, at: string | Date): boolean {
  return new Date(at).toISOString().slice(0, 10) > expires;
}
