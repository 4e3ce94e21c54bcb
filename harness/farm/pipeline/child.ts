import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { LittlefirstError } from '../../errors.js';

/** A command that is ended with all that it has started. */
export interface GuardedChild {
  /** Its exit code as a shell tells it: 128 and the signal's number where one has ended it. */
  ended: Promise<number>;
  /** Ends it: in good order first, then at once. */
  stop(): void;
}

/** Waits until the pipe from whoever answers for the command is closed, and ends the command then. */
const guard = `cat >/dev/null; kill -s TERM -- "$1" 2>/dev/null; sleep "$2"; kill -s KILL -- "$1" 2>/dev/null`;

function kill(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal);
  } catch {
    /* it has ended */
  }
}

/** The guard of a command: a process of its own that outlives ours, however that ends. */
function watchOver(target: number, graceSeconds: number): ChildProcess {
  const words = ['-c', guard, 'guard', String(target), String(Math.ceil(graceSeconds))];
  const child = spawn('/bin/sh', words, { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  child.on('error', () => undefined);
  child.stdin?.on('error', () => undefined);
  child.unref();
  return child;
}

/**
 * Starts a command in a process group of its own, so that what it starts ends with it; where a person's terminal stands behind it, in ours, since only so it may read there.
 * @param graceSeconds between asking it to end and ending it
 * @throws LF_USAGE where it cannot be started
 */
export function startGuarded(
  [command, ...words]: readonly string[],
  { env, cwd, graceSeconds }: { env: NodeJS.ProcessEnv; cwd: string; graceSeconds: number },
): GuardedChild {
  const isGroup = process.stdin.isTTY !== true && process.platform !== 'win32';
  const child = spawn(command, words, { env, cwd, stdio: 'inherit', detached: isGroup });
  const target = isGroup ? -(child.pid ?? 0) : (child.pid ?? 0);
  const watcher = child.pid === undefined ? undefined : watchOver(target, graceSeconds);
  let killer: NodeJS.Timeout | undefined;
  let isOver = child.pid === undefined;
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', cause =>
      reject(
        new LittlefirstError('LF_USAGE', `The command ${command} cannot be started`, {
          received: cause.message,
          cause,
        }),
      ),
    );
    child.once('exit', (code, signal) => {
      isOver = true;
      clearTimeout(killer);
      if (isGroup) kill(target, 'SIGKILL');
      watcher?.kill('SIGKILL');
      resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']);
    });
  });
  return {
    ended,
    stop: () => {
      if (isOver || killer !== undefined) return;
      kill(target, 'SIGTERM');
      killer = setTimeout(() => kill(target, 'SIGKILL'), graceSeconds * 1000);
    },
  };
}
