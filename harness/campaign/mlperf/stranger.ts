import type { BoardClock } from '../../host/budget.js';
import type { Meter } from '../../measure/meter/meter.js';
import type { Link } from '../../wire/link/open.js';
import type { MlperfBench } from './bench-file.js';

/** A DUT of another maker as a mode needs it. */
export interface OpenStranger {
  link: Link;
  meter?: Meter;
  boardClock?: BoardClock;
  /** Waits until machine and meter have seen everything up to now. */
  settle: () => Promise<void>;
  close: () => Promise<void>;
}

/** The bench's meter; one that tells edges as events is asked for those that count only. */
export function strangerMeter({ meter, timestamp }: MlperfBench): MlperfBench['meter'] {
  return { ...meter, settings: { lpm01aEvents: timestamp.edge, ...meter.settings } };
}
