import type { Command } from 'commander';
import { LittlefirstError } from '../../errors.js';
import { printLine } from '../context.js';
import { type AccessOptions, type FarmParts, secondsOf } from './access.js';

interface LeaseOptions extends AccessOptions {
  board?: string;
  chip?: string;
  meter?: string;
  bench?: string;
  device?: string;
  tag: string[];
  wait: string;
}

/** `farm lease`: a command with a device of the farm. */
export function addLease(command: Command, { context, finish, access, accessOf }: FarmParts): void {
  access(
    command
      .command('lease <command...>')
      .description(
        'run a command while a device that fits is held for it: farm lease --board rp2040 -- COMMAND; ends with its exit code',
      ),
  )
    .option('--board <name>', 'board that it needs')
    .option('--chip <name>', 'chip')
    .option('--meter <name>', 'meter')
    .option('--bench <name>', 'that bench and no other')
    .option('--device <name>', 'that device')
    .option(
      '--tag <name>',
      'a tag that the device has; again for more',
      (tag: string, tags: string[]) => [...tags, tag],
      [] as string[],
    )
    .option('--wait <time>', 'how long to wait until one is free, e.g. 30m', '1h')
    .addHelpText(
      'after',
      `
The command is told LITTLEFIRST_FARM_BENCH, LITTLEFIRST_FARM_DEVICE, LITTLEFIRST_FARM_LEASE (for run --lease) and LITTLEFIRST_FARM_HOLD (for run --hold).`,
    )
    .action(async (words: string[], options: LeaseOptions) => {
      const { board, chip, meter, bench, device, tag: tags, wait } = options;
      if (board === undefined && bench === undefined)
        throw new LittlefirstError('LF_USAGE', 'It is not said which device', {
          expected: '--board, or --bench, before --',
        });
      const { runUnderLease } = await import('../../library/index.js');
      const code = await runUnderLease(accessOf(options), {
        ...{ want: { board, chip, meter, bench, device, tags }, command: words },
        ...{ waitSeconds: secondsOf(wait), cwd: context.cwd, env: context.env, signal: context.signal },
        onNote: text => printLine(context.err, text),
      });
      finish(code);
    });
}
