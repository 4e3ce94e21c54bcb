/** How far a board may be ahead of the host's clock: a wait costs more than a byte's time on the line. */
const aheadNs = 2e6;
/** Longest wait, milliseconds: so often is told how far the time came. */
const longestMilliseconds = 5;
/**
 * A board that is behind by more than this, because it computes slower than real time or its thread was not let run, goes on from where it
 * is. It is little because what a board catches up happens too fast for its clients: a time stamp and the `m-ready` that follows 78 ms
 * later at 9600 baud come so much closer.
 */
const behindNs = 10e6;

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

  /** @returns virtual time that a board may reach by now which is at `nowNs`, nanoseconds */
  until(nowNs: number): number {
    const wallNs = this.#originNs + this.host() * 1e6;
    if (nowNs >= wallNs - behindNs) return wallNs + aheadNs;
    this.#originNs += nowNs - wallNs;
    return nowNs + aheadNs;
  }

  /**
   * @param nowNs virtual time
   * @param dueNs virtual time at which the board has something to do: `nowNs` while it computes
   * @returns milliseconds of the host's clock to wait, 0 or more
   */
  wait(nowNs: number, dueNs: number): number {
    const wallNs = this.#originNs + this.host() * 1e6;
    return Math.min(longestMilliseconds, Math.max(0, (Math.max(nowNs, dueNs) - aheadNs - wallNs) * 1e-6));
  }
}
