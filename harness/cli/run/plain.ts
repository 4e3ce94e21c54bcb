import { type Block, type BlockKey, blockLine, type EnergyKind } from '../../library/index.js';
import { type CliContext, printColoured, printLine } from '../context.js';
import { blockName, type Progress } from './progress.js';
import { TimeLeftEstimate, timeLeftText } from './time-left.js';

/** Shortest time between two lines within a block, seconds. */
const pauseSeconds = 10;

/** A line a block that is done, and one now and then within long ones. */
export class PlainProgress implements Progress {
  private total = 0;
  private done = 0;
  private said = 0;
  private estimate: TimeLeftEstimate | undefined;

  /** @param now seconds of a clock */
  constructor(
    private readonly context: CliContext,
    private readonly now: () => number = () => performance.now() / 1e3,
  ) {}

  start(blocks: number, windows: number, queue?: readonly BlockKey[]): void {
    this.total = windows;
    this.said = this.now();
    if (queue !== undefined && blocks > 0)
      this.estimate = new TimeLeftEstimate(queue, windows / blocks, this.now);
  }

  block(_key: BlockKey, position?: number): void {
    if (position !== undefined) this.estimate?.begin(position);
  }

  advance(windows: number, answered?: { position: number }): void {
    this.done += windows;
    if (answered !== undefined) this.estimate?.advance(answered.position, windows);
    if (this.now() - this.said >= pauseSeconds) this.say('');
  }

  energy(): void {}

  blockEnd(key: BlockKey, position?: number): void {
    if (position === undefined) this.say(`  ${blockName(key)}`);
    else this.estimate?.end(position);
  }

  figures(key: BlockKey, figures: Block, energy: EnergyKind): void {
    this.say(`  ${blockName(key)}: ${blockLine(figures, energy)}`);
  }

  note(text: string): void {
    printLine(this.context.err, text);
  }

  banner(line: string): void {
    printColoured(this.context.err, line);
  }

  stop(): void {}

  private say(tail: string): void {
    this.said = this.now();
    const left =
      this.estimate === undefined || this.done >= this.total ? '' : `, ${timeLeftText(this.estimate.left())}`;
    printLine(this.context.err, `${this.done}/${this.total} windows${left}${tail}`);
  }
}
