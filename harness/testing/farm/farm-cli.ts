import { main } from '../../cli/main.js';
import { Text } from '../cli.js';
import type { News } from './news.js';

/** A `littlefirst farm` command under way in this process. */
export interface FarmCommand {
  out: Text;
  err: Text;
  /** Its exit code. */
  ended: Promise<number>;
  /** As Ctrl-C does. */
  interrupt(): void;
}

/** Starts a command in a folder. @param words after `littlefirst farm` @param news told of each piece of its errors */
export function farmCommand(
  cwd: string,
  words: readonly string[],
  { env = {}, news }: { env?: NodeJS.ProcessEnv; news?: News } = {},
): FarmCommand {
  const [out, err] = [new Text(), new Text()];
  if (news !== undefined) err.onText = news.tell;
  const stop = new AbortController();
  const ended = main(['node', 'littlefirst', 'farm', ...words], {
    ...{ out, err, cwd, env: { ...process.env, ...env }, signal: stop.signal },
  });
  return { out, err, ended, interrupt: () => stop.abort() };
}
