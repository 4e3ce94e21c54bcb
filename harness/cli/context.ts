import type { Writable } from 'node:stream';

/** What a command may touch of the outside world. */
export interface CliContext {
  out: Writable;
  err: Writable;
  /** Folder that relative defaults (`reports/`) belong to. */
  cwd: string;
  /** Aborted when the user wants to stop. */
  signal: AbortSignal;
}

/** A command's end: its exit code. */
export type Finish = (exitCode: number) => void;

export function printLine(stream: Writable, line = ''): void {
  stream.write(`${line}\n`);
}
