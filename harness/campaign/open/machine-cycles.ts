import { markers, type PowerEvent } from '../../machine/machine.js';

export interface WindowCycles {
  gate: number;
  big: number;
  other: number;
}

/**
 * Core cycles of each window as the machine counts them, for boards whose core has no cycle counter. Same grammar as the
 * meter's: a window is everything between two idle states that holds a gate or Big state.
 */
export class MachineCycles {
  readonly windows: WindowCycles[] = [];
  private state: number = markers.idle;
  private since = 0;
  private open: WindowCycles = { gate: 0, big: 0, other: 0 };
  private holdsWork = false;

  /** Takes power events in order. */
  push(events: readonly PowerEvent[]): void {
    for (const event of events) {
      if (event.kind === 'begin') this.since = event.cycles;
      if (event.kind === 'reset' || event.kind === 'begin') this.enter(markers.idle, event.cycles);
      else if (event.kind === 'marker') this.enter(event.value, event.cycles);
    }
  }

  /** Forgets what was counted, not the present state. */
  clear(): void {
    this.windows.length = 0;
  }

  private enter(state: number, cycles: number): void {
    const spent = cycles - this.since;
    if (this.state === markers.gate) this.open.gate += spent;
    else if (this.state === markers.big) this.open.big += spent;
    else if (this.state === markers.transfer) this.open.other += spent;
    this.holdsWork ||= state === markers.gate || state === markers.big;
    if (state === markers.idle) {
      if (this.holdsWork) this.windows.push(this.open);
      this.open = { gate: 0, big: 0, other: 0 };
      this.holdsWork = false;
    }
    this.state = state;
    this.since = cycles;
  }
}
