import { existsSync } from 'node:fs';
import { execa } from 'execa';
import { LittlefirstError } from '../../errors.js';
import { packagePath } from '../../package-root.js';

/** One line of the plugin's event stream; README.md of firmware/qemu-plugin defines the events. */
export interface TimingEvent {
  event: string;
  value: number;
  /** Best estimate, optimistic and pessimistic core cycles since the start; `sync` lines have none. */
  cycles: number;
  lo: number;
  hi: number;
  instructions: number;
  /** Microseconds of announced sleep so far, in which no cycles pass. */
  sleepUs: number;
}

const fields = ['value', 'cycles', 'lo', 'hi', 'instructions', 'sleepUs'] as const;

/**
 * Parses a line of the event stream.
 * @throws LF_EMULATOR_FAILED for anything else than an event
 */
export function parseTimingEvent(line: string): TimingEvent {
  let parsed: Record<string, unknown> | undefined;
  try {
    parsed = JSON.parse(line) as Record<string, unknown>;
  } catch {
    parsed = undefined;
  }
  const isSync = parsed?.event === 'sync';
  const complete =
    typeof parsed?.event === 'string' &&
    fields.every(field => Number.isSafeInteger(parsed[field]) || (isSync && field !== 'value'));
  if (!complete) {
    throw new LittlefirstError('LF_EMULATOR_FAILED', 'The timing plugin sent a line that is no event', {
      expected: `a JSON object with event, ${fields.join(', ')}`,
      received: line.slice(0, 200),
      hint: 'make -C firmware/qemu-plugin clean all, the plugin may be of another version',
    });
  }
  return { cycles: 0, lo: 0, hi: 0, instructions: 0, sleepUs: 0, ...parsed } as TimingEvent;
}

const pluginPath = packagePath('firmware', 'build', 'libtiming.so');

async function buildPlugin(): Promise<string> {
  const result = await execa('make', ['-C', packagePath('firmware', 'qemu-plugin')], {
    reject: false,
    all: true,
  });
  if (!result.failed) return pluginPath;
  const compilerAbsent = result.exitCode === undefined || /not found|No such file/.test(result.all ?? '');
  if (compilerAbsent && existsSync(pluginPath)) return pluginPath;
  throw new LittlefirstError(
    compilerAbsent ? 'LF_TOOL_MISSING' : 'LF_EMULATOR_FAILED',
    'The timing plugin for QEMU could not be built',
    {
      expected: 'make and a C compiler for this machine (Debian: apt-get install make gcc)',
      received: (result.all ?? result.shortMessage).slice(-1500),
      hint: 'make -C firmware/qemu-plugin',
    },
  );
}

let built: Promise<string> | undefined;

/**
 * Path of the timing plugin, built first if it is missing or older than its sources (once a process).
 * @throws LF_TOOL_MISSING without make or compiler, LF_EMULATOR_FAILED when the build fails
 */
export function ensureTimingPlugin(): Promise<string> {
  built ??= buildPlugin();
  return built;
}
