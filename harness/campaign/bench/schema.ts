import { z } from 'zod';
import { ourWords, refusalsOf } from '../../config/problem-words.js';
import { lineFaultSchema } from '../../emulator/faults/schema.js';
import { asLittlefirstError } from '../../errors.js';
import { batteries } from '../../measure/chip/battery.js';
import { stationFields } from '../../record/conditions.js';
import { targetSchema } from '../../record/targets.js';
import { powerSchema } from '../../wire/devices/power-config.js';
import { deviceSchema } from '../../wire/devices/schema.js';
import { externalFlasherSchema } from '../../wire/flash/config.js';
import { parsePlace } from '../../wire/labgrid/address.js';
import { parseLinkUrl } from '../../wire/link/url.js';
import { meterSchema } from './meter-schema.js';
import { benchStrategiesSchema, scheduleSchema } from './strategy-schema.js';

const namesOf = (what: string) =>
  z.union([z.literal('all'), z.array(z.string().min(1).describe(what)).min(1)]);

/** A link, as far as its text tells. */
const linkSchema = z
  .string()
  .min(1)
  .superRefine((link, context) => {
    try {
      parseLinkUrl(link);
    } catch (error) {
      const { detail } = asLittlefirstError(error);
      context.addIssue({ code: 'custom', message: `${detail.expected}${portHint(link)}` });
    }
  });

/** A place of a labgrid coordinator, as far as its text tells. */
const leaseSchema = z
  .string()
  .min(1)
  .superRefine((lease, context) => {
    try {
      parsePlace(lease);
    } catch (error) {
      context.addIssue({ code: 'custom', message: asLittlefirstError(error).detail.expected! });
    }
  });

/** What a bare name of a port was meant to be. */
function portHint(link: string): string {
  if (/^(\/dev\/)?tty[\w.]+$|^COM\d+$/.test(link))
    return `; did you mean "serial:${link.startsWith('tty') ? '/dev/' : ''}${link}"?`;
  return /^[\w.-]+:\d+$/.test(link) ? `; did you mean "tcp:${link}"?` : '';
}

/** A board, the chip whose electricity is modelled, and the levels to be measured. */
const dutSchema = z.strictObject({
  board: z.string().min(1),
  /** Default: the board's. A chip other than the board's own models that chip's electricity. */
  chip: z.string().min(1).optional(),
  /** Default: all that the board can set. */
  levels: namesOf('the name of a level, e.g. 133MHz (littlefirst boards lists them)').optional(),
});
export type DutChoice = z.infer<typeof dutSchema>;

type BatteryName = keyof typeof batteries;
const batteryNames = Object.keys(batteries) as [BatteryName, ...BatteryName[]];

export const flasherWords = z.enum(['auto', 'none']);

/** A word or a block; a union would not say what is wrong in the block. */
export const flasherSchema = z.unknown().transform((value, context) => {
  const result = (typeof value === 'object' ? externalFlasherSchema : flasherWords).safeParse(value, {
    error: ourWords,
  });
  if (result.success) return result.data;
  for (const { expected, path } of refusalsOf(result.error.issues))
    context.addIssue({ code: 'custom', message: expected, path: [...path] });
  return z.NEVER;
});

