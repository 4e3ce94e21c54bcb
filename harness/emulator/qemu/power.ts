import { LittlefirstError } from '../../errors.js';
import { afterAttended } from '../../host/attended-clock.js';
import { type Marker, markers, type PowerEvent } from '../../machine/machine.js';
import { parseTimingEvent, type TimingEvent } from './timing-plugin.js';

/**
 * Virtual time of one stretch in marker state `transfer`: assumed, some dozen bytes at 115,200 baud. QEMU's line has no rate, and the cycles that the
 * core spends on it depend on how the host's bytes come.
 */
const transferNs = 1e6;
/** Longest wait for the core to rest, milliseconds of attended time: it may be computing. */
export const restMilliseconds = 5000;
/** The same for a program that has not slept since it started: it may be one that never sleeps. */
const startMilliseconds = 300;

/** @throws LF_CONFIG_INVALID for levels without a clock */
export function checkLevels(levelHz: readonly number[]): void {
  if (levelHz.length > 0 && levelHz.every(hertz => hertz > 0)) return;
  throw new LittlefirstError('LF_CONFIG_INVALID', 'The machine needs the clock of every level', {
    expected: 'one or more frequencies above 0 Hz',
    received: JSON.stringify(levelHz),
  });
}

/**
 * Turns the plugin's events into power events in virtual time.
 *
 * Virtual time is what the modelled chip would take: cycles divided by the clock of the level in force, plus the sleep that
 * the firmware announces (`elapse`). Where it deals with the host the core's cycles are the host's accident: a stretch of transfer takes
 * `transferNs`, and an idle one no time from its first WFI on. So the same program on the same input gives the same times on any host.
 */
export class QemuPower {
  private readonly listeners = new Set<(events: readonly PowerEvent[]) => void>();
  private pendingText = '';
  private batch: PowerEvent[] = [];
  private timeNs = 0;
  private last = { cycles: 0, lo: 0, hi: 0, early: 0, sleepUs: 0 };
  /** Counts at the last beginning. */
  private base = { cycles: 0, lo: 0, hi: 0, early: 0 };
  private marker: Marker = markers.idle;
  /** The time-stamp line is low, and the core only waits for it to be high again: its cycles are time. */
  private isPulsing = false;
  /** The core waited for the host in this idle stretch. */
  private hasWaited = false;
  /** Whether the program sleeps when it waits; undefined from its start until that is known. */
  private sleeps: boolean | undefined = false;
  /** It does so now. */
  private isAtRest = false;
  /** Events since the machine was made. */
  private told = 0;
  private readonly resting = new Set<() => void>();
  private hertz: number;
  private level = 0;
  /** The core runs at a clock that is no level's. */
  private isBetween = false;
  private readonly syncs = new Map<number, { resolve: () => void; reject: (error: unknown) => void }>();
  private nextSync = 1;

  /**
   * @param levelHz clock of each level
   * @param send writes a request to the plugin
   * @param wired what the meter's logic inputs are wired to
   */
  constructor(
    private readonly levelHz: readonly number[],
    private readonly send: (line: string) => void,
    private readonly wired: 'markers' | 'timestamp' = 'markers',
  ) {
    checkLevels(levelHz);
    this.hertz = levelHz[0];
  }

