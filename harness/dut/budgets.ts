import { LittlefirstError } from '../errors.js';

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
  | 'stream-start'
  | 'stream'
  | 'stream-end';

/** Milliseconds a phase may take on the host's clock. */
export type Budgets = Record<Phase, number>;

/**
 * Budgets that suit a real board at 115200 baud and an emulated one on a busy host: a reply takes milliseconds, hashing
 * the flash for an identity up to a second at the lowest level, a batch of windows some seconds when emulated.
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
  'stream-start': 5_000,
  stream: 10_000,
  'stream-end': 10_000,
};

/** A point on the host's monotonic clock by which a phase must have ended. */
export class Deadline {
  private readonly endsAt: number;

  constructor(
    readonly phase: Phase,
    readonly budgetMilliseconds: number,
  ) {
    this.endsAt = performance.now() + budgetMilliseconds;
  }

  /** Milliseconds left, at least 0. */
  remaining(): number {
    return Math.max(0, this.endsAt - performance.now());
  }

  /** @param lastLine the last line that came, to show what the DUT did instead */
  error(lastLine: string | undefined): LittlefirstError {
    return new LittlefirstError('LF_DUT_TIMEOUT', `The DUT did not answer in time in phase "${this.phase}"`, {
      expected: `the answer within ${this.budgetMilliseconds} ms`,
      received: lastLine === undefined ? 'nothing' : `last line: ${JSON.stringify(lastLine.slice(0, 120))}`,
      hint: 'check power, wiring and baud rate, and that the board runs the littlefirst firmware',
      fields: { phase: this.phase, budgetMilliseconds: this.budgetMilliseconds, lastLine: lastLine ?? null },
    });
  }
}
