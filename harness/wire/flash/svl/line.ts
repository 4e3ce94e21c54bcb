import type { Duplex } from 'node:stream';
import { afterAttended } from '../../../host/attended-clock.js';
import { parseSvl, type SvlCommand } from './packet.js';

/** What comes from the boot loader carries one byte of data at most: its version. */
const mostData = 1;

export type SvlHeard = { command: SvlCommand; data: Uint8Array } | 'silence' | 'damaged' | 'closed';

/** Packets of the boot loader on an open line, one at a time. */
export class SvlLine {
  private bytes: Uint8Array = new Uint8Array(0);
  private isClosed = false;
  private wake: () => void = () => undefined;
  private readonly take = (chunk: Uint8Array) => {
    this.bytes = Buffer.concat([this.bytes, chunk]);
    this.wake();
  };
  private readonly lose = () => {
    this.isClosed = true;
    this.wake();
  };

  constructor(private readonly stream: Duplex) {
    stream.on('data', this.take);
    stream.on('close', this.lose);
    stream.on('error', this.lose);
  }

  /** Leaves the stream to others. */
  detach(): void {
    this.stream.off('data', this.take);
    this.stream.off('close', this.lose);
  }

  /** Drops what has come so far. */
  forget(): void {
    this.bytes = new Uint8Array(0);
  }

  async send(bytes: Uint8Array): Promise<void> {
    if (this.isClosed) return;
    await new Promise<void>(resolve => {
      /* A line that breaks is noticed by who listens next. */
      this.stream.write(bytes, () => resolve());
    });
  }

  /**
   * @param skips bytes that begin no packet are passed over: the transmitter's start is seen as one (bootloader/src/main.c: "a 23 us wide low blip")
   * @throws the signal's reason
   */
  async hear(milliseconds: number, skips: boolean, signal?: AbortSignal): Promise<SvlHeard> {
    let isLate = false;
    const cancel = afterAttended(() => {
      isLate = true;
      this.wake();
    }, milliseconds);
    const stop = () => this.wake();
    signal?.addEventListener('abort', stop);
    try {
      for (;;) {
        signal?.throwIfAborted();
        const token = parseSvl(this.bytes, mostData);
        if (token.kind === 'packet') {
          this.bytes = this.bytes.subarray(token.taken);
          return { command: token.command, data: token.data };
        }
        if (token.kind === 'damaged' && !skips) return 'damaged';
        if (token.kind === 'damaged') {
          this.bytes = this.bytes.subarray(1);
          continue;
        }
        if (this.isClosed) return 'closed';
        if (isLate) return this.bytes.length > 0 ? 'damaged' : 'silence';
        await new Promise<void>(resolve => {
          this.wake = resolve;
        });
      }
    } finally {
      cancel();
      signal?.removeEventListener('abort', stop);
      this.wake = () => undefined;
    }
  }
}
