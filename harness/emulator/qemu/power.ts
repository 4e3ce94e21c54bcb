import { LittlefirstError } from '../../errors.js';
import type { Marker, PowerEvent } from '../../machine/machine.js';
import { parseTimingEvent, type TimingEvent } from './timing-plugin.js';

/**
 * Turns the plugin's events into power events in virtual time.
 *
 * Virtual time is what the modelled chip would take: cycles divided by the clock of the level in force, plus the sleep that
 * the firmware announces (`elapse`). While the core waits in WFI for the host, no virtual time passes: such a
 * sleep and its wake-up have the same time. So the same program on the same input gives the same times on any host.
 */
export class QemuPower {
  private readonly listeners = new Set<(events: readonly PowerEvent[]) => void>();
  private pendingText = '';
  private batch: PowerEvent[] = [];
  private timeNs = 0;
  private last = { cycles: 0, lo: 0, hi: 0, sleepUs: 0 };
  private hertz: number;
  private readonly syncs = new Map<number, { resolve: () => void; reject: (error: unknown) => void }>();
  private nextSync = 1;

  /**
   * @param levelHz clock of each level
   * @param send writes a request to the plugin
   */
  constructor(
    private readonly levelHz: readonly number[],
    private readonly send: (line: string) => void,
  ) {
    if (levelHz.length === 0 || levelHz.some(hertz => !(hertz > 0))) {
      throw new LittlefirstError('LF_CONFIG_INVALID', 'The machine needs the clock of every level', {
        expected: 'one or more frequencies above 0 Hz',
        received: JSON.stringify(levelHz),
      });
    }
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

  /** The core was reset: it starts at level 0. The plugin is told. */
  reset(): void {
    this.send('reset\n');
    this.hertz = this.levelHz[0];
    this.emit('reset', 0);
    this.flush();
  }

  /** Ends all waiting. */
  fail(error: LittlefirstError): void {
    for (const { reject } of this.syncs.values()) reject(error);
    this.syncs.clear();
  }

  private take(event: TimingEvent): void {
    if (event.event === 'sync') {
      this.flush();
      this.syncs.get(event.value)?.resolve();
      this.syncs.delete(event.value);
      return;
    }
    this.timeNs += ((event.cycles - this.last.cycles) * 1e9) / this.hertz;
    const sleepNs = (event.sleepUs - this.last.sleepUs) * 1e3;
    this.last = event;
    switch (event.event) {
      case 'marker':
        this.emit('marker', event.value as Marker);
        break;
      case 'level':
        this.enterLevel(event.value);
        break;
      case 'sleep':
      case 'wake':
        this.emit(event.event, 0);
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
    this.emit('level', index);
    this.hertz = this.levelHz[index];
  }

  private emit(kind: PowerEvent['kind'], value: number): void {
    const { cycles, lo, hi } = this.last;
    this.batch.push({ timeNs: Math.round(this.timeNs), cycles, cyclesLow: lo, cyclesHigh: hi, kind, value });
  }

  private flush(): void {
    if (this.batch.length === 0) return;
    const events = this.batch;
    this.batch = [];
    for (const listener of this.listeners) listener(events);
  }
}
