import type { BoardClock } from '../../host/budget.js';
import type { Machine } from '../../machine/machine.js';

/**
 * The clock of an emulated board: what the machine says of its progress, otherwise the time of its last power event. It goes on where the
 * board's own time begins anew.
 */
export function machineClock(machine: Pick<Machine, 'onPower' | 'progress' | 'settle'>): BoardClock {
  let earlierNs = 0;
  let lastNs = 0;
  let reachedNs = 0;
  machine.onPower(events => {
    for (const { kind, timeNs } of events) {
      if (kind === 'begin') earlierNs = reachedNs;
      lastNs = timeNs;
      reachedNs = Math.max(reachedNs, earlierNs + lastNs);
    }
  });
  const clock = () => {
    reachedNs = Math.max(reachedNs, earlierNs + Math.max(lastNs, machine.progress?.() ?? 0));
    return reachedNs * 1e-6;
  };
  return Object.assign(clock, { settle: () => machine.settle() });
}
