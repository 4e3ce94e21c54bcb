import { resolve } from 'node:path';
import type { Command } from 'commander';
import { exitCodes } from '../errors.js';
import { type CliContext, type Finish, printLine } from './context.js';
import { columnsOf } from './terminal/stream.js';

/** `littlefirst history`: the runs of a folder as series. */
export function addHistory(command: Command, context: CliContext, finish: Finish): void {
  command
    .argument('[dir]', 'folder that holds one folder a run', 'reports')
    .option('--json', 'print JSON')
    .option('--html <file>', 'write a page with a line a series too')
    .action(async (dir: string, { json, html }: { json?: boolean; html?: string }) => {
      const { historyHtml, historyText, readHistory, writePage } = await import('../library/index.js');
      const width = columnsOf(context.out);
      const history = await readHistory(resolve(context.cwd, dir));
      printLine(context.out, json === true ? JSON.stringify(history, null, 2) : historyText(history, width));
      if (html !== undefined) {
        const file = resolve(context.cwd, html);
        await writePage(file, historyHtml(history));
        printLine(json === true ? context.err : context.out, file);
      }
      finish(exitCodes.pass);
    });
}
