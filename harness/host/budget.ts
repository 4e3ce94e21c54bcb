import { afterAttended, attendedClock, lookMilliseconds, pause } from './attended-clock.js';

/**
 * How far an emulated board has come, milliseconds of its virtual time. Never decreases; stands still while it waits.
 * `settle` resolves when the board has seen what was sent to it so far and has told what it did.
 */
export interface BoardClock {
  (): number;
  settle?: () => Promise<void>;
}

/** Longest wait in which an emulated board comes no further, milliseconds of the host's attended time. */
export const stallMilliseconds = 20_000;
/** Board's time that counts as getting on, milliseconds. A board that only waits is woken by its own clock now and then, for microseconds. */
const progressMilliseconds = 1;
/** Times a silent emulated board is asked to settle: the second answer comes after it has worked on what the first one saw arrive. */
const settlings = 2;
/** How long what was cancelled may take to end, milliseconds of attended time. */
const graceMilliseconds = 5_000;

/**
 * How long something may take. With a board's clock the budget counts the board's time, so that a slow host ends no wait while the
 * board gets on; a board that comes no further has its budget, or {@link stallMilliseconds} (or `stall`) if that is less, on the host's clock.
 * Without one it counts the host's clock, which stands still while the host gives this process no processor. The usual budgets of real
 * boards are ten times and more what is needed: that is their margin.
 */
export class Budget {
  private readonly startedAt: number;
  private readonly boardStartedAt: number;
  private movedAt: number;
  private seen: number;

  /**
   * @param host milliseconds of the host's clock; default: its attended time
   * @param stall longest wait in which an emulated board comes no further, milliseconds of that clock
   */
  constructor(
    readonly milliseconds: number,
    protected readonly board?: BoardClock,
    private readonly host: () => number = () => attendedClock.now(),
    private readonly stall = stallMilliseconds,
  ) {
    this.startedAt = host();
    this.movedAt = this.startedAt;
    this.boardStartedAt = board?.() ?? 0;
    this.seen = this.boardStartedAt;
  }

  /** Milliseconds of the host's clock until the budget may be used up or should be looked at again; 0 once it is. */
  remaining(): number {
    return Math.min(this.left(), lookMilliseconds);
  }

  /** Milliseconds of the host's clock until the budget is used up if the board comes no further; 0 once it is. */
  left(): number {
    const now = this.host();
    if (this.board === undefined) return Math.max(0, this.startedAt + this.milliseconds - now);
    const reached = this.board();
    if (reached - this.seen >= progressMilliseconds) {
      this.seen = reached;
      this.movedAt = now;
    }
    const ofStall = this.movedAt + Math.min(this.milliseconds, this.stall) - now;
    return Math.max(0, Math.min(this.boardTimeLeft(reached), ofStall));
  }

  /**
   * Whether the budget is used up. An emulated board that seems to stand still is asked first, since it may not have had a processor;
   * what it had to say has been read when this resolves.
   */
  async isOver(): Promise<boolean> {
    if (this.left() > 0) return false;
    const { board } = this;
    if (board?.settle === undefined || this.boardTimeLeft(board()) <= 0) return true;
    for (let i = 0; i < settlings; i += 1) {
      await settled(board.settle);
      await new Promise(resolve => setImmediate(resolve));
    }
    return this.left() === 0;
  }

  private boardTimeLeft(reached: number): number {
    return this.boardStartedAt + this.milliseconds - reached;
  }
}

/** Waits for a board to settle; one that is dead, or whose emulator hangs, has settled for good. */
async function settled(settle: () => Promise<void>): Promise<void> {
  let cancel = () => {};
  const hung = new Promise<void>(resolve => {
    cancel = afterAttended(resolve, stallMilliseconds);
  });
  await Promise.race([settle().catch(() => undefined), hung]);
  cancel();
}

/** Calls back once when a budget is used up. Returns the function that prevents it. */
export function whenOver(budget: Budget, act: () => void): () => void {
  let cancel = () => {};
  let isCancelled = false;
  const look = (): void => {
    cancel = afterAttended(async () => {
      const isOver = await budget.isOver();
      if (isCancelled) return;
      if (isOver) act();
      else look();
    }, budget.remaining());
  };
  look();
  return () => {
    isCancelled = true;
    cancel();
  };
}

/** What was cancelled and went on all the same: nothing else may touch what it works on. */
export class Unended extends Error {
  override readonly name = 'Unended';
}

/**
 * Does something that ends within a budget, or is cancelled and has then ended too.
 * @param late the error once the budget is used up
 * @param work ends soon after its signal is aborted
 * @param outer cancels it as well
 * @throws what `work` throws; `late()` or the reason of `outer` when it was cancelled; {@link Unended}, with that as its cause, when
 *   it did not end although it was cancelled
 */
export async function within<T>(
  budget: Budget,
  late: () => Error,
  work: (signal: AbortSignal) => Promise<T>,
  outer?: AbortSignal,
): Promise<T> {
  outer?.throwIfAborted();
  const controller = new AbortController();
  const { signal } = controller;
  const pass = () => controller.abort(outer?.reason);
  outer?.addEventListener('abort', pass, { once: true });
  const unwatch = whenOver(budget, () => controller.abort(late()));
  const ended = new AbortController();
  const unended = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => {
      const cause = signal.reason;
      pause(graceMilliseconds, ended.signal).then(
        () => reject(new Unended(`did not end within ${graceMilliseconds} ms of being cancelled`, { cause })),
        () => undefined,
      );
    });
  });
  try {
    return await Promise.race([work(signal), unended]);
  } catch (error) {
    if (error instanceof Unended || !signal.aborted) throw error;
    throw signal.reason;
  } finally {
    unwatch();
    ended.abort();
    outer?.removeEventListener('abort', pass);
  }
}
