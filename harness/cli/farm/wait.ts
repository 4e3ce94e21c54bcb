import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { exitCodes, LittlefirstError } from '../../errors.js';
import type { FarmAccess } from '../../library/index.js';
import { isGithubStep, summarise } from '../ci/github.js';
import { type CliContext, type Finish, printLine } from '../context.js';
import type { AccessOptions, FarmParts } from './access.js';
import { secondsOf } from './access.js';

/** What `farm wait` and `farm enqueue --wait` are told. */
export interface WaitOptions extends AccessOptions {
  timeout: string;
  onInterrupt: 'leave' | 'cancel';
  failOn?: 'inconclusive';
  junit?: string;
  markdown?: string;
}

/** Adds the options of a wait. */
export const waitOptions = (command: Command): Command =>
  command
    .option('--timeout <time>', 'how long to wait altogether, e.g. 45m, 6h', '6h')
    .addOption(
      new Option('--on-interrupt <what>', 'what becomes of jobs that have not ended when the wait does')
        .choices(['leave', 'cancel'])
        .default('leave'),
    )
    .addOption(new Option('--fail-on <verdict>', 'end with 1 for it, too').choices(['inconclusive']))
    .option('--junit <file>', 'write a test suite a job, a test case a verdict')
    .option(
      '--markdown <file>',
      'write the answer for a job page; in GitHub Actions it is in the summary anyway',
    );

async function write(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch(cause => {
    throw new LittlefirstError('LF_USAGE', `${path} cannot be written`, {
      received: (cause as Error).message,
      cause,
    });
  });
}

/** Waits for jobs, writes what became of them, and ends the command by it. */
export async function waitAndTell(
  { context, finish }: { context: CliContext; finish: Finish },
  access: FarmAccess,
  which: { jobs?: readonly string[]; key?: string; isKnown?: boolean },
  options: WaitOptions,
): Promise<void> {
  const { waitForJobs } = await import('../../library/index.js');
  const { result, lines, junit, markdown } = await waitForJobs(access, {
    ...which,
    timeoutSeconds: secondsOf(options.timeout),
    onInterrupt: options.onInterrupt,
    failOn: options.failOn,
    signal: context.signal,
    onLine: text => printLine(context.err, text),
  });
  for (const line of lines) printLine(context.out, line);
  if (options.junit !== undefined) await write(resolve(context.cwd, options.junit), junit);
  if (options.markdown !== undefined) await write(resolve(context.cwd, options.markdown), markdown);
  if (isGithubStep(context)) await summarise(context, markdown);
  finish(exitCodes[result]);
}

/** `farm wait`. */
export function addWait(command: Command, { access, accessOf, ...parts }: FarmParts): void {
  waitOptions(
    access(
      command
        .command('wait [jobs...]')
        .description('wait until jobs have ended, and end with their worst exit code')
        .option('--key <text>', 'the jobs that this token has enqueued with that --key'),
    ),
  ).action(async (jobs: string[], options: WaitOptions & { key?: string }) => {
    const wrong = jobs.find(job => !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(job));
    if ((jobs.length === 0) === (options.key === undefined) || wrong !== undefined)
      throw new LittlefirstError('LF_USAGE', 'It is not said which jobs', {
        expected: 'ids of jobs as `farm enqueue` prints them, or --key with its key',
        received: wrong ?? (jobs.length === 0 ? 'neither' : 'both'),
      });
    const which = jobs.length === 0 ? { key: options.key } : { jobs };
    await waitAndTell(parts, accessOf(options), which, options);
  });
}
