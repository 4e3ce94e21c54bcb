import { createHash } from 'node:crypto';

/** One thing that happens at one instant of virtual time. */
export interface Event {
  /** Milliseconds since the world began, of a clock that never jumps. */
  at: number;
  what: string;
  /** @returns what is to be remembered of it */
  act: () => Promise<string | undefined> | string | undefined;
}

type Placed = Event & { order: number };

const isBefore = (a: Placed, b: Placed): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** Events that are still to come, the earliest first; of one instant, in the order in which they were put in. */
export class Timeline {
  private readonly heap: Placed[] = [];
  private order = 0;
  /** Virtual time, milliseconds. */
  now = 0;

  /** @param delay milliseconds from now */
  after(delay: number, what: string, act: Event['act']): void {
    const { heap } = this;
    heap.push({ at: this.now + Math.max(0, delay), what, act, order: this.order++ });
    for (let i = heap.length - 1; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (!isBefore(heap[i], heap[parent])) break;
      [heap[i], heap[parent]] = [heap[parent], heap[i]];
      i = parent;
    }
  }

  /** Takes the next event out, and moves time to it. */
  next(): Event | undefined {
    const { heap } = this;
    const [first] = heap;
    const last = heap.pop();
    if (last === undefined) return undefined;
    if (heap.length > 0) {
      heap[0] = last;
      for (let i = 0; ; ) {
        let least = i;
        for (const child of [2 * i + 1, 2 * i + 2])
          if (child < heap.length && isBefore(heap[child], heap[least])) least = child;
        if (least === i) break;
        [heap[i], heap[least]] = [heap[least], heap[i]];
        i = least;
      }
    }
    this.now = first.at;
    return first;
  }
}

/** Events that an error shows. */
const kept = 25;

/** What has happened: a hash of all, and the newest in words. */
export class Trace {
  private readonly hash = createHash('sha256');
  private readonly newest: string[] = [];
  count = 0;

  /** @param onLine told of each line */
  constructor(private readonly onLine: (line: string) => void = () => undefined) {}

  write(at: number, what: string, outcome: string): void {
    this.count++;
    const line = `${this.count} ${(at / 1000).toFixed(3)} s ${what}: ${outcome}`;
    this.hash.update(`${line}\n`);
    this.onLine(line);
    this.newest.push(line);
    if (this.newest.length > kept) this.newest.shift();
  }

  last(): string[] {
    return [...this.newest];
  }

  /** Of all lines so far. */
  digest(): string {
    return this.hash.copy().digest('hex');
  }
}
