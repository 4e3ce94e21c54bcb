import { execa, parseCommandString } from 'execa';
import { type ErrorCode, LittlefirstError } from '../../../errors.js';

/** One run of a tool. */
export interface ToolStep {
  /** What the step is for; named in errors. */
  phase: 'write' | 'read back' | 'reset';
  command: string;
  args: readonly string[];
  /** Milliseconds the step may take; a tool that takes longer is killed. */
  budgetMilliseconds: number;
  /** How often the judgement's `done` must appear; default 1. */
  doneTimes?: number;
  /** Output that says: the work is done, the board was told to leave. A failure then is only that it is gone. */
  leaves?: RegExp;
}

const times = (pattern: RegExp, text: string): number =>
  text.match(new RegExp(pattern.source, `${pattern.flags.replace('g', '')}g`))?.length ?? 0;

/** How a tool tells that something went wrong beyond its exit status. */
export interface ToolJudgement {
  /** Output that means failure whatever the exit status is. */
  failed?: RegExp;
  /** Output that means: what was written is not what is there. */
  mismatch?: RegExp;
  /** Output that must appear when the tool has done its work. */
  done?: RegExp;
  /** Output that means that the probe or board was not found. */
  absent?: RegExp;
  /** How to get the tool. */
  install: string;
}

const shownLines = 8;
/** Output beyond this is not kept; tools print progress bars. */
const keptBytes = 1_000_000;
/** Of a line of its output that much is looked at: the patterns take the square of a line's length. */
const lookedAtCharacters = 1_000;
/** A tool that ignores SIGTERM is killed after this. */
export const killAfterMilliseconds = 2_000;

/** The last lines of a tool's output, with progress bars (carriage returns) reduced to their last state. */
export function lastLines(output: string): string {
  const lines = output.split('\n').map(
    line =>
      line
        .split('\r')
        .filter(part => part.trim() !== '')
        .at(-1) ?? '',
  );
  return (
    lines
      .filter(line => line.trim() !== '')
      .slice(-shownLines)
      .join('\n    ') || 'no output'
  );
}

/** Splits a command line as `bin/tool --flag "a b"` would be; no shell is involved. @throws LF_CONFIG_INVALID when it is empty */
export function splitCommand(text: string): [string, ...string[]] {
  const [command, ...args] = parseCommandString(text);
  if (command === undefined)
    throw new LittlefirstError('LF_CONFIG_INVALID', 'A command is empty', {
      expected: 'a program and its arguments',
    });
  return [command, ...args];
}

/**
 * Runs one step to its end.
 * @returns everything it printed, both streams
 * @throws LF_TOOL_MISSING, LF_FLASH_FAILED, LF_FLASH_VERIFY; the signal's reason, once the tool has ended
 */
export async function runTool(
  flasher: string,
  step: ToolStep,
  judge: ToolJudgement,
  signal?: AbortSignal,
): Promise<string> {
  const result = await execa(step.command, step.args, {
    all: true,
    reject: false,
    stdin: 'ignore',
    stripFinalNewline: false,
    timeout: step.budgetMilliseconds,
    forceKillAfterDelay: killAfterMilliseconds,
    maxBuffer: keptBytes,
    env: { LC_ALL: 'C' },
    cancelSignal: signal,
  });
  signal?.throwIfAborted();
  return judgeTool(flasher, step, judge, result);
}

/** How a tool ended. */
export interface ToolResult {
  failed: boolean;
  timedOut?: boolean;
  exitCode?: number;
  signal?: string;
  /** Why it could not be started, e.g. `ENOENT`. */
  code?: string;
  all?: string;
}

/** Lines of which each is as long as one looks at; what a progress bar overwrote counts as a line. */
export function shortLines(output: string): string {
  return output.replace(/[^\n\r]+/g, line => line.slice(0, lookedAtCharacters));
}

/** Everything that a tool printed. @throws LF_TOOL_MISSING, LF_FLASH_FAILED, LF_FLASH_VERIFY */
export function judgeTool(flasher: string, step: ToolStep, judge: ToolJudgement, result: ToolResult): string {
  const output = shortLines(result.all ?? '');
  const fail = (code: ErrorCode, summary: string, expected: string, received: string, hint?: string) =>
    new LittlefirstError(code, `${flasher}: ${summary}`, {
      expected,
      received,
      hint,
      fields: { flasher, phase: step.phase, tool: step.command, exitCode: result.exitCode ?? null },
      cause: result.failed ? result : undefined,
    });
  if (result.code === 'ENOENT' || result.code === 'EACCES')
    throw fail(
      'LF_TOOL_MISSING',
      `${step.command} cannot be started`,
      `the program ${step.command} on the PATH`,
      result.code,
      judge.install,
    );
  if (result.timedOut)
    throw fail(
      'LF_FLASH_FAILED',
      `${step.command} did not end in phase "${step.phase}"`,
      `an end within ${step.budgetMilliseconds} ms`,
      `killed; last lines:\n    ${lastLines(output)}`,
      'check the wiring to the board; raise budgetMilliseconds for a large flash',
    );
  if (judge.mismatch?.test(output))
    throw fail(
      'LF_FLASH_VERIFY',
      'the board does not hold what was written',
      'equal memory',
      lastLines(output),
      'flash again; if it stays, the flash is worn out, protected, or another chip',
    );
  const unfinished = judge.done !== undefined && times(judge.done, output) < (step.doneTimes ?? 1);
  const failed = result.failed || judge.failed?.test(output) || unfinished;
  if (failed && !step.leaves?.test(output))
    throw fail(
      'LF_FLASH_FAILED',
      `${step.command} failed in phase "${step.phase}"`,
      'success',
      `${result.signal ? `signal ${result.signal}` : `exit status ${result.exitCode}`}; last lines:\n    ${lastLines(output)}`,
      judge.absent?.test(output)
        ? 'is the probe or board with this serial number connected, and may you open it? `littlefirst doctor` lists what is there'
        : undefined,
    );
  return output;
}
