import { once } from 'node:events';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { exitCodes } from '../../errors.js';
import { printLine } from '../context.js';
import { wholeNumber } from '../options.js';
import type { AccessOptions, FarmParts } from './access.js';

/** `farm export` and `farm import`: the ledger as lines. */
export function addLedger(command: Command, { context, finish, access, accessOf }: FarmParts): void {
  access(command.command('export').description('print every run of the ledger as a line of JSON'))
    .option(
      '--csv <series>',
      'instead the nights of a series as comma separated values, for other programs',
      wholeNumber,
    )
    .action(async (options: AccessOptions & { csv?: number }) => {
      const { exportLedger, seriesCsv } = await import('../../library/index.js');
      const where = accessOf(options);
      const lines =
        options.csv === undefined
          ? exportLedger(where, context.signal)
          : [await seriesCsv(where, options.csv)];
      for await (const line of lines)
        if (!context.out.write(`${line}\n`)) await once(context.out, 'drain', { signal: context.signal });
      finish(exitCodes.pass);
    });
  access(
    command
      .command('import <file>')
      .description('put runs into the ledger: lines of `farm export`, a run.json, or - for standard input'),
  )
    .option('--bench <name>', 'bench that a run.json was measured on')
    .action(async (file: string, options: AccessOptions & { bench?: string }) => {
      const { importLedger } = await import('../../library/index.js');
      const { added, known, missing } = await importLedger(accessOf(options), {
        file: file === '-' ? file : resolve(context.cwd, file),
        input: context.in,
        bench: options.bench,
        signal: context.signal,
      });
      printLine(context.out, `${added} runs added, ${known} were there`);
      if (missing.length > 0)
        printLine(
          context.err,
          `${missing.length} files of them are not in this farm's store: copy the other store's artefacts, and import again`,
        );
      finish(exitCodes.pass);
    });
}
