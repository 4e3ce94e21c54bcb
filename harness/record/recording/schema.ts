/** What the two texts of a recording must be: its file comes from a run folder, which anybody may have written. */
import { z } from 'zod';

const amount = z.number().min(0);
const count = z.number().int().min(0);

const accuracySchema = z.strictObject({
  gainRelative: amount,
  offsetAmps: amount,
  resolutionAmps: amount,
  edgeNs: amount,
  linearityRelative: amount.optional(),
  voltageRelative: amount,
  clockRelative: amount,
  rangeSwitchSeconds: amount.optional(),
  source: z.string(),
});

export const headerSchema = z.strictObject({
  schema: z.string(),
  block: count,
  attempt: count,
  pass: count.optional(),
  meter: z.strictObject({
    driver: z.string(),
    model: z.string(),
    serial: z.string().optional(),
    firmware: z.string().optional(),
    calibration: z.string().optional(),
    markerLines: z.union([z.literal(0), z.literal(1), z.literal(2)]).optional(),
    emulated: z.boolean(),
  }),
  supplyMillivolts: amount,
  expectedWindows: count,
  baseline: z
    .strictObject({
      before: count,
      after: count,
      seconds: amount,
      hertz: amount.optional(),
      wakeJoules: z.number().optional(),
      expected: z
        .strictObject({
          activeWatts: z.number(),
          sleepWatts: z.number(),
          leastSleepWatts: z.number().optional(),
        })
        .optional(),
    })
    .optional(),
});

export const endSchema = z.strictObject({
  status: z.strictObject({
    samples: count,
    lostSamples: count,
    unwatchedSamples: count.optional(),
    saturatedSamples: count,
    overcurrent: z.boolean(),
    rangeSwitches: count,
    realignments: count.optional(),
    temperatureCelsius: z.number().optional(),
    problems: z.array(z.string()),
  }),
  accuracy: accuracySchema,
  idleAccuracy: accuracySchema.optional(),
  hostSeconds: amount.optional(),
});
