import { exitCodes, type OpenBenchOptions, planBench } from '../../library/index.js';
import { type CliContext, printLine } from '../context.js';

const minutes = (seconds: number): string =>
  seconds < 120 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;

/** `run --plan`: what a campaign would do; nothing is touched. */
export async function printPlan(
  { out, cwd }: CliContext,
  file: string | undefined,
  options: OpenBenchOptions,
  isJson: boolean,
): Promise<number> {
  const plan = await planBench(file, options, cwd);
  if (isJson) {
    printLine(out, JSON.stringify(plan, null, 2));
    return exitCodes.pass;
  }
  const { bench, blocks, passes, windows, streamed, lineSeconds, targets } = plan;
  printLine(out, `bench ${bench}: ${blocks.length} blocks, each ${passes} x ${windows} windows`);
  for (const { board, chip, level, bundle, strategy } of blocks)
    printLine(out, `  ${board}  ${chip}  ${level.name}  ${bundle}  ${strategy}`);
  printLine(
    out,
    `${streamed} windows are streamed, which takes the line of a real board at least ${minutes(lineSeconds)}; computing, flashing and idle come to that`,
  );
  for (const { name, fewestWindows } of targets) {
    if (fewestWindows === null || fewestWindows <= windows) continue;
    printLine(
      out,
      `TOO FEW WINDOWS for the target "${name}": at least ${fewestWindows}, or it stays open even if every answer is right`,
    );
  }
  if (targets.length === 0) printLine(out, 'no targets: the run can only pass');
  return exitCodes.pass;
}
