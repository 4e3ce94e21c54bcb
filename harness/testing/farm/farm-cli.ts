import { setTimeout as pause } from 'node:timers/promises';
import { main } from '../../cli/main.js';
import { Text } from '../cli.js';

/** A `littlefirst farm` command under way in this process. */
export interface FarmCommand {
  out: Text;
  err: Text;
  /** Its exit code. */
  ended: Promise<number>;
  /** As Ctrl-C does. */
  interrupt(): void;
}

/** Starts a command in a folder. @param words after `littlefirst farm` */
export function farmCommand(cwd: string, words: readonly string[], env: NodeJS.ProcessEnv = {}): FarmCommand {
  const [out, err] = [new Text(), new Text()];
  const stop = new AbortController();
  const ended = main(['node', 'littlefirst', 'farm', ...words], {
    ...{ out, err, cwd, env: { ...process.env, ...env }, signal: stop.signal },
  });
  return { out, err, ended, interrupt: () => stop.abort() };
}

/** Looks again until something is so; the test's own limit ends it. */
export async function until<T>(
  look: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await pause(100);
  }
}
