import type { MlperfBench } from './bench-file.js';

/** The bench's meter; one that tells edges as events is asked for those that count only. */
export function strangerMeter({ meter, timestamp }: MlperfBench): MlperfBench['meter'] {
  return { ...meter, settings: { lpm01aEvents: timestamp.edge, ...meter.settings } };
}
