import type { BlockKey } from '../../record/journal/records.js';
import type { Target } from '../../record/targets.js';
import type { PreparedBench, PreparedCampaign } from '../bench/prepare.js';
import { machinesFor } from '../machines.js';
import { blockKey } from '../plan.js';
import {
  cyclesOf,
  type Duration,
  durationOfAll,
  macsOf,
  type Observed,
  type PlannedTime,
} from './duration.js';
import { guardOf } from './guard.js';

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
  /** The whole campaign, without search, flashing and report. */
  duration: Duration;
  /** Where strategies leave their levels open: the blocks that are measured before, on other windows. The campaign itself has one more block of each strategy than `blocks`. */
  search?: { blocks: number; windows: number; split: string; chosen: number; duration: Duration };
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

/** Blocks of one DUT, `windows` of each, with what their duration is made of. */
function blocksOf(dut: PreparedBench, windows: number): (PlannedTime & { lineSeconds: number })[] {
  const { bench, board, boardLevels, levels, bundles, schedules } = dut;
  return bundles.flatMap((bundle, b) => {
    const lineSeconds = (bundle.windowBytes * bitsPerByte) / board.baudRate;
    return bundle.strategies.flatMap(strategy => {
      const cycles = cyclesOf(dut, macsOf(bundle, strategy, dut.windows.labels.length));
      const apart = schedules.filter(other => other.bundle === b && other.strategy === strategy);
      const all = bundle.atAllLevels.includes(strategy) ? levels.map(level => ({ level })) : [];
      const blocks: { level: number; big?: number }[] = [
        ...all,
        ...apart.map(({ gate, big }) => ({ level: gate, ...(big === gate ? {} : { big }) })),
      ];
      return blocks.map(block => {
        const { hertz } = boardLevels[block.level];
        return {
          key: blockKey(dut, { ...block, bundle: b, strategy }),
          isEmulated: bench.link === 'emulated:',
          windows,
          cycles,
          lineSeconds,
          boardSeconds:
            lineSeconds + 2e-6 * guardOf(dut, { ...block, bundle: b, strategy }) + cycles / hertz.value,
        };
      });
    });
  });
}

/** Blocks of all boards, with the windows of each. */
function allBlocks({ bench, duts, windows }: PreparedCampaign) {
  const passes = bench.passes ?? 1;
  const perBlock = (windows.labels.length + bench.warmUpWindows) * passes;
  return { passes, perBlock, blocks: duts.flatMap(dut => blocksOf(dut, perBlock)) };
}

function searchForecast(search: PreparedCampaign, observed: readonly Observed[]): Forecast['search'] {
  const { bench, windows } = search;
  const { blocks, passes } = allBlocks(search);
  return {
    blocks: blocks.length,
    windows: windows.labels.length,
    split: windows.split,
    chosen: new Set(blocks.map(({ key }) => [key.board, key.chip, key.bundle, key.strategy].join())).size,
    duration: durationOfAll(blocks, observed, machinesFor(bench, blocks.length * passes)),
  };
}

/**
 * The blocks, the windows and the time of a campaign, and the windows that its targets need.
 * @param observed blocks of earlier runs, which tell how long theirs took
 * @param search what is measured before, where the bench leaves levels open
 */
export function forecast(
  prepared: PreparedCampaign,
  observed: readonly Observed[] = [],
  search?: PreparedCampaign,
): Forecast {
  const { bench, windows, targets } = prepared;
  const { passes, perBlock, blocks } = allBlocks(prepared);
  const lineSeconds = blocks.reduce((sum, block) => sum + perBlock * block.lineSeconds, 0);
  return {
    bench: bench.name,
    blocks: blocks.map(({ key }) => key),
    passes,
    windows: windows.labels.length,
    streamed: perBlock * blocks.length,
    lineSeconds,
    duration: durationOfAll(blocks, observed, machinesFor(bench, blocks.length * passes)),
    ...(search !== undefined && { search: searchForecast(search, observed) }),
    targets: targets.map(target => ({ name: target.name, fewestWindows: fewestWindows(target) })),
  };
}
