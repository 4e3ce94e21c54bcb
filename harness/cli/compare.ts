import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { exitCodes } from '../errors.js';
import { type CliContext, type Finish, printLine } from './context.js';
import { columnsOf } from './terminal/stream.js';

interface CompareOptions {
  markdown?: boolean;
  json?: boolean;
  html?: string;
  failOn?: 'worse';
}

/** `littlefirst compare`: what became better or worse from one run to another. */
export function addCompare(command: Command, context: CliContext, finish: Finish): void {
  command
    .argument('<baseline>', 'folder of the run to compare with')
    .argument('<candidates...>', 'folders of the runs that are compared with it')
    .option('--markdown', 'print Markdown, e.g. for a comment on a pull request')
    .option('--json', 'print JSON (littlefirst.compare/1, one object a candidate)')
    .option('--html <file>', 'write a page too')
    .addOption(new Option('--fail-on <verdict>', 'exit with 1 where anything is worse').choices(['worse']))
    .action(async (baseline: string, candidates: string[], options: CompareOptions) => {
      const { compareFolders, comparisonHtml, comparisonMarkdown, comparisonText, writePage } = await import(
        '../library/index.js'
      );
      const comparisons = await compareFolders([baseline, ...candidates], context.cwd);
      const file = options.html === undefined ? undefined : resolve(context.cwd, options.html);
      if (file !== undefined) await writePage(file, comparisonHtml(comparisons));
      if (options.json === true) printLine(context.out, JSON.stringify(comparisons, null, 2));
      else
        for (const comparison of comparisons)
          printLine(
            context.out,
            options.markdown === true
              ? comparisonMarkdown(comparison)
              : comparisonText(comparison, columnsOf(context.out)),
          );
      if (file !== undefined) printLine(options.json === true ? context.err : context.out, file);
      const isWorse = comparisons.some(({ verdict }) => verdict === 'worse' || verdict === 'mixed');
      finish(options.failOn === 'worse' && isWorse ? exitCodes.fail : exitCodes.pass);
    });
}
