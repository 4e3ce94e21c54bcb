import { markers, type PowerEvent } from '../../machine/machine.js';
import type { StageCycles } from '../../record/journal/records.js';

export interface WindowCycles extends StageCycles {
  /** Of these, what operands that the timing model does not see may add or take: highest less lowest count. */
  early: StageCycles;
}

const noCycles = (): StageCycles => ({ gate: 0, big: 0, other: 0 });

/** The marker states that a window is made of. */
const stages = new Map<number, keyof StageCycles>([
  [markers.gate, 'gate'],
  [markers.big, 'big'],
  [markers.transfer, 'other'],
]);

/**
 * Core cycles of each window as the machine counts them, for boards whose core has no cycle counter. Same grammar as the
 * meter's: a window is everything between two idle states that holds a gate or Big state.
 */
export class MachineCycles {
  readonly windows: WindowCycles[] = [];
  private state: number = markers.idle;
  private since = { cycles: 0, early: 0 };
  private open: WindowCycles = { ...noCycles(), early: noCycles() };
  private holdsWork = false;

  /** Takes power events in order. */
  push(events: readonly PowerEvent[]): void {
    for (const event of events) {
      if (event.kind === 'begin') this.since = { cycles: event.cycles, early: event.cyclesEarly ?? 0 };
      if (event.kind === 'reset' || event.kind === 'begin') this.enter(markers.idle, event);
      else if (event.kind === 'marker') this.enter(event.value, event);
    }
  }

  /** Forgets what was counted, not the present state. */
  clear(): void {
    this.windows.length = 0;
  }

  private enter(state: number, { cycles, cyclesEarly = 0 }: PowerEvent): void {
    const stage = stages.get(this.state);
    if (stage !== undefined) {
      this.open[stage] += cycles - this.since.cycles;
      this.open.early[stage] += cyclesEarly - this.since.early;
    }
    this.holdsWork ||= state === markers.gate || state === markers.big;
    if (state === markers.idle) {
      if (this.holdsWork) this.windows.push(this.open);
      this.open = { ...noCycles(), early: noCycles() };
      this.holdsWork = false;
    }
    this.state = state;
    this.since = { cycles, early: cyclesEarly };
  }
}
