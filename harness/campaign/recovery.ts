import { asLittlefirstError, type ErrorCode, LittlefirstError } from '../errors.js';
import { attendedClock } from '../host/attended-clock.js';
import { type BoardClock, Budget, Unended, within } from '../host/budget.js';

/** Steps of a recovery, in the order in which they are tried. */
export type RecoveryStep = 'identify' | 'power-cycle' | 'restart' | 'flash';

/** Milliseconds each step may take: of an emulated board's own time, or of the host's for a real one. */
export type RecoveryBudgets = Record<RecoveryStep, number>;

export const defaultRecoveryBudgets: RecoveryBudgets = {
  identify: 20_000,
  'power-cycle': 30_000,
  restart: 20_000,
  flash: 300_000,
};

/** What a recovery can do. Each step ends soon after its signal is aborted, and has left the board to the next one then. */
export interface RecoveryActions {
  /**
   * Brings the line back into a known state and compares the DUT's identity, asked for with a fresh nonce, with what the
   * bench expects. Returns false for another image or bundle; throws when the DUT does not answer, and LF_DUT_IDENTITY when it is
   * another board, which is then neither cycled nor flashed.
   */
  identify: (signal: AbortSignal) => Promise<boolean>;
  /** Cuts the supply and restores it; opens the link again if it went away with the board. */
  powerCycle?: (signal: AbortSignal) => Promise<void>;
  /** Resets the board by other means, where its power cannot be switched. */
  restart?: (signal: AbortSignal) => Promise<void>;
  /** Writes image and blob again. */
  flash?: (signal: AbortSignal) => Promise<void>;
  /** Every step, to the journal. */
  onFault: (fault: { code: string; message: string; action: string }) => void;
  /** Told of a step that was given more time, milliseconds, because the host had no processor for it. */
  onExtended?: (step: RecoveryStep, milliseconds: number) => void;
  budgets?: Partial<RecoveryBudgets>;
  /** Clock that the budgets count by, for an emulated board. */
  boardClock?: BoardClock;
  /** Ends the step under way, and the recovery. */
  signal?: AbortSignal;
}

/** Errors after which the DUT may answer again without its power being cut. */
const soft: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'LF_DUT_REPLY',
  'LF_DUT_TIMEOUT',
  'LF_DUT_ERROR',
  'LF_METER_CHECK',
  'LF_METER_LOSS',
  'LF_SEGMENTATION',
  'LF_DUT_IDENTITY',
]);

type Seen = 'expected' | 'other' | 'silent';

/** Less than this is not worth a word in the log, milliseconds. */
const notableMilliseconds = 500;

class Recovery {
  private last: LittlefirstError;

  constructor(
    private readonly phase: string,
    cause: LittlefirstError,
    private readonly actions: RecoveryActions,
  ) {
    this.last = cause;
  }

  /** Asks first where asking may do, then cuts the power, then flashes, then gives up. */
  async run(): Promise<void> {
    let seen: Seen = soft.has(this.last.code) ? await this.look() : 'silent';
    if (seen === 'silent' && (await this.revive())) seen = await this.look();
    if (seen === 'expected') return;
    if (this.actions.flash !== undefined && (await this.step('flash', this.actions.flash)))
      seen = await this.look();
    if (seen === 'expected') return;
    throw new LittlefirstError(
      seen === 'other' ? 'LF_DUT_IDENTITY' : this.last.code,
      `The DUT did not recover after phase "${this.phase}"`,
      {
        expected: 'the image and bundle of this bench, answering',
        received: this.last.message,
        hint: 'look at the board; the run can be resumed once it answers',
        fields: { phase: this.phase },
        cause: this.last,
      },
    );
  }

  private async revive(): Promise<boolean> {
    const { powerCycle, restart } = this.actions;
    if (powerCycle !== undefined && (await this.step('power-cycle', powerCycle))) return true;
    return restart !== undefined && (await this.step('restart', restart));
  }

  private async look(): Promise<Seen> {
    let same = false;
    const answered = await this.step('identify', async signal => {
      same = await this.actions.identify(signal);
    });
    if (!answered && this.last.code === 'LF_DUT_IDENTITY') throw this.last;
    if (!answered) return 'silent';
    if (same) return 'expected';
    if (this.last.code !== 'LF_DUT_IDENTITY')
      this.last = new LittlefirstError(
        'LF_DUT_IDENTITY',
        'The DUT runs another image or holds another bundle',
      );
    return 'other';
  }

  /** @returns whether the step was done. @throws the signal's reason; what happened when a cancelled step did not end */
  private async step(step: RecoveryStep, act: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
    const { signal, boardClock, budgets } = this.actions;
    const milliseconds = { ...defaultRecoveryBudgets, ...budgets }[step];
    const cause = this.last;
    const withheld = attendedClock.withheld;
    const tell = ({ code, message }: LittlefirstError, end: string) =>
      this.actions.onFault({
        code,
        message,
        action: `recovery after "${this.phase}": ${step} ${end}`,
      });
    try {
      await within(new Budget(milliseconds, boardClock), () => this.late(step, milliseconds), act, signal);
      tell(cause, 'done');
      return true;
    } catch (error) {
      signal?.throwIfAborted();
      this.last = asLittlefirstError(error instanceof Unended ? error.cause : error);
      tell(this.last, error instanceof Unended ? `failed and ${error.message}` : 'failed');
      if (error instanceof Unended) throw this.last;
      return false;
    } finally {
      const extra = attendedClock.withheld - withheld;
      if (extra >= notableMilliseconds) this.actions.onExtended?.(step, extra);
    }
  }

  private late(step: RecoveryStep, milliseconds: number): LittlefirstError {
    const { phase } = this;
    const time = this.actions.boardClock === undefined ? 'ms' : "ms of the emulated board's time";
    return new LittlefirstError(
      step === 'power-cycle' ? 'LF_POWER_FAILED' : 'LF_DUT_TIMEOUT',
      `Recovery after phase "${phase}" did not get past "${step}"`,
      {
        expected: `an end within ${milliseconds} ${time}`,
        received: 'none',
        fields: { phase, step, budgetMilliseconds: milliseconds },
      },
    );
  }
}

/**
 * Brings a DUT back that failed in a phase of a block; on return it has been identified and the block can be started again.
 * Every step is a fault record.
 * @param phase the phase that failed, e.g. `stream`
 * @param cause what ended it
 * @throws the last error when nothing helped, or when a cancelled step did not end and no other may touch the board; LF_DUT_IDENTITY
 *   when it is not the board that it should be; the signal's reason
 */
export async function recoverDut(
  phase: string,
  cause: LittlefirstError,
  actions: RecoveryActions,
): Promise<void> {
  await new Recovery(phase, cause, actions).run();
}
