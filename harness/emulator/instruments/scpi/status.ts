import type { ScpiFault } from './syntax.js';

/** Errors that the queue holds; the last then says that it ran over. */
const queueLength = 20;
const eventBits = {
  operationComplete: 1,
  query: 4,
  device: 8,
  execution: 16,
  command: 32,
  powerOn: 128,
} as const;

/** Event status, status byte and error queue (IEEE 488.2, chapter 11; SCPI-99, chapters 20 and 21). */
export class ScpiStatus {
  #queue: string[];
  #events: number = eventBits.powerOn;
  eventEnable = 0;
  serviceEnable = 0;

  /**
   * @param noError what the queue says when it is empty
   * @param describe an error as the queue says it
   */
  constructor(
    private readonly noError: string,
    errors: readonly string[],
    private readonly describe: (code: number, text: string) => string,
  ) {
    this.#queue = [...errors];
  }

  fault({ code, text }: ScpiFault): void {
    if (code <= -100 && code > -200) this.#events |= eventBits.command;
    else if (code <= -200 && code > -300) this.#events |= eventBits.execution;
    else if (code <= -400) this.#events |= eventBits.query;
    else this.#events |= eventBits.device;
    if (this.#queue.length < queueLength) this.#queue.push(this.describe(code, text));
    else this.#queue[queueLength - 1] = this.describe(-350, 'Queue overflow');
  }

  operationComplete(): void {
    this.#events |= eventBits.operationComplete;
  }

  nextError(): string {
    return this.#queue.shift() ?? this.noError;
  }

  get errorCount(): number {
    return this.#queue.length;
  }

  /** Reading clears it. */
  takeEvents(): number {
    const events = this.#events;
    this.#events = 0;
    return events;
  }

  /** @param hasMessage an answer waits */
  statusByte(hasMessage: boolean): number {
    const summary =
      (this.#queue.length > 0 ? 4 : 0) |
      (hasMessage ? 16 : 0) |
      ((this.#events & this.eventEnable) !== 0 ? 32 : 0);
    return summary | ((summary & this.serviceEnable) !== 0 ? 64 : 0);
  }

  clear(): void {
    this.#queue = [];
    this.#events = 0;
  }
}
