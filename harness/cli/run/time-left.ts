import type { BlockKey } from '../../library/index.js';

/** Seconds that a campaign still takes, and what that rests on. */
export interface TimeLeft {
  seconds: number;
  /** As the quickest and the slowest block of each kind would have it; equal where no more is known. */
  low: number;
  high: number;
  base: string;
}

interface Running {
  begun: number;
  answered: number;
}

/** Least share of a block after which its own pace tells how long it takes. */
const tellingShare = 0.1;

const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** Which blocks take equally long: first those of the same level, then of the same strategy, then any. */
const kinds: readonly ((key: BlockKey) => string)[] = [
  ({ board, chip, level, bundle, strategy }) => [board, chip, level.name, bundle, strategy].join('\n'),
  ({ board, bundle, strategy }) => [board, bundle, strategy].join('\n'),
  () => '',
];

/**
 * How long a campaign still takes, from the blocks that are done: a block that is to come takes as long as those most like it took. Until
 * one is done, from the pace of those under way. Several blocks at a time share the work.
 */
export class TimeLeftEstimate {
  private readonly running = new Map<number, Running>();
  private readonly waiting: Set<number>;
  private readonly took = new Map<string, number[]>();

  /**
   * @param queue the blocks, each by its place
   * @param windows of each block
   * @param now seconds of a clock
   */
  constructor(
    private readonly queue: readonly BlockKey[],
    private readonly windows: number,
    private readonly now: () => number = () => performance.now() / 1e3,
  ) {
    this.waiting = new Set(queue.keys());
  }

  /** A block begins, or begins again. */
  begin(position: number): void {
    this.waiting.delete(position);
    this.running.set(position, { begun: this.now(), answered: 0 });
  }

  advance(position: number, windows: number): void {
    const running = this.running.get(position);
    if (running !== undefined) running.answered += windows;
  }

  end(position: number): void {
    const running = this.running.get(position);
    if (running === undefined) return;
    this.running.delete(position);
    const seconds = this.now() - running.begun;
    for (const [rank, kind] of kinds.entries()) {
      const name = `${rank} ${kind(this.queue[position])}`;
      this.took.set(name, [...(this.took.get(name) ?? []), seconds]);
    }
  }

  /** Undefined until enough is known. */
  left(): TimeLeft | undefined {
    const machines = Math.max(1, this.running.size);
    const parts = [
      ...[...this.running].map(([position, running]) => this.restOf(position, running)),
      ...[...this.waiting].map(position => this.expected(position)),
    ];
    const known = parts.filter(part => part !== undefined);
    if (known.length < parts.length) return undefined;
    const sum = (of: 'seconds' | 'low' | 'high') => known.reduce((all, part) => all + part[of], 0) / machines;
    const done = this.took.get(`${kinds.length - 1} `)?.length ?? 0;
    const base = done === 0 ? 'from the windows so far' : `from ${done} block${done === 1 ? '' : 's'} done`;
    return { seconds: sum('seconds'), low: sum('low'), high: sum('high'), base };
  }

  /** A whole block, from those done, else from the pace of those under way. */
  private expected(position: number): Omit<TimeLeft, 'base'> | undefined {
    for (const [rank, kind] of kinds.entries()) {
      const took = this.took.get(`${rank} ${kind(this.queue[position])}`);
      if (took !== undefined)
        return { seconds: meanOf(took), low: Math.min(...took), high: Math.max(...took) };
    }
    const paces = [...this.running.values()].flatMap(running => this.paceOf(running) ?? []);
    if (paces.length === 0) return undefined;
    return { seconds: meanOf(paces), low: Math.min(...paces), high: Math.max(...paces) };
  }

  private restOf(position: number, running: Running): Omit<TimeLeft, 'base'> | undefined {
    const elapsed = this.now() - running.begun;
    const pace = this.paceOf(running);
    if (pace !== undefined) {
      const rest = Math.max(0, pace - elapsed);
      return { seconds: rest, low: rest, high: rest };
    }
    const whole = this.expected(position);
    if (whole === undefined) return undefined;
    const rest = (seconds: number) => Math.max(0, seconds - elapsed);
    return { seconds: rest(whole.seconds), low: rest(whole.low), high: rest(whole.high) };
  }

  /** How long a block under way will have taken. */
  private paceOf({ begun, answered }: Running): number | undefined {
    if (answered <= 0 || answered < tellingShare * this.windows) return undefined;
    return ((this.now() - begun) * this.windows) / answered;
  }
}

/** `45 s`, `3 min 20 s`, `1 h 5 min`. */
export function durationText(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min${whole % 60 === 0 ? '' : ` ${whole % 60} s`}`;
  const minutes = Math.round((whole % 3600) / 60);
  return `${Math.floor(whole / 3600)} h${minutes === 0 ? '' : ` ${minutes} min`}`;
}

/** `about 40 s left (35 s to 52 s, from 3 blocks done)`. */
export function timeLeftText(left: TimeLeft | undefined): string {
  if (left === undefined) return 'time left is not known yet';
  const [low, high] = [durationText(left.low), durationText(left.high)];
  const range = low === high ? '' : `${low} to ${high}, `;
  return `about ${durationText(left.seconds)} left (${range}${left.base})`;
}
