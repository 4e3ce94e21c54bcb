import type { Check } from './finding.js';
import { golden } from './golden.js';
import { identity } from './identity.js';
import { kernels } from './kernels/check.js';
import { levels } from './levels.js';
import { baud, flood, overrun, wake } from './line.js';
import { markers } from './markers.js';
import { arena, stack } from './memory.js';
import { restart, watchdog } from './restart.js';
import { sleep } from './sleep.js';
import { stages } from './stages.js';
import { crc, credits } from './stream.js';
import { supply } from './supply.js';
import { cycles, idle, time } from './time.js';

/** The checks, in the order that they run: what others rest on first, what looks back on all of them last. */
export const checks: readonly Check[] = [
  ...[identity, levels, stages, restart, watchdog, time, idle, cycles, markers, sleep, wake],
  ...[overrun, flood, baud, crc, credits, supply, golden, kernels, stack, arena],
];
