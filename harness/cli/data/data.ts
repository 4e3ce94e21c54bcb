import { resolve } from 'node:path';
import type { Command } from 'commander';
import { exitCodes } from '../../errors.js';
import { type CliContext, type Finish, printLine } from '../context.js';
import { addDescribe } from './describe.js';
import { addExport } from './export.js';
import { addImport } from './import.js';

function addList(data: Command, context: CliContext, finish: Finish): void {
  data
    .command('list')
    .description('say which data sets can be used')
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }) => {
      const { listDataSets } = await import('../../library/index.js');
      const entries = await listDataSets();
      if (options.json) printLine(context.out, JSON.stringify(entries, null, 2));
      else
        for (const { name, available, folder, description } of entries) {
          const where = folder === undefined ? '' : ` (${folder})`;
          printLine(context.out, `${available ? 'yes' : 'no '}  ${name}: ${description}${where}`);
        }
      finish(exitCodes.pass);
    });
}

function addFetch(data: Command, context: CliContext, finish: Finish): void {
  data
    .command('fetch')
    .description('download UCI HAR and HAPT from UCI, check their SHA-256, and convert them')
    .requiredOption('--out <dir>', 'folder that receives uci-har/ and hapt/')
    .option('--base-url <url>', 'another address of the two archives, ending in "/"')
    .option('--unverified', 'accept archives with other hashes (a mirror that packed them anew)')
    .action(async (options: { out: string; baseUrl?: string; unverified?: boolean }) => {
      const target = resolve(context.cwd, options.out);
      let lastPercent = -1;
      const { fetchDataSets } = await import('../../library/index.js');
      const sets = await fetchDataSets({
        target,
        baseUrl: options.baseUrl,
        sha256: options.unverified ? 'record' : undefined,
        onProgress: progress => {
          if (progress.step === 'convert') printLine(context.err, `${progress.name}: converting`);
          else if (progress.totalBytes !== undefined) {
            const percent = Math.floor((progress.bytes / progress.totalBytes) * 10) * 10;
            if (percent !== lastPercent) printLine(context.err, `${progress.name}: ${percent} % downloaded`);
            lastPercent = percent;
          }
        },
      });
      for (const set of sets)
        printLine(context.out, `${set.name}: ${set.folder}${set.fetched ? '' : ' (was there)'}`);
      printLine(context.out, `export LITTLEFIRST_DATA=${target}`);
      finish(exitCodes.pass);
    });
}

/** `littlefirst data list|fetch|import|describe|export`. */
export function addData(data: Command, context: CliContext, finish: Finish): void {
  addList(data, context, finish);
  addFetch(data, context, finish);
  addImport(data, context, finish);
  addDescribe(data, context, finish);
  addExport(data, context, finish);
}
