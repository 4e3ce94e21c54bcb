import { resolve } from 'node:path';
import type { Command } from 'commander';
import { exitCodes } from '../errors.js';
import { type CliContext, type Finish, printLine } from './context.js';

/** `littlefirst seal`: signs a finished run, so that a published report can be proven unchanged. */
export function addSeal(command: Command, context: CliContext, finish: Finish): void {
  command
    .argument('<run>', 'folder of the run, e.g. reports/latest; its reports are written once more')
    .requiredOption('--key <file>', 'Ed25519 private key in PEM (openssl genpkey -algorithm ed25519)')
    .action(async (run: string, { key }: { key: string }) => {
      const folder = resolve(context.cwd, run);
      const { sealRun } = await import('../library/index.js');
      const fingerprint = await sealRun(folder, resolve(context.cwd, key));
      printLine(context.out, `sealed by key ${fingerprint}: ${folder}`);
      finish(exitCodes.pass);
    });
}
