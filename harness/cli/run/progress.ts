import { SingleBar } from 'cli-progress';
import { visibleLine } from '../../visible.js';
import type { CliContext } from '../context.js';
import { printColoured, printLine } from '../context.js';

/** How far a campaign is: a bar with the remaining time on a terminal, plain lines elsewhere. */
export interface Progress {
  start(windows: number): void;
  /** @param windows answered since the last call; negative when a block is repeated */
  advance(windows: number): void;
  block(text: string): void;
  /** Prints a line without disturbing the bar. */
  note(text: string): void;
  /** The same of a line with colours of our own. */
  banner(line: string): void;
  stop(): void;
}

/** Shortest time between two plain lines within a block, milliseconds. */
const quietMilliseconds = 10_000;

class BarProgress implements Progress {
  private readonly bar: SingleBar;
  private running = false;

  constructor(private readonly context: CliContext) {
    this.bar = new SingleBar({
      format: '{bar} {percentage}% | {value}/{total} windows | {eta_formatted} left | {block}',
      stream: context.err as NodeJS.WriteStream,
      hideCursor: true,
      etaBuffer: 200,
      barsize: 24,
    });
  }

  start(windows: number): void {
    this.bar.start(windows, 0, { block: '' });
    this.running = true;
  }

  advance(windows: number): void {
    this.bar.increment(windows);
  }

  block(text: string): void {
    this.bar.update({ block: visibleLine(text) });
  }

  note(text: string): void {
    printColoured(this.context.err, `${this.running ? '\r\u001b[K' : ''}${visibleLine(text)}`);
  }

  banner(line: string): void {
    printColoured(this.context.err, `${this.running ? '\r\u001b[K' : ''}${line}`);
  }

  stop(): void {
    this.bar.stop();
    this.running = false;
  }
}

class PlainProgress implements Progress {
  private total = 0;
  private done = 0;
  private begun = 0;
  private said = 0;

  constructor(private readonly context: CliContext) {}

  start(windows: number): void {
    this.total = windows;
    this.begun = performance.now();
    this.said = this.begun;
  }

  advance(windows: number): void {
    this.done += windows;
    if (performance.now() - this.said >= quietMilliseconds) this.say('');
  }

  block(text: string): void {
    this.say(` | ${text}`);
  }

  note(text: string): void {
    printLine(this.context.err, text);
  }

  banner(line: string): void {
    printColoured(this.context.err, line);
  }

  stop(): void {}

  private say(tail: string): void {
    this.said = performance.now();
    const elapsed = (this.said - this.begun) / 1e3;
    const left = this.done > 0 ? ((this.total - this.done) * elapsed) / this.done : undefined;
    const time = left === undefined ? '' : `, about ${Math.ceil(left)} s left`;
    printLine(this.context.err, `${this.done}/${this.total} windows${time}${tail}`);
  }
}

export function createProgress(context: CliContext): Progress {
  const isTerminal = (context.err as NodeJS.WriteStream).isTTY === true;
  return isTerminal ? new BarProgress(context) : new PlainProgress(context);
}
