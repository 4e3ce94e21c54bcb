import type { RP2040 } from 'rp2040js';

type Clock = NonNullable<ConstructorParameters<typeof RP2040>[0]>;

/** What the clock needs to know of the core. */
export interface CycleSource {
  cycles: number;
}

interface Alarm {
  timeNs: number;
  callback: () => void;
  scheduled: boolean;
}

/**
 * Virtual time of a board: it follows the core's cycle counter at the current frequency, and jumps forward in sleep.
 * Nothing is added up per instruction: time = base + cycles since base * period, with a new base only when the frequency changes or
 * the core slept, so that rounding stays below a picosecond a change.
 */
export class VirtualClock implements Clock {
  /** Alarms in time order. */
  readonly #alarms: Alarm[] = [];
  #core: CycleSource = { cycles: 0 };
  #baseNs = 0;
  #baseCycles = 0;
  #periodNs = 8;
  /** Called when an alarm was set before all others, so that a running loop looks again. */
  onEarlier: () => void = () => {};

  /** Continues the time with another core (whose counter may stand elsewhere). */
  attach(core: CycleSource): void {
    this.#baseNs = this.nanos;
    this.#core = core;
    this.#baseCycles = core.cycles;
    this.#alarms.length = 0;
  }

  /** Time and cycles begin at 0 again, with a core that stands there. */
  restart(): void {
    this.#core = { cycles: 0 };
    this.#baseNs = 0;
    this.#baseCycles = 0;
    this.#alarms.length = 0;
  }

  get nanos(): number {
    return this.#baseNs + (this.#core.cycles - this.#baseCycles) * this.#periodNs;
  }

  setFrequency(hertz: number): void {
    this.#rebase(this.nanos);
    this.#periodNs = 1e9 / hertz;
    this.onEarlier();
  }

  /** Cycle count at which the first alarm is due at the current frequency; infinite without one. */
  get firstAlarmCycles(): number {
    if (this.#alarms.length === 0) return Number.POSITIVE_INFINITY;
    return this.#baseCycles + Math.ceil((this.#alarms[0].timeNs - this.#baseNs) / this.#periodNs);
  }

  get hasAlarm(): boolean {
    return this.#alarms.length > 0;
  }

  /** The core sleeps until the first alarm: time passes, cycles do not. */
  sleepToFirstAlarm(): void {
    const { timeNs } = this.#alarms[0];
    if (timeNs > this.nanos) this.#rebase(timeNs);
  }

  /** The core sleeps until `timeNs`, or the first alarm before it. */
  sleepTo(timeNs: number): void {
    const until = Math.min(timeNs, this.#alarms[0]?.timeNs ?? timeNs);
    if (until > this.nanos) this.#rebase(until);
  }

  /** Time passes without power: nobody hears an alarm. */
  passTo(timeNs: number): void {
    this.#alarms.length = 0;
    if (timeNs > this.nanos) this.#rebase(timeNs);
  }

  /** When the first alarm is due; infinite without one. */
  get firstAlarmNs(): number {
    return this.#alarms[0]?.timeNs ?? Number.POSITIVE_INFINITY;
  }

  /** Calls every alarm that is due; also one whose cycle has come while rounding leaves the time a trifle before it. */
  fireDue(): void {
    while (
      this.#alarms.length > 0 &&
      (this.#alarms[0].timeNs <= this.nanos || this.firstAlarmCycles <= this.#core.cycles)
    ) {
      const alarm = this.#alarms.shift()!;
      alarm.scheduled = false;
      alarm.callback();
    }
  }

  createAlarm(callback: () => void): { schedule(deltaNanos: number): void; cancel(): void } {
    const alarm: Alarm = { timeNs: 0, callback, scheduled: false };
    return {
      schedule: deltaNanos => this.#schedule(alarm, deltaNanos),
      cancel: () => this.#cancel(alarm),
    };
  }

  #schedule(alarm: Alarm, deltaNanos: number): void {
    this.#cancel(alarm);
    alarm.timeNs = this.nanos + deltaNanos;
    alarm.scheduled = true;
    let index = this.#alarms.length;
    while (index > 0 && this.#alarms[index - 1].timeNs > alarm.timeNs) index -= 1;
    this.#alarms.splice(index, 0, alarm);
    if (index === 0) this.onEarlier();
  }

  #cancel(alarm: Alarm): void {
    if (!alarm.scheduled) return;
    this.#alarms.splice(this.#alarms.indexOf(alarm), 1);
    alarm.scheduled = false;
  }

  #rebase(timeNs: number): void {
    this.#baseNs = timeNs;
    this.#baseCycles = this.#core.cycles;
  }
}
