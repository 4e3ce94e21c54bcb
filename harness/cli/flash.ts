import type { Command } from 'commander';
import { exitCodes } from '../errors.js';
import type { FlashOptions } from '../library/index.js';
import { type CliContext, type Finish, printLine } from './context.js';

async function flash(context: CliContext, name: string | undefined, options: FlashOptions): Promise<void> {
  const { benchFile, bundleFolder, flashBoard } = await import('../library/index.js');
  const { cwd } = context;
  const { report, identity } = await flashBoard(name === undefined ? undefined : benchFile(name, cwd), {
    ...options,
    signal: context.signal,
    bundle: options.bundle === undefined ? undefined : bundleFolder(options.bundle, cwd),
    onFault: fault => printLine(context.err, `${fault.code}: ${fault.message}`),
  });
  for (const segment of report.segments)
    printLine(
      context.out,
      `0x${segment.address.toString(16)}  ${segment.bytes} bytes  sha256 ${segment.sha256}`,
    );
  printLine(
    context.out,
    report.verified === 'none'
      ? `not verified: this tool cannot read back; the board's own hashes below are the proof (${report.flasher}, ${report.milliseconds.toFixed(0)} ms)`
      : `verified by ${report.verified} in ${report.milliseconds.toFixed(0)} ms (${report.flasher})`,
  );
  printLine(
    context.out,
    `board ${identity.board} runs image ${identity.image}, bundle ${identity.bundle} ${identity.blob}`,
  );
}

/** `littlefirst flash`: writes image and bundle and proves by the board's own answer that they are there. */
export function addFlash(command: Command, context: CliContext, finish: Finish): void {
  command
    .argument('[bench]', 'bench file, or the name of a shipped one (default: default)')
    .option('--board <name>', "board instead of the bench file's")
    .option('--chip <name>', 'chip profile (name or file)')
    .option('--bundle <dir>', "bundle instead of the bench file's: a folder, or a shipped one by name")
    .option('--models <dir>', 'where .tflite files are found that a bundle names but does not hold')
    .action(async (file: string | undefined, options: FlashOptions) => {
      await flash(context, file, options);
      finish(exitCodes.pass);
    });
}
