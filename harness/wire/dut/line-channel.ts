import { LittlefirstError } from '../../errors.js';
import { LineParser } from '../link/line-parser.js';
import type { Link } from '../link/open.js';
import type { Deadline } from './budgets.js';

/** Lines kept while nobody reads; a board that babbles beyond them loses the oldest. */
const maxQueuedLines = 8192;

/** Lines from a link, one at a time and with a deadline; bytes to it. */
export class LineChannel {
  private readonly parser = new LineParser();
  private readonly queue: string[] = [];
  private waiter: { resolve: (line: string) => void; reject: (error: Error) => void } | undefined;
  private broken: Error | undefined;
  private last: string | undefined;
  private dropped = 0;

  constructor(private readonly link: Link) {
    link.on('error', this.onError);
    link.on('close', this.onClose);
    this.parser.on('data', this.onLine);
    this.parser.on('overflow', this.onOverflow);
    link.pipe(this.parser);
  }

  /** Lines that were lost since the channel was made because they were too long or too many. */
  get droppedLines(): number {
    return this.dropped;
  }

  /** The last line that came, for error messages. */
  get lastLine(): string | undefined {
    return this.last;
  }

  /**
   * The next line, without CR LF. Empty lines are skipped.
   * @throws LF_DUT_TIMEOUT when the deadline passes, LF_LINK_LOST when the line breaks
   */
  async next(deadline: Deadline): Promise<string> {
    const queued = this.queue.shift();
    if (queued !== undefined) {
      if (deadline.remaining() === 0) throw deadline.error(queued);
      return queued;
    }
    if (this.broken !== undefined) throw this.broken;
    return new Promise<string>((resolve, reject) => {
      let timer: NodeJS.Timeout;
      const look = (left: number) => {
        timer = setTimeout(() => {
          const stillLeft = deadline.remaining();
          if (stillLeft > 0) return look(stillLeft);
          this.waiter = undefined;
          reject(deadline.error(this.last));
        }, left);
      };
      look(deadline.remaining());
      this.waiter = {
        resolve: line => {
          clearTimeout(timer);
          resolve(line);
        },
        reject: error => {
          clearTimeout(timer);
          reject(error);
        },
      };
    });
  }

  /** Hands bytes to the link. The buffer must not change until the DUT has answered. */
  send(bytes: Uint8Array | string): void {
    if (this.broken !== undefined) throw this.broken;
    this.link.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** Ends every present and future wait with `reason`. */
  abort(reason: Error): void {
    this.broken ??= reason;
    const waiter = this.waiter;
    this.waiter = undefined;
    waiter?.reject(this.broken);
  }

  /** Leaves the link to others. */
  detach(): void {
    this.link.unpipe(this.parser);
    this.link.off('error', this.onError);
    this.link.off('close', this.onClose);
    this.abort(new LittlefirstError('LF_LINK_LOST', 'The link was closed by the harness'));
  }

  private readonly onLine = (raw: string) => {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (line === '') return;
    this.last = line;
    const waiter = this.waiter;
    if (waiter !== undefined) {
      this.waiter = undefined;
      waiter.resolve(line);
      return;
    }
    this.queue.push(line);
    if (this.queue.length > maxQueuedLines) {
      this.queue.shift();
      this.dropped += 1;
    }
  };

  private readonly onOverflow = () => {
    this.dropped += 1;
  };

  private readonly onError = (error: Error) => this.abort(this.lost(error.message));

  private readonly onClose = (error?: Error | null) => this.abort(this.lost(error?.message ?? 'port closed'));

  private lost(reason: string): LittlefirstError {
    return new LittlefirstError('LF_LINK_LOST', 'The line to the DUT broke', {
      expected: 'an open link',
      received: reason,
      hint: 'check the cable and the power of the board; the run can be resumed',
    });
  }
}
