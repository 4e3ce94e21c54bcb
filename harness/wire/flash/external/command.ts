import { LittlefirstError } from '../../../errors.js';
import type { FlashRecipe, FlashStep, SegmentFile } from './flasher.js';
import { readBackSteps, type ToolOptions } from './probes.js';
import { splitCommand } from './run.js';

export interface CommandOptions extends Omit<ToolOptions, 'command'> {
  /** Run once a segment. Placeholders: `{file} {address} {bytes} {sha256} {serial}`. */
  write: string;
  /** Run once a segment afterwards; must fill `{back}` with `{bytes}` bytes from `{address}`; compared here. */
  readBack?: string;
  /** Run once at the end: starts the new image. Placeholder: `{serial}`. */
  reset?: string;
  /** Value of `{serial}`. Where it is given, every command must pass it on. */
  serialNumber?: string;
}

const usualBudget = 120_000;

function invalid(summary: string, expected: string, received: string): LittlefirstError {
  return new LittlefirstError('LF_CONFIG_INVALID', summary, { expected, received });
}

/**
 * Splits a template, then fills its placeholders, so that a value with spaces stays one argument.
 * @throws LF_CONFIG_INVALID for a placeholder without a value
 */
export function fillCommand(template: string, values: Record<string, string>): [string, ...string[]] {
  const fill = (part: string) =>
    part.replace(/\{(\w+)\}/g, (_whole, name: string) => {
      const value = values[name];
      if (value === undefined)
        throw invalid(
          `The command has no value for {${name}}`,
          `of ${Object.keys(values).join(', ')}`,
          template,
        );
      return value;
    });
  const [command, ...args] = splitCommand(template);
  return [fill(command), ...args.map(fill)];
}

function checkSerial({ write, readBack, reset, serialNumber }: CommandOptions): void {
  if (serialNumber === undefined) return;
  for (const template of [write, readBack, reset])
    if (template !== undefined && !template.includes('{serial}'))
      throw invalid('A flash command ignores the serial number', '{serial} in every command', template);
}

/** Any tool, by templates. Without `readBack` nothing is proven here, and the report says so. @throws LF_CONFIG_INVALID */
export function commandRecipe(options: CommandOptions): FlashRecipe {
  checkSerial(options);
  const common: Record<string, string> =
    options.serialNumber === undefined ? {} : { serial: options.serialNumber };
  const step = (phase: FlashStep['phase'], template: string, values: Record<string, string>): FlashStep => {
    const [command, ...args] = fillCommand(template, { ...common, ...values });
    return { phase, command, args, budgetMilliseconds: options.budgetMilliseconds ?? usualBudget };
  };
  const valuesOf = (segment: SegmentFile) => ({
    file: segment.path,
    address: `0x${segment.address.toString(16)}`,
    bytes: String(segment.bytes),
    sha256: segment.sha256,
  });
  const { readBack, reset } = options;
  return {
    name: 'command',
    verified: readBack === undefined ? 'none' : 'readback',
    judge: { install: 'install the program that the bench file names, or give its path' },
    steps: async (segments, folder) => [
      ...segments.map(segment => step('write', options.write, valuesOf(segment))),
      ...(readBack === undefined
        ? []
        : readBackSteps(segments, folder, (segment, back) =>
            step('read back', readBack, { ...valuesOf(segment), back }),
          )),
      ...(reset === undefined ? [] : [step('reset', reset, {})]),
    ],
  };
}
