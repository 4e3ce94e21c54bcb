/** What the two texts of a recording must be: its file comes from a run folder, which anybody may have written. */
import { z } from 'zod';
import type { Baseline } from '../../measure/energy/block-energy.js';
import type { MeterAccuracy, MeterIdentity, MeterStatus } from '../../measure/meter/meter.js';
import { complete } from '../complete.js';
import { meterIdentitySchema } from '../meter-schema.js';

export const recordingVersion = 'littlefirst.recording/1';

/** What a recording is of. */
export interface RecordingHeader {
  schema: typeof recordingVersion;
  block: number;
  attempt: number;
  /** Absent: 1. */
  pass?: number;
  meter: MeterIdentity;
  /** Voltage that energy is computed with where the meter does not measure it, millivolts. */
  supplyMillivolts: number;
  expectedWindows: number;
  /** Windows before and after those, that the sleep power is measured beside. Absent: none. */
  baseline?: Baseline;
}

/** How the recording ended: what the meter said when it was stopped. */
export interface RecordingEnd {
  status: MeterStatus;
  accuracy: MeterAccuracy;
  /** The same of the baselines' settled idle, where the instrument may have stood in another range. Absent: as above. */
  idleAccuracy?: MeterAccuracy;
  /** Host's seconds from start to stop, where the instrument runs in real time. */
  hostSeconds?: number;
}

const amount = z.number().min(0);
const count = z.number().int().min(0);

const accuracySchema = complete<MeterAccuracy>()(
  z.strictObject({
    gainRelative: amount,
    offsetAmps: amount,
    resolutionAmps: amount,
    edgeNs: amount,
    linearityRelative: amount.optional(),
    voltageRelative: amount,
    clockRelative: amount,
    rangeSwitchSeconds: amount.optional(),
    source: z.string(),
  }),
);

const statusSchema = complete<MeterStatus>()(
  z.strictObject({
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
);

const expectedSchema = complete<NonNullable<Baseline['expected']>>()(
  z.strictObject({
    activeWatts: z.number(),
    sleepWatts: z.number(),
    leastSleepWatts: z.number().optional(),
  }),
);

const baselineSchema = complete<Baseline>()(
  z.strictObject({
    before: count,
    after: count,
    seconds: amount,
    hertz: amount.optional(),
    wakeJoules: z.number().optional(),
    deeper: z.strictObject({ enterJoules: z.number(), leaveJoules: z.number() }).optional(),
    expected: expectedSchema.optional(),
  }),
);

export const headerSchema = complete<RecordingHeader>()(
  z.strictObject({
    schema: z.string(),
    block: count,
    attempt: count,
    pass: count.optional(),
    meter: meterIdentitySchema,
    supplyMillivolts: amount,
    expectedWindows: count,
    baseline: baselineSchema.optional(),
  }),
);

export const endSchema = complete<RecordingEnd>()(
  z.strictObject({
    status: statusSchema,
    accuracy: accuracySchema,
    idleAccuracy: accuracySchema.optional(),
    hostSeconds: amount.optional(),
  }),
);
