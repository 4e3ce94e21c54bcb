import { asLittlefirstError, type ErrorCode, LittlefirstError } from '../errors.js';

/** Steps of a recovery, in the order in which they are tried. */
export type RecoveryStep = 'identify' | 'power-cycle' | 'restart' | 'flash';

/** Milliseconds each step may take. */
export type RecoveryBudgets = Record<RecoveryStep, number>;

export const defaultRecoveryBudgets: RecoveryBudgets = {
  identify: 20_000,
  'power-cycle': 30_000,
  restart: 20_000,
  flash: 300_000,
};

export interface RecoveryActions {
  /**
   * Brings the line back into a known state and compares the DUT's identity, asked for with a fresh nonce, with what the
   * bench expects. Returns false for another image or bundle; throws when the DUT does not answer, and LF_DUT_IDENTITY when it is
   * another board, which is then neither cycled nor flashed.
   */
  identify: () => Promise<boolean>;
  /** Cuts the supply and restores it; opens the link again if it went away with the board. */
  powerCycle?: () => Promise<void>;
  /** Resets the board by other means, where its power cannot be switched. */
  restart?: () => Promise<void>;
  /** Writes image and blob again. */
  flash?: () => Promise<void>;
  /** Every step, to the journal. */
  onFault: (fault: { code: string; message: string; action: string }) => void;
  budgets?: Partial<RecoveryBudgets>;
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

/** Ends a step that takes too long; what it still does is not waited for. */
async function within<T>(
  step: RecoveryStep,
  phase: string,
  milliseconds: number,
  work: Promise<T>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new LittlefirstError(
            step === 'power-cycle' ? 'LF_POWER_FAILED' : 'LF_DUT_TIMEOUT',
            `Recovery after phase "${phase}" did not get past "${step}"`,
            {
              expected: `an end within ${milliseconds} ms`,
              received: 'none',
              fields: { phase, step, budgetMilliseconds: milliseconds },
            },
          ),
        ),
      milliseconds,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

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
    const answered = await this.step('identify', async () => {
      same = await this.actions.identify();
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

  private async step(step: RecoveryStep, act: () => Promise<void>): Promise<boolean> {
    const budget = { ...defaultRecoveryBudgets, ...this.actions.budgets }[step];
    const cause = this.last;
    try {
      await within(step, this.phase, budget, act());
      this.actions.onFault({
        code: cause.code,
        message: cause.message,
        action: `recovery after "${this.phase}": ${step} done`,
      });
      return true;
    } catch (error) {
      this.last = asLittlefirstError(error);
      this.actions.onFault({
        code: this.last.code,
        message: this.last.message,
        action: `recovery after "${this.phase}": ${step} failed`,
      });
      return false;
    }
  }
}

/**
 * Brings a DUT back that failed in a phase of a block; on return it has been identified and the block can be started again.
 * Every step is a fault record.
 * @param phase the phase that failed, e.g. `stream`
 * @param cause what ended it
 * @throws the last error when nothing helped; LF_DUT_IDENTITY when it is not the board that it should be
 */
export async function recoverDut(
  phase: string,
  cause: LittlefirstError,
  actions: RecoveryActions,
): Promise<void> {
  await new Recovery(phase, cause, actions).run();
}
