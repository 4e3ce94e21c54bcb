import type { PowerEvent } from '../../machine/machine.js';
import { type EventBatch, eventKinds } from './messages.js';

const capacity = 8192;

/** What an event is stamped with. */
export interface TimeSource {
  cycles: number;
  clock: { nanos: number };
}

/** Collects power events in typed arrays and hands them on in batches. */
export class EventLog {
  readonly #timesNs = new Float64Array(capacity);
  readonly #cycles = new Float64Array(capacity);
  readonly #kinds = new Uint8Array(capacity);
  readonly #values = new Uint16Array(capacity);
  #count = 0;

  constructor(private readonly deliver: (batch: EventBatch) => void) {}

  add(kind: PowerEvent['kind'], value: number, source: TimeSource): void {
    if (this.#count === capacity) this.flush();
    const index = this.#count++;
    this.#timesNs[index] = source.clock.nanos;
    this.#cycles[index] = source.cycles;
    this.#kinds[index] = eventKinds.indexOf(kind);
    this.#values[index] = value;
  }

  flush(): void {
    const count = this.#count;
    if (count === 0) return;
    this.#count = 0;
    this.deliver({
      timesNs: this.#timesNs.slice(0, count),
      cycles: this.#cycles.slice(0, count),
      kinds: this.#kinds.slice(0, count),
      values: this.#values.slice(0, count),
    });
  }
}
