import { z } from 'zod';
import type { MeterIdentity } from '../measure/meter/meter.js';
import { complete } from './complete.js';

/** The meter of a run, as journal, recordings and run record name it. */
export const meterIdentitySchema = complete<MeterIdentity>()(
  z.strictObject({
    driver: z.string(),
    model: z.string(),
    serial: z.string().optional(),
    firmware: z.string().optional(),
    calibration: z.string().optional(),
    /** Marker lines that the meter samples; absent: both. */
    markerLines: z.union([z.literal(0), z.literal(1), z.literal(2)]).optional(),
    /** As the bench set it up, samples per second. */
    sampleRateHz: z.number().positive().optional(),
    /** What the bench asked for, where the meter does something else. */
    askedSampleRateHz: z.number().positive().optional(),
    emulated: z.boolean(),
  }),
);
