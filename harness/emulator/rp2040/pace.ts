/** How far a board may be ahead of the host's clock: a wait costs more than a byte's time on the line. */
const aheadNs = 2e6;
/** Longest wait, milliseconds: so often is told how far the time came. */
const longestMilliseconds = 5;
/** A board that computes slower than real time is behind by more than this: its time then goes on from where it is. */
const behindNs = 50e6;

/** Keeps a board's virtual time from running ahead of the host's clock. */
export class RealTimePace {
  #originNs: number;

  /** @param host milliseconds of the host's clock */
  constructor(
    nowNs: number,
    private readonly host: () => number = () => performance.now(),
  ) {
    this.#originNs = nowNs - host() * 1e6;
  }

  /** Virtual time that the board may have reached by now, nanoseconds. */
  get untilNs(): number {
    return this.#originNs + this.host() * 1e6 + aheadNs;
  }

  /**
   * @param nowNs virtual time
   * @param dueNs virtual time at which the board has something to do: `nowNs` while it computes
   * @returns milliseconds of the host's clock to wait, 0 or more
   */
  wait(nowNs: number, dueNs: number): number {
    const wallNs = this.#originNs + this.host() * 1e6;
    if (nowNs < wallNs - behindNs) this.#originNs += nowNs - wallNs;
    return Math.min(longestMilliseconds, Math.max(0, (Math.max(nowNs, dueNs) - aheadNs - wallNs) * 1e-6));
  }
}
