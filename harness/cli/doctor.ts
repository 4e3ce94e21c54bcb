import type { Command } from 'commander';
import { exitCodes, LittlefirstError } from '../errors.js';
import type { DoctorFinding } from '../library/index.js';
import { type CliContext, type Finish, printLine } from './context.js';

function show(context: CliContext, { what, ok, required, detail, fix }: DoctorFinding): void {
  const mark = ok ? 'ok     ' : required ? 'MISSING' : 'absent ';
  printLine(context.out, `${mark}  ${what}: ${detail.replaceAll('\n', '\n         ')}`);
  if (!ok && fix !== undefined) printLine(context.out, `           fix: ${fix}`);
}

/** Fills placeholders in, and says so on the error stream, since the findings may be JSON. */
async function write(context: CliContext, files: readonly string[]): Promise<void> {
  if (files.length === 0)
    throw new LittlefirstError('LF_USAGE', 'Which file shall be filled in?', {
      expected: '`littlefirst doctor --write my-bench.yaml`: a copy of a shipped bench',
      received: 'no bench file',
    });
  const { fillIn } = await import('../library/index.js');
  for (const file of files)
    for (const { placeholder, serialNumber, reason } of await fillIn(file))
      printLine(
        context.err,
        `${file}: ${placeholder} ${serialNumber === undefined ? `stays: ${reason}` : `is ${serialNumber} now`}`,
      );
}

/** `littlefirst doctor`: what is here, what is missing, what for, and how to mend it. */
export function addDoctor(command: Command, context: CliContext, finish: Finish): void {
  command
    .argument(
      '[benches...]',
      'bench files, or names of shipped ones, to examine besides all that are shipped; if they would not work, the exit code is 3',
    )
    .option('--json', 'as JSON')
    .option(
      '--write',
      'put the serial numbers of connected devices in the place of placeholders in these files',
    )
    .action(async (benches: string[], options: { json?: boolean; write?: boolean }) => {
      const { benchFile, examine, shippedBenches } = await import('../library/index.js');
      const files = benches.map(name => benchFile(name, context.cwd));
      if (options.write) await write(context, files);
      const list = await examine({ folders: [shippedBenches], files });
      if (options.json) printLine(context.out, JSON.stringify(list, null, 2));
      else for (const finding of list) show(context, finding);
      const asked = files.length === 0 ? [] : list.slice(-files.length);
      const broken = [...list.filter(({ required }) => required), ...asked].some(({ ok }) => !ok);
      finish(broken ? exitCodes.bench : exitCodes.pass);
    });
}
