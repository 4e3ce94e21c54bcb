import { LittlefirstError } from '../../errors.js';
import { whenOver } from '../../host/budget.js';
import { LineParser } from '../link/line-parser.js';
import type { Link } from '../link/open.js';
import { serverRefusal } from '../link/server-refusals.js';
import type { Deadline } from './budgets.js';
import { LineWatch } from './line-watch.js';

/** Lines kept while nobody reads; a board that babbles beyond them loses the oldest. */
const maxQueuedLines = 8192;

/** Whoever waits for the next line. */
interface Waiter {
  resolve: (line: string) => void;
  reject: (error: Error) => void;
}

/** Lines from a link, one at a time and with a deadline; bytes to it. */
export class LineChannel {
  private readonly parser = new LineParser();
  private readonly watch = new LineWatch();
  private readonly queue: string[] = [];
  private waiter: Waiter | undefined;
  private broken: Error | undefined;
  private last: string | undefined;
  private dropped = 0;

  constructor(private readonly link: Link) {
    link.on('error', this.onError);
    link.on('close', this.onClose);
    this.parser.on('data', this.onLine);
    this.parser.on('overflow', this.onOverflow);
    this.parser.on('received', this.onReceived);
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
   * @param signal ends the wait, and with it the right to the line
   * @throws LF_DUT_TIMEOUT when the deadline passes, LF_LINK_LOST when the line breaks, the signal's reason, LF_INTERNAL when somebody
   *   else waits already: a line that two wait for reaches the wrong one
   */
  async next(deadline: Deadline, signal?: AbortSignal): Promise<string> {
    signal?.throwIfAborted();
    if (this.waiter !== undefined)
      throw new LittlefirstError('LF_INTERNAL', 'Two wait for the next line of the DUT', {
        expected: 'the end of one wait before the next begins',
        received: `a second wait in phase "${deadline.phase}"`,
      });
    const queued = this.queue.shift();
    if (queued !== undefined) {
      if (deadline.remaining() === 0) throw this.explain(deadline.error(queued));
      return queued;
    }
    if (this.broken !== undefined) throw this.broken;
    return new Promise<string>((resolve, reject) => {
      const end = () => {
        this.waiter = undefined;
        unwatch();
        signal?.removeEventListener('abort', onAbort);
      };
      const waiter: Waiter = {
        resolve: line => {
          end();
          resolve(line);
        },
        reject: error => {
          end();
          reject(error);
        },
      };
      const onAbort = () => waiter.reject(signal?.reason);
      const unwatch = whenOver(deadline, () => waiter.reject(this.explain(deadline.error(this.last))));
      signal?.addEventListener('abort', onAbort, { once: true });
      this.waiter = waiter;
    });
  }

  /** Hands bytes to the link. The buffer must not change until the DUT has answered. */
  send(bytes: Uint8Array | string): void {
    if (this.broken !== undefined) throw this.broken;
    if (typeof bytes === 'string') this.watch.onSent(bytes);
    this.link.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** An error with what the line showed and its cure. */
  explain(error: LittlefirstError): LittlefirstError {
    return this.watch.explain(error);
  }

  /** Ends every present and future wait with `reason`. */
  abort(reason: Error): void {
    this.broken ??= reason;
    this.waiter?.reject(this.broken);
  }

  /** Leaves the link to others. */
  detach(): void {
    this.link.unpipe(this.parser);
    this.link.off('error', this.onError);
    this.link.off('close', this.onClose);
    this.abort(new LittlefirstError('LF_LINK_LOST', 'The link was closed by the harness'));
  }

  private readonly onLine = (raw: string) => {
    const line = this.watch.withoutEcho(raw);
    if (line === '') return;
    this.last = line;
    if (this.waiter !== undefined) return this.waiter.resolve(line);
    this.queue.push(line);
    if (this.queue.length > maxQueuedLines) {
      this.queue.shift();
      this.dropped += 1;
    }
  };

  private readonly onReceived = (chunk: Buffer) => {
    this.watch.flowControlBytes = this.parser.ends.flowControlBytes;
    this.watch.onReceived(chunk);
  };

  private readonly onOverflow = () => {
    this.dropped += 1;
  };

  private readonly onError = (error: Error) => this.abort(this.lost(error.message));

  private readonly onClose = (error?: Error | null) => this.abort(this.lost(error?.message ?? 'port closed'));

  private lost(reason: string): LittlefirstError {
    const refusal = serverRefusal(this.watch.text);
    if (refusal !== undefined) return refusal;
    return new LittlefirstError('LF_LINK_LOST', 'The line to the DUT broke', {
      expected: 'an open link',
      received: reason,
      hint: 'check the cable and the power of the board; the run can be resumed',
    });
  }
}
