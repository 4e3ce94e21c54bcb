import type { RP2040 } from 'rp2040js';
import type { VirtualClock } from './clock.js';

const CSR = 0x10;
const RVR = 0x14;
const CVR = 0x18;
const ENABLE = 1;
const INTERRUPT = 2;
const COUNTFLAG = 1 << 16;

/**
 * The SysTick timer at the CPU clock, counted in the core's own cycles (Armv6-M ARM, B3.3): rp2040js derives its counter from
 * nanoseconds and rounds. Replaces the three registers in the PPB.
 */
export class SysTick {
  readonly #chip: RP2040;
  readonly #alarm: { schedule(deltaNanos: number): void; cancel(): void };
  #control = 0;
  #reload = 0;
  #wrapped = false;
  /** Cycle count at which the counter last stood at 0. */
  #zeroAt = 0;
  /** Counter while stopped. */
  #stopped = 0;

  constructor(chip: RP2040, clock: VirtualClock) {
    this.#chip = chip;
    this.#alarm = clock.createAlarm(() => this.#wrap());
    const { ppb } = chip;
    const read = ppb.readUint32.bind(ppb);
    const write = ppb.writeUint32.bind(ppb);
    ppb.readUint32 = offset => (offset >= CSR && offset <= CVR ? this.#read(offset) : read(offset));
    ppb.writeUint32 = (offset, value) =>
      offset >= CSR && offset <= CVR ? this.#write(offset, value) : write(offset, value);
  }

  /** To be called after a change of the system clock. */
  clockChanged(): void {
    this.#scheduleWrap();
  }

  get #period(): number {
    return this.#reload + 1;
  }

  get #counter(): number {
    if ((this.#control & ENABLE) === 0) return this.#stopped;
    const passed = (this.#chip.core.cycles - this.#zeroAt) % this.#period;
    return passed === 0 ? 0 : this.#period - passed;
  }

  #read(offset: number): number {
    if (offset === RVR) return this.#reload;
    if (offset === CVR) return this.#counter;
    const value = this.#control | (this.#wrapped ? COUNTFLAG : 0);
    this.#wrapped = false;
    return value;
  }

  #write(offset: number, value: number): void {
    const counter = this.#counter;
    if (offset === RVR) this.#reload = value & 0xffffff;
    else if (offset === CSR) this.#control = value & 7;
    const next = offset === CVR ? 0 : counter;
    if (offset === CVR) this.#wrapped = false;
    this.#stopped = next;
    this.#zeroAt = this.#chip.core.cycles - (next === 0 ? 0 : this.#period - next);
    this.#scheduleWrap();
  }

  #scheduleWrap(): void {
    this.#alarm.cancel();
    if ((this.#control & ENABLE) === 0 || this.#reload === 0) return;
    const { cycles } = this.#chip.core;
    const left = this.#period - ((cycles - this.#zeroAt) % this.#period);
    this.#alarm.schedule(left * (1e9 / this.#chip.clkSys));
  }

  #wrap(): void {
    this.#wrapped = true;
    if ((this.#control & INTERRUPT) !== 0) {
      this.#chip.core.pendingSystick = true;
      this.#chip.core.interruptsUpdated = true;
    }
    this.#scheduleWrap();
  }
}
