import { type Command, Option } from 'commander';
import { LittlefirstError } from '../../errors.js';
import type { CliContext, Finish } from '../context.js';
import {
  allowOption,
  budgetOption,
  chosenBlocks,
  failOnOption,
  folderModeOption,
  quietOption,
} from '../options.js';
import type { RunCommandOptions } from './execute.js';

/** @throws LF_USAGE */
function leaseOf(text: string): { fence: number; attempt: string } {
  const [, fence, attempt] = /^(\d{1,15}):([0-9a-f-]{36})$/.exec(text) ?? [];
  if (fence === undefined)
    throw new LittlefirstError('LF_USAGE', 'This is no lease', {
      expected: 'its number, ":" and the attempt, as a worker gives them',
      received: text,
    });
  return { fence: Number(fence), attempt };
}

/** `littlefirst run`: collects a campaign, evaluates it and asserts on it. */
export function addRun(command: Command, context: CliContext, finish: Finish): void {
  chosenBlocks(
    command.argument(
      '[bench]',
      'bench file, or the name of a shipped one, e.g. side-by-side (default: default)',
    ),
  )
    .option('--bundle <dir>', "bundle instead of the bench file's: a folder, or a shipped one by name")
    .option('--models <dir>', 'where .tflite files are found that a bundle names but does not hold')
    .option('--out <dir>', "folder that receives the run's files itself (default: reports/<run-id>)")
    .option('--resume <run>', 'go on with an unfinished run')
    .option('--allow-commands', 'let the journal of a resumed run name programs to be started')
    .option('--plan', 'say which blocks and windows would be run and how long that takes; touch nothing')
    .option('--json', 'print JSON: the plan, or the run record and where its files lie')
    .addOption(quietOption())
    .option('--open', 'open the report in the browser')
    .option('--while-stdin', 'end in good order when standard input is closed, as when a supervisor dies')
    .option('--firmware <dir>', 'folder of images with their manifest, instead of the shipped ones')
    .option(
      '--start-anew',
      'start the board anew before its first block, by its power where the bench switches that',
    )
    .addOption(
      new Option('--lease <fence:attempt>', 'lease of a device farm, for journal and record').argParser(
        leaseOf,
      ),
    )
    .option(
      '--hold <name>',
      'wait until no other run on this host holds this name, and hold it; for supervisors',
    )
    .addOption(folderModeOption())
    .addOption(allowOption())
    .addOption(failOnOption())
    .addOption(budgetOption())
    .action(async (file: string | undefined, options: RunCommandOptions) => {
      const { run } = await import('./execute.js');
      finish(await run(context, file, options));
    });
}
