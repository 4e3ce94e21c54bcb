import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { Duplex, type Readable } from 'node:stream';
import { LittlefirstError } from '../../errors.js';
import { optionalModule, requireOptional } from '../../optional-module.js';

/** `open` of node-pty, which its type declarations leave out. */
interface NodePty {
  open(options: { encoding: null }): {
    master: Readable & { pause(): void };
    _slave: { destroy(): void };
    _pty: string;
    _fd: number;
  };
}

/** How long a full terminal is left alone before writing is tried again, milliseconds. */
const retryMilliseconds = 2;

/** A pseudo terminal in raw mode. */
export interface Terminal {
  /** The instrument's side. */
  port: Duplex;
  /** What a client opens as its serial port. */
  path: string;
  close(): void;
}

/**
 * Opens a pseudo terminal that survives while no client has it open. It is raw from the beginning: otherwise the kernel would echo
 * the instrument's own bytes as commands, and hold them back for a line feed. Writing never blocks: the master does not wait, and what finds
 * no room is tried again; a client in the same process could otherwise never read what it waits for. Nor does it wait for anything else: by
 * `fs.write`, each piece would queue for a thread of the pool, and on a busy machine an instrument's stream would fall behind that of another.
 * @throws LF_TOOL_MISSING without stty or node-pty
 */
export function openTerminal(): Terminal {
  const { open } = requireOptional<NodePty>(import.meta.url, optionalModule('@lydell/node-pty'));
  const pty = open({ encoding: null });
  const held = openSync(pty._pty, constants.O_RDWR | constants.O_NOCTTY);
  pty._slave.destroy();
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  const send = (bytes: Buffer, done: (error?: Error | null) => void): void => {
    if (isClosed) {
      done();
      return;
    }
    let rest: Buffer;
    try {
      rest = bytes.subarray(writeSync(pty._fd, bytes));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') {
        done(error as Error);
        return;
      }
      rest = bytes;
    }
    if (rest.length === 0) done();
    else timer = setTimeout(() => send(rest, done), retryMilliseconds);
  };
  const port = new Duplex({
    read: () => {
      pty.master.resume();
    },
    write: (bytes: Buffer, _encoding, done) => send(bytes, done),
    writev: (chunks, done) => send(Buffer.concat(chunks.map(({ chunk }) => chunk)), done),
  });
  pty.master.on('data', (bytes: Buffer) => {
    if (!port.push(bytes)) pty.master.pause();
  });
  pty.master.on('error', error => port.destroy(error));
  port.on('error', () => {});
  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    clearTimeout(timer);
    port.destroy();
    closeSync(held);
    pty.master.destroy();
  };
  try {
    execFileSync('stty', ['raw', '-echo'], { stdio: [held, 'ignore', 'ignore'] });
  } catch (cause) {
    close();
    throw new LittlefirstError('LF_TOOL_MISSING', 'The terminal cannot be made raw', {
      expected: 'the program stty',
      received: cause instanceof Error ? cause.message : String(cause),
      hint: 'serve the instrument on tcp:PORT instead',
      cause,
    });
  }
  return { port, path: pty._pty, close };
}
