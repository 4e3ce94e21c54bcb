import {
  accuracyText,
  type Block,
  type BlockKey,
  blockLine,
  type EnergyKind,
  type EnergySoFar,
  energySoFarText,
} from '../../library/index.js';
import { visibleLine } from '../../visible.js';
import type { CliContext } from '../context.js';
import { Screen } from '../terminal/screen.js';
import { coloursOf, columnsOf } from '../terminal/stream.js';
import { blockName, type Progress } from './progress.js';
import { TimeLeftEstimate, timeLeftText } from './time-left.js';

/** Shortest time between two drawings, seconds, and how often the time left is drawn anew where nothing else happens. */
const frameSeconds = 0.1;
const tickSeconds = 1;
/** The pace is that of this many of the last seconds. */
const paceSeconds = 10;
/** Blocks that are done, of which lines are shown; the newest. */
const mostDone = 6;

interface Running {
  name: string;
  answered: number;
  correct: number;
  scored: number;
  energy?: EnergySoFar;
}

/**
 * Board, level and strategy under way, pace, accuracy so far with its interval and energy so far without one, the figures of blocks that are
 * done, and the time left: drawn over in place.
 */
export class LiveProgress implements Progress {
  private readonly screen: Screen;
  private readonly paint: ReturnType<typeof coloursOf>;
  private readonly running = new Map<number, Running>();
  private readonly finished: { text: string; isValid: boolean }[] = [];
  /** Windows answered within a frame each. */
  private readonly answers: { at: number; count: number }[] = [];
  private estimate: TimeLeftEstimate | undefined;
  private total = 0;
  private perBlock = 0;
  private blocks = 0;
  private done = 0;
  private drawnAt = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;

  /** @param now seconds of a clock */
  constructor(
    private readonly context: CliContext,
    private readonly now: () => number = () => performance.now() / 1e3,
  ) {
    this.screen = new Screen(context.err);
    this.paint = coloursOf(context.err, context.isColoured);
  }

  start(blocks: number, windows: number, queue?: readonly BlockKey[]): void {
    this.blocks = blocks;
    this.total = windows;
    this.perBlock = blocks === 0 ? 0 : windows / blocks;
    if (queue !== undefined && blocks > 0)
      this.estimate = new TimeLeftEstimate(queue, this.perBlock, this.now);
    this.timer = setInterval(() => this.draw(), tickSeconds * 1e3).unref();
    this.draw();
  }

  block(key: BlockKey, position = -1): void {
    if (position < 0) this.running.clear();
    this.running.set(position, { name: blockName(key), answered: 0, correct: 0, scored: 0 });
    this.estimate?.begin(position);
    this.draw();
  }

  advance(windows: number, answered?: { position: number; isCorrect?: boolean }): void {
    this.done += windows;
    const running = this.running.get(answered?.position ?? -1);
    const isFirst = running?.answered === 0;
    if (running !== undefined && windows > 0) {
      running.answered += windows;
      running.scored += answered?.isCorrect === undefined ? 0 : 1;
      running.correct += answered?.isCorrect === true ? 1 : 0;
    }
    if (answered !== undefined) this.estimate?.advance(answered.position, windows);
    this.count(windows);
    if (isFirst || this.now() - this.drawnAt >= frameSeconds) this.draw();
  }

  energy(soFar: EnergySoFar, position: number): void {
    const running = this.running.get(position);
    if (running === undefined) return;
    const isFirst = running.energy === undefined;
    running.energy = soFar;
    if (isFirst) this.draw();
  }

  blockEnd(key: BlockKey, position = -1): void {
    this.running.delete(position);
    this.estimate?.end(position);
    if (position < 0) this.finished.push({ text: blockName(key), isValid: true });
    this.draw();
  }

  figures(key: BlockKey, figures: Block, energy: EnergyKind): void {
    const text = `${blockName(key)}: ${blockLine(figures, energy)}`;
    this.finished.push({ text, isValid: figures.valid === true });
    this.draw();
  }

  note(text: string): void {
    this.above(visibleLine(text));
  }

  banner(line: string): void {
    this.above(line);
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.screen.clear();
  }

  /** Prints a line that stays, above what is drawn. */
  private above(line: string): void {
    this.screen.clear();
    this.context.err.write(`${line}\n`);
    if (this.timer !== undefined) this.draw();
  }

  private draw(): void {
    if (this.timer === undefined) return;
    this.drawnAt = this.now();
    const { green, red, bold } = this.paint;
    this.screen.draw([this.summary(), ...this.lines()].map(visibleLine), line => {
      if (line.startsWith(doneMark)) return green(doneMark) + line.slice(doneMark.length);
      if (line.startsWith(lostMark)) return red(lostMark) + line.slice(lostMark.length);
      return line.startsWith(runningMark) ? bold(line) : line;
    });
  }

  private summary(): string {
    const share = this.total === 0 ? 0 : Math.floor((100 * this.done) / this.total);
    const pace = this.pace();
    return [
      `${share} % of ${this.blocks} blocks: ${this.done.toLocaleString('en-US')} of ${this.total.toLocaleString('en-US')} windows`,
      ...(pace === undefined ? [] : [`${pace.toPrecision(3)} windows/s`]),
      ...(this.estimate === undefined ? [] : [timeLeftText(this.estimate.left())]),
    ].join(' · ');
  }

  private lines(): string[] {
    const columns = columnsOf(this.context.err);
    const running = [...this.running.values()].flatMap(({ name, answered, correct, scored, energy }) => {
      const figures = [
        ...(scored === 0 ? [] : [accuracyText(correct, scored)]),
        ...(energy === undefined ? [] : [energySoFarText(energy)]),
      ];
      const of = this.estimate === undefined ? '' : ` of ${this.perBlock}`;
      const head = `${runningMark} ${name}  ${answered}${of} windows`;
      if (figures.length === 0) return [head];
      const soFar = `so far ${figures.join(', ')}`;
      const whole = `${head}, ${soFar}`;
      return [...whole].length <= columns ? [whole] : [head, `${' '.repeat(runningMark.length + 1)}${soFar}`];
    });
    const hidden = this.finished.length - mostDone;
    const done = this.finished
      .slice(-mostDone)
      .map(({ text, isValid }) => `${isValid ? doneMark : lostMark} ${text}`);
    return [...running, ...(hidden > 0 ? [`  ${hidden} earlier blocks are done`] : []), ...done];
  }

  private count(windows: number): void {
    const last = this.answers.at(-1);
    if (last !== undefined && this.now() - last.at < frameSeconds) last.count += windows;
    else this.answers.push({ at: this.now(), count: windows });
  }

  /** Windows a second, over the last seconds. */
  private pace(): number | undefined {
    const from = this.now() - paceSeconds;
    while (this.answers.length > 0 && this.answers[0].at < from) this.answers.shift();
    const seconds = this.now() - (this.answers[0]?.at ?? this.now());
    if (seconds < tickSeconds) return undefined;
    return Math.max(0, this.answers.reduce((sum, { count }) => sum + count, 0) / seconds);
  }
}

const runningMark = 'now ';
const doneMark = 'ok  ';
const lostMark = 'BAD ';
