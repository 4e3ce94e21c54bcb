import { LittlefirstError } from '../../errors.js';
import { type BoardClock, Budget } from '../../host/budget.js';

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

/** The end of a phase's budget. */
export class Deadline extends Budget {
  /** @param host milliseconds of the host's clock; default: its attended time. @param stall see `Budget` */
  constructor(
    readonly phase: Phase,
    milliseconds: number,
    board?: BoardClock,
    host?: () => number,
    stall?: number,
  ) {
    super(milliseconds, board, host, stall);
  }

  /** @param lastLine the last line that came, to show what the DUT did instead */
  error(lastLine: string | undefined): LittlefirstError {
    const time = this.board === undefined ? 'ms' : "ms of the emulated board's time";
    return new LittlefirstError('LF_DUT_TIMEOUT', `The DUT did not answer in time in phase "${this.phase}"`, {
      expected: `the answer within ${this.milliseconds} ${time}`,
      received: lastLine === undefined ? 'nothing' : `last line: ${JSON.stringify(lastLine.slice(0, 120))}`,
      hint: 'check power, wiring and baud rate, and that the board runs the littlefirst firmware',
      fields: { phase: this.phase, budgetMilliseconds: this.milliseconds, lastLine: lastLine ?? null },
    });
  }
}
