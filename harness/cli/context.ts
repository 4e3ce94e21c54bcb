import type { Readable, Writable } from 'node:stream';
import type { DeviceSources } from '../library/index.js';
import { visible } from '../visible.js';

/** What a command may touch of the outside world. */
export interface CliContext {
  /** What the user types, asked for only where it is a terminal. */
  in: Readable & { isTTY?: boolean };
  out: Writable;
  err: Writable;
  /** Folder that relative defaults (`reports/`) belong to. */
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Aborted when the user wants to stop. */
  signal: AbortSignal;
  /** False after `--no-color`. */
  isColoured: boolean;
  /** Where connected devices are looked for; default: this machine. */
  devices?: DeviceSources;
}

/** A command's end: its exit code. */
export type Finish = (exitCode: number) => void;

/** Prints a line of any origin: nothing in it can act on the terminal. */
export function printLine(stream: Writable, line = ''): void {
  stream.write(`${visible(line)}\n`);
}

/** Prints a line with colours of our own; strings of others in it must have gone through `visible`. */
export function printColoured(stream: Writable, line: string): void {
  stream.write(`${line}\n`);
}
