import { z } from 'zod';
import { targetSchema } from '../cascade/targets.js';

const names = z.union([z.literal('all'), z.array(z.string().min(1)).min(1)]);

/** Schema of a bench file. Paths in it are relative to the file. */
export const benchSchema = z.strictObject({
  schema: z.literal('littlefirst.bench/1'),
  name: z.string().min(1),
  description: z.string().optional(),
  board: z.string().min(1),
  /** Default: the board's. A chip other than the board's own models that chip's electricity. */
  chip: z.string().min(1).optional(),
  /** `emulated:`, `serial:/dev/ttyX?baud=115200`, `tcp:host:port`, `unix:/path`. */
  link: z.string().default('emulated:'),
  /** `auto`: the emulator's own; `none`: the board already holds image and blob, which their hashes prove. */
  flasher: z.enum(['auto', 'none']).default('auto'),
  /** `direct`: the exact current of the modelled supply; `none`: accuracy and cycles only. */
  meter: z
    .strictObject({
      driver: z.enum(['direct', 'none']),
      sampleRateHz: z.number().positive().optional(),
    })
    .default({ driver: 'direct' }),
  /** Folders with a `bundle.yaml`. */
  bundles: z.array(z.string().min(1)).min(1),
  strategies: names.default('all'),
  levels: names.default('all'),
  data: z.strictObject({
    set: z.enum(['uci-har', 'hapt', 'synthetic']),
    split: z.enum(['train', 'test']).default('test'),
    order: z.enum(['published', 'chronological']).default('published'),
    windows: z.union([z.literal('all'), z.number().int().positive()]).default('all'),
    /** Seed of the synthetic wearer. */
    seed: z.number().int().min(0).default(1),
  }),
  targets: z.array(targetSchema).default([]),
  /** Idle kept before and after every window, asleep, microseconds. */
  guardMicroseconds: z.number().int().min(20).max(1_000_000).default(100),
  /** Windows streamed before each block and not counted. */
  warmUpWindows: z.number().int().min(0).max(1000).default(2),
  /** Seed of the order of the blocks. */
  seed: z.number().int().min(0).default(1),
});

export type Bench = z.infer<typeof benchSchema>;
