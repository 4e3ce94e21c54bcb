import type { BlockKey } from '../../record/journal/records.js';
import type { Target } from '../../record/targets.js';
import type { PreparedBench, PreparedCampaign } from './prepare.js';

/** What a campaign is going to do, known before any board is touched. */
export interface Forecast {
  bench: string;
  blocks: BlockKey[];
  passes: number;
  windows: number;
  /** Windows to be streamed in all, warm-up and every pass included. */
  streamed: number;
  /** Seconds that the line alone takes for them, 8N1: no campaign is shorter on a real board. */
  lineSeconds: number;
  targets: { name: string; fewestWindows: number | null }[];
}

const z95 = 1.959963984540054;

/**
 * Fewest windows with which a target can pass, even if every answer is right: the lower end of Wilson's interval of n of n is
 * n / (n + z^2). Null for metrics that windows do not limit.
 */
export function fewestWindows({ metric, atLeast }: Target): number | null {
  if (metric !== 'accuracy' || atLeast === undefined || atLeast <= 0 || atLeast >= 1) return null;
  return Math.ceil((atLeast * z95 ** 2) / (1 - atLeast));
}

const bitsPerByte = 10;

const blocksOf = ({
  board,
  chip,
  boardLevels,
  levels,
  bundles,
}: PreparedBench): (BlockKey & { bytes: number })[] =>
  bundles.flatMap(({ name, strategies, windowBytes }) =>
    levels.flatMap(i =>
      strategies.map(strategy => ({
        board: board.name,
        chip: chip.name,
        level: {
          name: boardLevels[i].name,
          mV: boardLevels[i].millivolts.value,
          Hz: boardLevels[i].hertz.value,
        },
        bundle: name,
        strategy,
        bytes: windowBytes,
      })),
    ),
  );

/** The blocks, the windows and the least time of a campaign, and the windows that its targets need. */
export function forecast({ bench, duts, windows, targets }: PreparedCampaign): Forecast {
  const passes = bench.passes ?? 1;
  const perBlock = (windows.labels.length + bench.warmUpWindows) * passes;
  const blocks = duts.flatMap(dut =>
    blocksOf(dut).map(block => ({ ...block, baudRate: dut.board.baudRate })),
  );
  const lineSeconds = blocks.reduce(
    (sum, { bytes, baudRate }) => sum + (perBlock * bytes * bitsPerByte) / baudRate,
    0,
  );
  return {
    bench: bench.name,
    blocks: blocks.map(({ bytes: _bytes, baudRate: _baudRate, ...key }) => key),
    passes,
    windows: windows.labels.length,
    streamed: perBlock * blocks.length,
    lineSeconds,
    targets: targets.map(target => ({ name: target.name, fewestWindows: fewestWindows(target) })),
  };
}