  onPower(listener: (events: readonly PowerEvent[]) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Takes a piece of the plugin's stream. @throws LF_EMULATOR_FAILED */
  receive(text: string): void {
    const lines = (this.pendingText + text).split('\n');
    this.pendingText = lines.pop() ?? '';
    try {
      for (const line of lines) this.take(parseTimingEvent(line));
    } finally {
      this.flush();
    }
  }

  /** Resolves when everything that happened before has been delivered. */
  sync(): Promise<void> {
    const id = this.nextSync++;
    return new Promise((resolve, reject) => {
      this.syncs.set(id, { resolve, reject });
      this.send(`sync ${id}\n`);
    });
  }

  /** How many events the program has caused: as long as it stays the same, the core has done nothing that shows. */
  get events(): number {
    return this.told;
  }

  /** Resolves when the core waits for the host, as far as its events tell; soon where the program never sleeps. */
  async rest(): Promise<void> {
    if (this.isAtRest || this.sleeps === false) return;
    const milliseconds = this.sleeps ? restMilliseconds : startMilliseconds;
    await new Promise<void>(resolve => {
      const end = () => {
        cancel();
        this.resting.delete(end);
        resolve();
      };
      const cancel = afterAttended(end, milliseconds);
      this.resting.add(end);
    });
    this.sleeps ??= false;
  }

  /** The harness reset the core, which has not run since: it starts at level 0. The plugin is told. */
  reset(): void {
    this.send('reset\n');
    this.restart('reset');
  }

  /** The same, and its time and cycles begin at 0 again. */
  begin(): void {
    this.send('reset\n');
    const { cycles, lo, hi, early } = this.last;
    this.base = { cycles, lo, hi, early };
    this.timeNs = 0;
    this.restart('begin');
  }

  private restart(kind: 'reset' | 'begin'): void {
    this.hertz = this.levelHz[0];
    this.level = 0;
    this.isBetween = false;
    this.marker = markers.idle;
    this.isPulsing = false;
    /* What the core did since its last event is not told: it must not count behind the beginning. */
    this.hasWaited = kind === 'begin';
    this.isAtRest = false;
    this.sleeps ||= undefined;
    this.emit(kind, 0);
    this.flush();
  }

  /** Ends all waiting. */
  fail(error: LittlefirstError): void {
    for (const { reject } of this.syncs.values()) reject(error);
    this.syncs.clear();
    for (const end of this.resting) end();
  }

  private take(event: TimingEvent): void {
    if (event.event === 'sync') {
      this.flush();
      this.syncs.get(event.value)?.resolve();
      this.syncs.delete(event.value);
      return;
    }
    this.told += 1;
    if (this.counts(event)) this.timeNs += ((event.cycles - this.last.cycles) * 1e9) / this.hertz;
    this.isAtRest = event.event === 'sleep';
    const sleepNs = (event.sleepUs - this.last.sleepUs) * 1e3;
    this.last = event;
    switch (event.event) {
      case 'reset':
        /* What the harness itself ordered was told at once. Any other comes in the order of what the core did: by the time that QEMU's own word of it is heard the program may have run for long. */
        if (event.value === 0) this.restart('reset');
        break;
      case 'marker':
        this.enterMarker(event.value as Marker);
        break;
      case 'level':
        this.enterLevel(event.value);
        break;
      case 'clock':
        this.hertz = event.value;
        if (!this.isBetween) this.emit('clock', 1);
        this.isBetween = true;
        break;
      case 'sleep':
      case 'wake':
        this.sleeps = true;
        if (this.marker === markers.idle) this.hasWaited = true;
        this.emit(event.event, 0);
        break;
      case 'pin':
        this.isPulsing = event.value === 0;
        if (this.wired === 'timestamp') this.emit('logic', event.value);
        break;
      case 'elapse':
        this.emit('sleep', 0);
        this.timeNs += sleepNs;
        this.emit('wake', 0);
        break;
      case 'fault':
        throw new LittlefirstError(
          'LF_EMULATOR_FAILED',
          'The program uses a DSP instruction, which a Cortex-M3 lacks',
          {
            received: `at address 0x${event.value.toString(16)}`,
            hint: 'the image was built for a Cortex-M4; use the one of this board',
            fields: { address: event.value },
          },
        );
      default:
        break;
    }
  }

  /** Whether the core's work up to an event follows from its input alone. */
  private counts({ event, value }: TimingEvent): boolean {
    if (this.isPulsing) return true;
    if (this.marker !== markers.idle) return this.marker !== markers.transfer;
    return !this.hasWaited && event !== 'sleep' && !(event === 'marker' && value === markers.transfer);
  }

  private enterMarker(marker: Marker): void {
    if (this.marker === markers.transfer && marker !== markers.transfer) this.timeNs += transferNs;
    this.marker = marker;
    this.hasWaited = false;
    this.emit('marker', marker);
  }

  private enterLevel(index: number): void {
    if (index >= this.levelHz.length) {
      throw new LittlefirstError(
        'LF_EMULATOR_FAILED',
        'The firmware went to a level that the machine does not know',
        {
          expected: `level 0 to ${this.levelHz.length - 1}`,
          received: `level ${index}`,
          hint: 'the bundle in flash was packed for another chip profile',
        },
      );
    }
    this.hertz = this.levelHz[index];
    /* Back from between the levels, to the same: no change of level. */
    const isBack = this.isBetween && index === this.level;
    if (this.isBetween) this.emit('clock', 0);
    this.isBetween = false;
    this.level = index;
    if (!isBack) this.emit('level', index);
  }

  private emit(kind: PowerEvent['kind'], value: number): void {
    const { last, base } = this;
    this.batch.push({
      timeNs: Math.round(this.timeNs),
      cycles: last.cycles - base.cycles,
      cyclesLow: last.lo - base.lo,
      cyclesHigh: last.hi - base.hi,
      cyclesEarly: last.early - base.early,
      kind,
      value,
    });
  }

  private flush(): void {
    if (this.batch.length > 0) {
      const events = this.batch;
      this.batch = [];
      for (const listener of this.listeners) listener(events);
    }
    if (this.isAtRest) for (const end of this.resting) end();
  }
}
