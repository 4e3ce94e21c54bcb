import type { BoardClock } from '../../host/budget.js';
import type { Machine } from '../../machine/machine.js';

/** The clock of an emulated board: what the machine says of its progress, otherwise the time of its last power event. */
export function machineClock(machine: Pick<Machine, 'onPower' | 'progress' | 'settle'>): BoardClock {
  let lastNs = 0;
  machine.onPower(events => {
    lastNs = events.at(-1)?.timeNs ?? lastNs;
  });
  const clock = () => Math.max(lastNs, machine.progress?.() ?? 0) * 1e-6;
  return Object.assign(clock, { settle: () => machine.settle() });
}