/** Everything of a bench file but what is measured on. */
const sharedFields = {
  schema: z.literal('littlefirst.bench/1'),
  name: z.string().min(1),
  description: z.string().optional(),
  /** `emulated:`, `serial:/dev/ttyX?baud=115200&dtr=off`, `tcp:host:port`, `rfc2217://host:port`, `unix:/path`, `labgrid:`. Default: the device, else `emulated:`. */
  link: linkSchema.optional(),
  /**
   * `labgrid://host:20408/place`: held from before the first touch to the end of the run, so that nobody else has the board meanwhile; `?wait=600` waits for
   * it, seconds. `link: 'labgrid:'` (or `labgrid:NAME`) then is its serial port.
   */
  lease: leaseSchema.optional(),
  /** The board's serial port by its identity, instead of a link that names a path. */
  device: deviceSchema.optional(),
  /**
   * `auto`: the emulator's own; `none`: the board already holds image and blob, which their hashes prove; else a tool
   * (harness/wire/flash/config.ts): openocd, probe-rs, jlink, st-flash, dfu-util, picotool, gdb, gdb-remote, uf2-drive, command.
   */
  flasher: flasherSchema.default('auto'),
  /** Who switches the DUT's supply, to bring a board back that hangs. Emulated boards need none. */
  power: powerSchema.optional(),
  /** What measures the current (harness/campaign/bench/meter-schema.ts). */
  meter: meterSchema.default({ driver: 'direct', pins: [0, 1] }),
  /** Folders with a `bundle.yaml`. */
  bundles: z.array(z.string().min(1)).min(1),
  /** Each bundle runs those that it has; each name must be in one bundle at least. One with `levels` runs at these alone (strategy-schema.ts). */
  strategies: benchStrategiesSchema.default('all'),
  /**
   * What schedules are searched on for strategies with `levels: auto`: the first `windows` of this split of the bench's data. Which schedule is best does not
   * depend on right answers, only on how often Big runs; `train` keeps the test people out of every choice.
   */
  search: z
    .strictObject({
      split: z.enum(['train', 'test']).default('train'),
      windows: z.union([z.literal('all'), z.number().int().positive()]).default(400),
    })
    .optional(),
  data: z.strictObject({
    /** A data set by its name, or the folder of an imported one, which has a "/" in it: `./my-data`. */
    set: z
      .string()
      .regex(
        /^(uci-har|hapt|synthetic|[\s\S]*[\\/][\s\S]*)$/,
        'uci-har, hapt, synthetic, or the folder of an imported data set such as ./my-data',
      ),
    split: z.enum(['train', 'test']).default('test'),
    order: z.enum(['published', 'chronological']).default('published'),
    windows: z.union([z.literal('all'), z.number().int().positive()]).default('all'),
    /** Seed of the synthetic wearer. */
    seed: z.number().int().min(0).default(1),
  }),
  /**
   * What the bundles' classes are called in the data, where it is another name (harness/data/label-join.ts): `{ walk: WALKING }`. True labels
   * are joined by name.
   */
  labels: z.record(z.string(), z.union([z.string().min(1), z.array(z.string().min(1))])).optional(),
  targets: z.array(targetSchema).default([]),
  ...stationFields,
  /** Folder of images with their manifest, as `firmware/prebuilt`; default: those that the package ships. */
  firmware: z.string().min(1).optional(),
  /** Batteries that the report counts days for. */
  batteries: z.array(z.enum(batteryNames)).default(batteryNames),
  /**
   * Idle kept before and after every window, asleep, microseconds. Default: 100, and more beside short windows where the meter changes its range
   * (campaign/forecast/guard.ts).
   */
  guardMicroseconds: z.number().int().min(20).max(1_000_000).optional(),
  /** Windows streamed before each block and not counted. */
  warmUpWindows: z.number().int().min(0).max(1000).default(2),
  /** Faults that the bench makes on purpose; emulated boards only. */
  faults: z
    .strictObject({
      /** Measures levels above the frequency limit of their voltage, which are refused otherwise; the core then computes wrongly. */
      undervolt: z
        .union([
          z.literal(true).transform(() => ({ seed: 1 })),
          z.strictObject({ seed: z.number().int().min(0).default(1) }),
        ])
        .optional(),
      /** What goes wrong between harness and board, on each machine of the campaign. */
      line: z.array(lineFaultSchema).max(1000).optional(),
      /** Seed of what the faults on the line draw at random; default 1. */
      seed: z.number().int().min(0).optional(),
    })
    .optional(),
  /**
   * How often each block is measured: 1, or an even number, each second time in the mirrored order (harness/campaign/plan.ts).
   * Default: 2 for a real board with a real meter, which drift; else 1, since an emulated supply is the same at any time.
   */
  passes: z
    .number()
    .int()
    .min(1)
    .max(16)
    .refine(passes => passes === 1 || passes % 2 === 0, '1 or an even number: the order is mirrored in pairs')
    .optional(),
  /** Seed of the order of the blocks, and of what emulated instruments draw at random in each. */
  seed: z.number().int().min(0).default(1),
};

/** Schema of a bench file. Paths in it are relative to the file. It names one board, or a list `duts`. */
export const benchSchema = z
  .strictObject({
    ...sharedFields,
    ...dutSchema.partial().shape,
    duts: z.array(dutSchema).min(1).optional(),
  })
  .refine(bench => (bench.board === undefined) !== (bench.duts === undefined), {
    message: 'exactly one of board and duts',
    path: ['board'],
  })
  .refine(bench => bench.duts === undefined || (bench.chip === undefined && bench.levels === undefined), {
    message: 'chip and levels belong into each of the duts',
    path: ['duts'],
  })
  .refine(bench => bench.device === undefined || bench.link === undefined, {
    message: 'either link or device',
    path: ['device'],
  })
  .refine(bench => !/^labgrid:/.test(bench.link ?? '') || bench.lease !== undefined, {
    message: 'lease: labgrid://host:20408/place, whose serial port this link means',
    path: ['lease'],
  })
  .refine(bench => bench.flasher !== 'auto' || isEmulatedLink(bench), {
    message:
      'a flasher for a real board: none where it holds image and bundle already, or { tool: openocd, ... } (auto is for emulated boards)',
    path: ['flasher'],
  });

const isEmulatedLink = ({ link, device }: { link?: string; device?: unknown }): boolean =>
  device === undefined && (link === undefined || link === 'emulated:');

export type Bench = z.infer<typeof benchSchema>;

/** Schema of a bench that was read from its file: what the journal keeps of it (`ResolvedBench`), and where models are found. */
export const resolvedBenchSchema = z.strictObject({
  ...sharedFields,
  file: z.string(),
  link: z.string().min(1),
  duts: z.array(dutSchema).min(1),
  narrowed: z.boolean().optional(),
  strategies: z.union([z.literal('all'), z.array(z.string().min(1))]),
  schedules: scheduleSchema.array().optional(),
  models: z.string().optional(),
});
