import { z } from 'zod';
import { LittlefirstError } from '../../errors.js';
import { type MlperfBench, mlperfBenchSchema } from '../mlperf/bench-file.js';
import type { ResolvedBench } from './load.js';
import { checkPrograms } from './programs.js';
import { resolvedBenchSchema } from './schema.js';

/** A flasher's GDB address as bench files write it, of one that was read already. */
function asWritten(bench: unknown): unknown {
  const parsed = z.looseObject({ flasher: z.looseObject({ address: z.unknown() }) }).safeParse(bench);
  const address = z
    .union([
      z
        .strictObject({ host: z.string(), port: z.number().int() })
        .transform(({ host, port }) => `${host}:${port}`),
      z.strictObject({ path: z.string() }).transform(({ path }) => path),
      z.strictObject({ link: z.string() }).transform(({ link }) => link),
    ])
    .safeParse(parsed.data?.flasher.address);
  if (parsed.data === undefined || address.data === undefined) return bench;
  return { ...parsed.data, flasher: { ...parsed.data.flasher, address: address.data } };
}

function parse<T extends z.ZodType>(schema: T, bench: unknown): z.output<T> {
  const result = schema.safeParse(bench);
  if (result.success) return result.data;
  const [{ path, message }] = result.error.issues;
  const field = ['bench', ...path].join('.');
  throw new LittlefirstError('LF_RUN_CORRUPT', `The journal's bench is none: field "${field}" on line 1`, {
    expected: 'what a bench file may say',
    received: message,
    hint: 'the journal was edited, or is of another version; start a new run',
    fields: { line: 1, field },
  });
}

/**
 * The bench of a run that is resumed, checked like a bench file.
 * @param bench as the journal has it
 * @param allowCommands the user lets the journal name programs
 * @throws LF_RUN_CORRUPT; LF_USAGE where it names programs and may not
 */
export function resumedBench(
  bench: unknown,
  allowCommands = false,
): { bench: ResolvedBench; models: string | undefined } {
  const { models, ...resolved } = parse(resolvedBenchSchema, asWritten(bench));
  checkPrograms(resolved, allowCommands);
  return { bench: resolved, models };
}

/** The same of a bench with `protocol: mlperf-tiny`. */
export function resumedMlperfBench(bench: unknown, allowCommands = false): MlperfBench {
  const resolved = parse(mlperfBenchSchema.extend({ file: z.string() }), bench);
  checkPrograms(resolved, allowCommands);
  return resolved;
}
