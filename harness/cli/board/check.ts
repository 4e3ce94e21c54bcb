import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { exitCodes } from '../../errors.js';
import type { BoardCheckOptions } from '../../library/index.js';
import { meterNames } from '../choices.js';
import { type CliContext, type Finish, printLine } from '../context.js';
import { positiveCount } from '../options.js';

interface Options extends Omit<BoardCheckOptions, 'onFinding' | 'signal'> {
  json?: boolean;
  junit?: string;
}

async function check(context: CliContext, target: string, options: Options): Promise<boolean> {
  const { json, junit, ...rest } = options;
  const { checkBoard, findingsJunit, findingText } = await import('../../library/index.js');
  const { board, findings } = await checkBoard(
    target,
    {
      ...rest,
      signal: context.signal,
      onFinding: finding => {
        if (!json) for (const line of findingText(finding).split('\n')) printLine(context.out, line);
      },
    },
    context.cwd,
  );
  if (json)
    printLine(context.out, JSON.stringify({ schema: 'littlefirst.board-check/1', board, findings }, null, 2));
  if (junit !== undefined) await writeFile(resolve(context.cwd, junit), findingsJunit(board, findings));
  const of = (verdict: string) => findings.filter(finding => finding.verdict === verdict).length;
  if (!json)
    printLine(context.out, `${board}: ${of('pass')} passed, ${of('fail')} failed, ${of('skip')} skipped`);
  return of('fail') === 0;
}

/** `littlefirst board check`: the conformance run of a port. */
export function addBoardCheck(board: Command, context: CliContext, finish: Finish): void {
  board
    .command('check')
    .description(
      'try what any port must guarantee, on silicon or emulated; each failure says what to look at',
    )
    .argument(
      '<target>',
      'a bench file, a link such as serial:/dev/ttyACM0, or a board, which is then emulated',
    )
    .option('--board <board>', 'the board behind a link: its name, or the path of your own')
    .option('--chip <chip>', "chip profile with the board's levels (default: the board's own)")
    .option(
      '--bundles <dirs...>',
      'bundles whose strategies are run (default: paper, little-first-a, little-first-b)',
    )
    .option('--windows <n>', 'windows of each strategy (default: 24)', positiveCount)
    .addOption(
      new Option('--meter <driver>', "an instrument in an emulated board's supply").choices([
        'direct',
        ...meterNames,
      ]),
    )
    .option('--only <checks...>', 'these checks alone')
    .option('--json', 'findings as JSON')
    .option('--junit <file>', 'findings as JUnit XML too')
    .action(async (target: string, options: Options) => {
      finish((await check(context, target, options)) ? exitCodes.pass : exitCodes.fail);
    });
}
