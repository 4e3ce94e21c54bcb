import type { Command } from 'commander';
import { LittlefirstError } from '../../errors.js';
import type { FarmAccess } from '../../library/index.js';
import type { CliContext, Finish } from '../context.js';

export interface AccessOptions {
  dir?: string;
}

/** What the commands of `farm` are made with. */
export interface FarmParts {
  context: CliContext;
  finish: Finish;
  /** Adds the options that say which farm. */
  access: (command: Command) => Command;
  accessOf: (options: AccessOptions) => FarmAccess;
}

/** `90`, `45m`, `2h`, `3d` in seconds. @throws LF_USAGE */
export function secondsOf(text: string): number {
  const [, count, unit] = /^(\d{1,7})([smhd]?)$/.exec(text) ?? [];
  if (count === undefined)
    throw new LittlefirstError('LF_USAGE', 'This is no length of time', {
      expected: 'e.g. 45m, 2h, 3d',
      received: text,
    });
  return Number(count) * { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }[unit as '' | 's' | 'm' | 'h' | 'd'];
}
