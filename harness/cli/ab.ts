import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { exitCodes } from '../errors.js';
import { type CliContext, type Finish, printLine } from './context.js';
import { chosenBlocks, positiveCount } from './options.js';
import { columnsOf } from './terminal/stream.js';

interface AbOptions {
  bench?: string;
  board?: string;
  chip?: string;
  level?: 'all' | string[];
  strategy?: 'all' | string[];
  data?: string;
  order?: 'published' | 'chronological';
  windows?: 'all' | number;
  models?: string;
  rounds?: number;
  repeatability?: number;
  leastEffect?: number;
  out?: string;
  markdown?: boolean;
  json?: boolean;
}

/** A percentage as a share. */
function percentage(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value <= 0 || value >= 50)
    throw new InvalidArgumentError('a percentage above 0 and below 50 is expected, e.g. 0.2');
  return value / 100;
}

const exitOf = {
  regressed: 'fail',
  'cannot tell': 'inconclusive',
  improved: 'pass',
  'not regressed': 'pass',
} as const;

/** `littlefirst ab`: whether a change of firmware or bundle needs more, measured in pairs on one bench. */
export function addAb(command: Command, context: CliContext, finish: Finish): void {
  chosenBlocks(
    command
      .argument('<imageA>', 'before: folder of firmware images with manifest.json, or a bundle')
      .argument('<imageB>', 'after: another one of the same kind')
      .option('--bench <file>', 'bench file, or the name of a shipped one (default: default)'),
  )
    .option('--models <dir>', 'where .tflite files are found that a bundle names but does not hold')
    .option('--rounds <count>', 'rounds of A B B A at most, four runs each (default: 4)', positiveCount)
    .option(
      '--repeatability <percent>',
      'spread of one run on this bench, 1 sd (default: 0.2, assumed)',
      percentage,
    )
    .option(
      '--least-effect <percent>',
      'smallest change that matters (default: 0.5, or 1.96 spreads where that is more)',
      percentage,
    )
    .option('--out <dir>', 'folder that receives the runs, ab.json and ab.md (default: reports/<id>)')
    .option('--markdown', 'print Markdown, e.g. for a comment on a pull request')
    .addOption(new Option('--json', 'print JSON (littlefirst.ab/1)').conflicts('markdown'))
    .action(async (before: string, after: string, options: AbOptions) => {
      const [{ abRuns, abText }, { dataOf }] = await Promise.all([
        import('../library/index.js'),
        import('./data/data-of.js'),
      ]);
      const {
        bench,
        level,
        strategy,
        data,
        rounds,
        repeatability,
        leastEffect,
        out,
        markdown,
        json,
        ...others
      } = options;
      const result = await abRuns({
        ...{ before, after, bench, rounds, spread: repeatability, leastEffect, out },
        options: {
          ...others,
          levels: level,
          strategies: strategy,
          data: data === undefined ? undefined : dataOf(context, data),
        },
        cwd: context.cwd,
        signal: context.signal,
        onRun: (round, place, image) =>
          printLine(
            context.err,
            `round ${round}, run ${place} of 4: ${image} (${image === 'A' ? before : after})`,
          ),
        onCaution: caution => printLine(context.err, caution),
        onNote: text => printLine(context.err, text),
      });
      if (json === true) printLine(context.out, JSON.stringify(result.answer, null, 2));
      else
        printLine(
          context.out,
          markdown === true ? result.markdown : abText(result.answer, columnsOf(context.out)),
        );
      printLine(json === true || markdown === true ? context.err : context.out, result.folder);
      finish(exitCodes[exitOf[result.answer.verdict]]);
    });
}
