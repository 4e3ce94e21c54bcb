import type { BoardClock } from '../dut/budgets.js';
import type { Machine } from '../emulator/machine.js';

/** The clock of an emulated board: what the machine says of its progress, otherwise the time of its last power event. */
export function machineClock(machine: Pick<Machine, 'onPower' | 'progress'>): BoardClock {
  let lastNs = 0;
  machine.onPower(events => {
    lastNs = events.at(-1)?.timeNs ?? lastNs;
  });
  return () => Math.max(lastNs, machine.progress?.() ?? 0) * 1e-6;
}
