import { z } from 'zod';

/** A name that can be neither a path nor an option of a program. */
export const nameSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'letters, digits, "_", "." and "-", 64 at most, no path');

export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in hexadecimal digits');

const names = z.array(nameSchema).min(1).max(64);

/** What a device must be for a job; absent: anything. */
export const wantSchema = z.strictObject({
  board: nameSchema,
  chip: nameSchema.optional(),
  meter: nameSchema.optional(),
  /** One bench and no other: paired comparisons. */
  bench: nameSchema.optional(),
  /** That device of it. */
  device: nameSchema.optional(),
  tags: z.array(nameSchema).max(16).default([]),
});
export type Want = z.infer<typeof wantSchema>;

/** What `littlefirst run` is to be asked for. It names no file, no program and no address: a bench takes jobs from a network. */
export const specSchema = z.strictObject({
  bundle: nameSchema,
  /** Packed folder of that bundle; absent: a shipped one, or one of the bench's own. */
  bundleSha256: sha256Schema.optional(),
  /** Packed folder of firmware images; absent: those that the bench's program ships. */
  firmwareSha256: sha256Schema.optional(),
  chip: nameSchema.optional(),
  levels: z.union([z.literal('all'), names]),
  strategies: z.union([z.literal('all'), names]),
  windows: z.union([z.literal('all'), z.number().int().min(1).max(1_000_000)]),
  data: z.enum(['synthetic', 'uci-har', 'hapt']),
  order: z.enum(['published', 'chronological']).optional(),
});
export type Spec = z.infer<typeof specSchema>;

export const jobSchema = z.strictObject({
  name: z.string().min(1).max(200),
  want: wantSchema,
  spec: specSchema,
  /** Larger first. */
  priority: z.number().int().min(-1000).max(1000).default(0),
});
export type NewJob = z.infer<typeof jobSchema>;

/** What an emulated board says of its chip: each one's electricity can be modelled. */
export const anyChip = 'any';

/** A device as its bench announces it. */
export const deviceSchema = z.strictObject({
  name: nameSchema,
  board: nameSchema,
  /** Name of the profile, or `any`. */
  chip: nameSchema,
  meter: nameSchema,
  tags: z.array(nameSchema).max(16).default([]),
});
export type AnnouncedDevice = z.infer<typeof deviceSchema>;

/** Whether a device is what a job wants, whatever state it is in. */
export function fits(device: AnnouncedDevice & { bench: string }, want: Want): boolean {
  return (
    device.board === want.board &&
    (want.chip === undefined || device.chip === anyChip || device.chip === want.chip) &&
    (want.meter === undefined || device.meter === want.meter) &&
    (want.bench === undefined || device.bench === want.bench) &&
    (want.device === undefined || device.name === want.device) &&
    want.tags.every(tag => device.tags.includes(tag))
  );
}
