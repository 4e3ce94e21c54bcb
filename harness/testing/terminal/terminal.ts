import { constants, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Readable, Writable } from 'node:stream';
import { ReadStream, WriteStream } from 'node:tty';
import { Grid } from './grid.js';

/** `open` of node-pty, which its type declarations leave out. */
interface NodePty {
  open(options: { cols: number; rows: number; encoding: null }): {
    master: Readable & Writable;
    _slave: { destroy(): void };
    _pty: string;
    resize(cols: number, rows: number): void;
    destroy(): void;
  };
}

/** A real pseudo terminal: a program's streams on one side, what a user sees and types on the other. */
export class TestTerminal {
  readonly grid: Grid;
  readonly out: WriteStream;
  readonly in: ReadStream;
  private raw = '';
  private readonly waiting = new Set<() => void>();

  private constructor(
    private readonly pty: ReturnType<NodePty['open']>,
    columns: number,
    rows: number,
  ) {
    this.grid = new Grid(columns, rows);
    const open = () => openSync(pty._pty, constants.O_RDWR | constants.O_NOCTTY);
    this.out = new WriteStream(open());
    this.in = new ReadStream(open());
    pty._slave.destroy();
    pty.master.on('data', (bytes: Buffer) => {
      const text = bytes.toString();
      this.raw += text;
      this.grid.write(text);
      for (const wake of this.waiting) wake();
    });
    pty.master.on('error', () => {});
  }

  static open(columns = 100, rows = 30): TestTerminal {
    const { open } = createRequire(import.meta.url)('@lydell/node-pty') as NodePty;
    return new TestTerminal(open({ cols: columns, rows, encoding: null }), columns, rows);
  }

  /** Everything that was written, sequences and all. */
  get written(): string {
    return this.raw;
  }

  /** What the user types. */
  type(text: string): void {
    this.pty.master.write(text);
  }

  /** Resolves when the screen shows this. */
  shows(wanted: RegExp | string): Promise<void> {
    const isShown = () => {
      const text = this.grid.text();
      return typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text);
    };
    return new Promise(resolve => {
      const look = () => {
        if (!isShown()) return;
        this.waiting.delete(look);
        resolve();
      };
      this.waiting.add(look);
      look();
    });
  }

  close(): void {
    this.in.destroy();
    this.out.destroy();
    this.pty.master.destroy();
  }
}
