import type { Machine } from '../../machine/machine.js';
import type { BoardClock } from '../../wire/dut/budgets.js';

/** The clock of an emulated board: what the machine says of its progress, otherwise the time of its last power event. */
export function machineClock(machine: Pick<Machine, 'onPower' | 'progress'>): BoardClock {
  let lastNs = 0;
  machine.onPower(events => {
    lastNs = events.at(-1)?.timeNs ?? lastNs;
  });
  return () => Math.max(lastNs, machine.progress?.() ?? 0) * 1e-6;
}
