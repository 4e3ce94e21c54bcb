import { readdirSync, readFileSync } from 'node:fs';

/** Longest time between two looks at the clock while somebody waits, milliseconds. */
export const lookMilliseconds = 100;
/** A look may come this much later without anything being wrong: coarseness of timers, other work of the event loop. Assumed. */
const lateness = 1.2;
/** Looks closer together than this are not worth reading the threads' delays for. */
const coarseMilliseconds = 20;
/** Share of the time that always counts, so that no wait is without an end however busy the host is. */
const leastShare = 1 / 64;

const others = new Set<number>();

/** Counts the threads of another process, e.g. an emulator, as the harness's own. Returns the function that ends this. */
export function attendProcess(pid: number | undefined): () => void {
  if (pid === undefined) return () => undefined;
  others.add(pid);
  return () => void others.delete(pid);
}

/**
 * Milliseconds that each thread of the harness has been ready to run and waited for a processor: the second number of Linux's
 * `/proc/<pid>/task/<tid>/schedstat` (Documentation/scheduler/sched-stats.rst). Empty where the system does not tell.
 */
function runDelays(): Map<string, number> {
  const delays = new Map<string, number>();
  for (const process of ['self', ...others]) {
    const folder = `/proc/${process}/task`;
    try {
      for (const thread of readdirSync(folder)) {
        const [, nanoseconds] = readFileSync(`${folder}/${thread}/schedstat`, 'latin1').split(' ');
        delays.set(`${process}/${thread}`, Number(nanoseconds) * 1e-6);
      }
    } catch {
      /* no Linux, or the thread has just ended */
    }
  }
  return delays;
}

/** Where time and delays come from. */
export interface ClockSources {
  /** A monotonic clock, milliseconds. */
  monotonic: () => number;
  runDelays: () => ReadonlyMap<string, number>;
}

/**
 * The host's monotonic clock, less what the host withheld: the time by which a look came too late (the event loop was not served), or in
 * which the worst-served thread of the harness wanted a processor and got none, whichever is more. Somebody who waits must look
 * every {@link lookMilliseconds}; {@link afterAttended} does.
 */
export class AttendedClock {
  private counted = 0;
  private lost = 0;
  private lastAt: number;
  private lastDelays: ReadonlyMap<string, number>;
  private shown = 0;

  constructor(private readonly sources: ClockSources = { monotonic: () => performance.now(), runDelays }) {
    this.lastAt = sources.monotonic();
    this.lastDelays = sources.runDelays();
  }

  /** Milliseconds, never decreasing. */
  now(): number {
    const at = this.sources.monotonic();
    const passed = at - this.lastAt;
    if (passed < coarseMilliseconds) {
      this.shown = Math.max(this.shown, this.counted + passed);
      return this.shown;
    }
    const late = passed - lateness * lookMilliseconds;
    const withheld = Math.min(Math.max(0, late, this.worstDelay()), passed * (1 - leastShare));
    this.lastAt = at;
    this.lost += withheld;
    this.counted += passed - withheld;
    this.shown = Math.max(this.shown, this.counted);
    return this.shown;
  }

  /** Milliseconds that did not count since the clock was made. */
  get withheld(): number {
    return this.lost;
  }

  /** The longest wait for a processor of one thread since the last look. */
  private worstDelay(): number {
    const delays = this.sources.runDelays();
    let worst = 0;
    for (const [thread, delay] of delays) {
      const before = this.lastDelays.get(thread);
      if (before !== undefined && delay - before > worst) worst = delay - before;
    }
    this.lastDelays = delays;
    return worst;
  }
}

/** The clock that all waits of this process count by. */
export const attendedClock = new AttendedClock();

/**
 * Acts once, when that much time has passed in which the host attended to this process, and after everything that had arrived by
 * then was read. Returns the function that prevents it.
 */
export function afterAttended(
  act: () => void,
  milliseconds: number,
  clock: AttendedClock = attendedClock,
): () => void {
  const end = clock.now() + milliseconds;
  let timer: NodeJS.Timeout | undefined;
  let last: NodeJS.Immediate | undefined;
  const look = () => {
    const left = end - clock.now();
    if (left > 0) timer = setTimeout(look, Math.min(left, lookMilliseconds));
    else last = setImmediate(act);
  };
  look();
  return () => {
    clearTimeout(timer);
    clearImmediate(last);
  };
}

/** Resolves after that much attended time. @throws the signal's reason as soon as it is aborted */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = afterAttended(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
