import { LittlefirstError } from '../../errors.js';

/** What the harness waits for; every wait belongs to one phase and ends with its budget. */
export type Phase =
  | 'sync'
  | 'identity'
  | 'levels'
  | 'level'
  | 'strategy'
  | 'reset'
  | 'guard'
  | 'name'
  | 'load'
  | 'loop'
  | 'infer'
  | 'stream-start'
  | 'stream'
  | 'stream-end';

/** Milliseconds a phase may take on the board's clock: the host's for a real board, virtual time for an emulated one. */
export type Budgets = Record<Phase, number>;

/**
 * Budgets that suit a board at 115200 baud: a reply takes milliseconds, hashing the flash for an identity up to a second at
 * the lowest level, a quiet batch of windows that all need Big, in plain C at the lowest level, most of a minute.
 */
export const defaultBudgets: Budgets = {
  sync: 15_000,
  identity: 15_000,
  levels: 5_000,
  level: 5_000,
  strategy: 5_000,
  reset: 5_000,
  guard: 5_000,
  name: 5_000,
  load: 5_000,
  loop: 120_000,
  infer: 120_000,
  'stream-start': 5_000,
  stream: 60_000,
  'stream-end': 10_000,
};

/** How far an emulated board has come, milliseconds of its virtual time. Never decreases; stands still while it waits. */
export type BoardClock = () => number;

/** Longest wait in which an emulated board comes no further, milliseconds of the host's clock. */
export const stallMilliseconds = 20_000;
/** Board's time that counts as getting on, milliseconds. A board that only waits is woken by its own clock now and then, for microseconds. */
const progressMilliseconds = 1;
/** Longest time between two looks at an emulated board's clock, milliseconds. */
const lookMilliseconds = 1_000;

/**
 * The end of a phase's budget. With a board's clock the budget counts the board's time, so that a slow host ends no wait while
 * the board gets on; a board that comes no further has its budget, or {@link stallMilliseconds} if that is less, on the host's clock.
 */
export class Deadline {
  private readonly startedAt: number;
  private readonly boardStartedAt: number;
  private movedAt: number;
  private seen: number;

  constructor(
    readonly phase: Phase,
    readonly budgetMilliseconds: number,
    private readonly board?: BoardClock,
    private readonly host: () => number = () => performance.now(),
  ) {
    this.startedAt = host();
    this.movedAt = this.startedAt;
    this.boardStartedAt = board?.() ?? 0;
    this.seen = this.boardStartedAt;
  }

  /** Milliseconds of the host's clock until the phase may have ended, or an emulated board's clock should be looked at; 0 once it has. */
  remaining(): number {
    const left = this.left();
    return this.board === undefined ? left : Math.min(left, lookMilliseconds);
  }

  /** Milliseconds of the host's clock until the phase ends if the board comes no further; 0 once it has. */
  left(): number {
    const now = this.host();
    if (this.board === undefined) return Math.max(0, this.startedAt + this.budgetMilliseconds - now);
    const reached = this.board();
    if (reached - this.seen >= progressMilliseconds) {
      this.seen = reached;
      this.movedAt = now;
    }
    const ofBudget = this.boardStartedAt + this.budgetMilliseconds - reached;
    const ofStall = this.movedAt + Math.min(this.budgetMilliseconds, stallMilliseconds) - now;
    return Math.max(0, Math.min(ofBudget, ofStall));
  }

  /** @param lastLine the last line that came, to show what the DUT did instead */
  error(lastLine: string | undefined): LittlefirstError {
    const time = this.board === undefined ? 'ms' : "ms of the emulated board's time";
    return new LittlefirstError('LF_DUT_TIMEOUT', `The DUT did not answer in time in phase "${this.phase}"`, {
      expected: `the answer within ${this.budgetMilliseconds} ${time}`,
      received: lastLine === undefined ? 'nothing' : `last line: ${JSON.stringify(lastLine.slice(0, 120))}`,
      hint: 'check power, wiring and baud rate, and that the board runs the littlefirst firmware',
      fields: { phase: this.phase, budgetMilliseconds: this.budgetMilliseconds, lastLine: lastLine ?? null },
    });
  }
}
