import type { Command } from 'commander';
import { loadBench } from '../campaign/bench/load.js';
import { prepareBench } from '../campaign/bench/prepare.js';
import { checkIdentity, expectedIdentity } from '../campaign/open/identity.js';
import { openDut } from '../campaign/open/open.js';
import { exitCodes, LittlefirstError } from '../errors.js';
import { packagePath } from '../package-root.js';
import { type CliContext, type Finish, printLine } from './context.js';

interface FlashOptions {
  board?: string;
  chip?: string;
  bundle?: string;
  models?: string;
}

async function flash(context: CliContext, file: string | undefined, options: FlashOptions): Promise<number> {
  const { models, ...overrides } = options;
  const path = file ?? packagePath('fixtures', 'benches', 'default.yaml');
  const bench = await loadBench(path, { ...overrides, data: 'synthetic', windows: 1 });
  const [prepared, ...others] = (await prepareBench(bench, { models })).duts;
  if (others.length > 0)
    throw new LittlefirstError('LF_USAGE', 'This bench has several boards', {
      expected: 'one of them: --board and --chip',
      received: bench.duts.map(dut => dut.board).join(', '),
    });
  const [bundle] = prepared.bundles;
  const dut = await openDut(prepared, {
    onFault: fault => printLine(context.err, `${fault.code}: ${fault.message}`),
  });
  try {
    if (dut.flash === undefined)
      throw new LittlefirstError('LF_USAGE', 'This bench has no flasher', {
        expected: 'a block flasher: that names a tool',
        received: 'flasher: none',
      });
    const report = await dut.flash(bundle.blob);
    const identity = await dut.client.sync();
    checkIdentity(identity, expectedIdentity(prepared, bundle));
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
    return exitCodes.pass;
  } finally {
    await dut.close();
  }
}

/** `littlefirst flash`: writes image and bundle and proves by the board's own answer that they are there. */
export function addFlash(program: Command, context: CliContext, finish: Finish): void {
  program
    .command('flash')
    .description('write the image and the first bundle of a bench, verify, and identify the board')
    .argument('[bench]', 'bench file (default: the shipped fixtures/benches/default.yaml)')
    .option('--board <name>', "board instead of the bench file's")
    .option('--chip <name>', 'chip profile (name or file)')
    .option('--bundle <dir>', "bundle folder instead of the bench file's")
    .option('--models <dir>', 'where .tflite files are found that a bundle names but does not hold')
    .action(async (file: string | undefined, options: FlashOptions) =>
      finish(await flash(context, file, options)),
    );
}
