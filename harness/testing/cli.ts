import { Writable } from 'node:stream';
import { main } from '../cli/main.js';

/** Text of a stream, and a promise of its first line. */
export class Text extends Writable {
  text = '';
  /** Called after each piece. */
  onText: () => void = () => {};
  private tell: () => void = () => {};
  readonly firstLine = new Promise<void>(resolve => {
    this.tell = resolve;
  });

  /** @param both takes the same text too, in the order in which streams that share it are written */
  constructor(private readonly both?: Text) {
    super();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    this.tell();
    this.onText();
    if (this.both !== undefined) this.both.text += chunk.toString();
    done();
  }
}

/** How the program ended and what it said: on each stream, and on both in order. */
export interface Ended {
  code: number;
  out: string;
  err: string;
  text: string;
}

/** Runs the program in this process. @param cwd folder that it is called in */
export async function littlefirst(cwd: string, ...args: string[]): Promise<Ended> {
  const both = new Text();
  const [out, err] = [new Text(both), new Text(both)];
  const code = await main(['node', 'littlefirst', ...args], { out, err, cwd });
  return { code, out: out.text, err: err.text, text: both.text };
}
