import { Random } from '../data/random.js';
import { frequencyLimitHz, undervoltErrorShare } from '../measure/chip/delay.js';
import { atAmbient, profileCelsius } from '../measure/chip/temperature.js';
import { undervoltedWindow } from '../measure/chip/undervolt.js';
import type { PreparedBench } from './bench/prepare.js';
import type { PlannedBlock } from './plan.js';

/** A block at a level above the frequency limit of its voltage, as the fault option of the bench makes it compute. */
export interface Undervolted {
  /** For the journal and the report. */
  fault: { code: string; message: string; action: string };
  /** What the core makes of window `index`. */
  window: (bytes: Uint8Array, index: number) => Uint8Array;
}

/**
 * How a block computes under the fault option `undervolt`; undefined where its level is within the limit. The errors of a
 * window depend on the seed, the block and the window only: the same again in every run and attempt.
 */
export function undervolted(
  { bench, chip, boardLevels, bundles }: PreparedBench,
  block: PlannedBlock,
): Undervolted | undefined {
  const level = boardLevels[block.level];
  const { dtype } = bundles[block.bundle].bundle.description.window;
  const here = atAmbient(chip, bench.ambientCelsius);
  const share = undervoltErrorShare(here, level);
  const seed = bench.faults?.undervolt?.seed;
  if (seed === undefined || share === 0) return undefined;
  const megahertz = (hertz: number) => `${(hertz / 1e6).toFixed(1)} MHz`;
  const limit = frequencyLimitHz(here, level.millivolts.value);
  return {
    fault: {
      code: 'LF_LEVEL_REFUSED',
      message: `Level ${level.name} of chip ${chip.name} is too fast for its voltage: ${megahertz(level.hertz.value)} where ${level.millivolts.value} mV allow ${megahertz(limit)} at ${bench.ambientCelsius ?? profileCelsius} degrees Celsius`,
      action: `run with errors, as faults.undervolt asks: ${(share * 100).toPrecision(3)} % of the values computed on are wrong in a bit (seed ${seed})`,
    },
    window: (bytes, index) =>
      undervoltedWindow(bytes, dtype === 'int16' ? 16 : 8, share, new Random(seed, block.index, index)),
  };
}
