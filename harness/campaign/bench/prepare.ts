import { joinLabels } from '../../data/label-join.js';
import { loadWindows } from '../../data/load.js';
import { checkScaled, type ScaledWindows, scaleWindows } from '../../data/scaling.js';
import type { WindowSet } from '../../data/types.js';
import { releaseSamples } from '../../data/window-set.js';
import { LittlefirstError } from '../../errors.js';
import { GoldenCascade } from '../../model/cascade/golden.js';
import { type Bundle, loadBundle } from '../../model/load.js';
import type { ScheduleSearch } from '../../record/schedule-search.js';
import { canApply, checkTargets } from '../../record/target-check.js';
import type { Target } from '../../record/targets.js';
import { type ChosenDut, checkDuts, chooseDut } from './duts.js';
import type { ResolvedBench } from './load.js';
import { packForChip } from './pack.js';
import { pickSchedules, type Schedule } from './schedules.js';

/** A bundle, ready to be flashed and streamed. */
export interface PreparedBundle {
  bundle: Bundle;
  name: string;
  blob: Uint8Array;
  /** All that are measured. */
  strategies: string[];
  /** Those of them that are measured at every level of the DUT. */
  atAllLevels: string[];
  windows: ScaledWindows;
  /** Bytes of one window on the wire. */
  windowBytes: number;
}

/** Everything that a campaign needs of one DUT, read and checked, before any board is touched. */
export interface PreparedBench extends ChosenDut {
  bench: ResolvedBench;
  /** Blocks beside those of every strategy at every level. */
  schedules: Schedule[];
  bundles: PreparedBundle[];
  /** The windows without their physical samples (the bundles hold them scaled, in an eighth of the memory), their labels those of the bundles. */
  windows: Omit<WindowSet, 'samples'>;
}

/** Everything that a campaign needs. Its DUTs have equal bundles, each packed for its board. */
export interface PreparedCampaign {
  bench: ResolvedBench;
  models?: string;
  windows: PreparedBench['windows'];
  duts: PreparedBench[];
  /** The bench's targets that this run is judged by, and in words those that the command line's choices left nothing for. */
  targets: Target[];
  leftOut?: string[];
  /** How schedules were found that the bench left open. */
  searches?: ScheduleSearch[];
}

const strategyNames = ({ description }: Bundle): string[] =>
  description.strategies.map(strategy => strategy.name);

/** The strategies of each bundle that are wanted. @throws LF_UNKNOWN_STRATEGY when no bundle has one of them */
function pickStrategies(wanted: ResolvedBench['strategies'], bundles: readonly Bundle[]): string[][] {
  if (wanted === 'all') return bundles.map(strategyNames);
  const known = new Set(bundles.flatMap(strategyNames));
  const unknown = wanted.filter(name => !known.has(name));
  if (unknown.length > 0)
    throw new LittlefirstError('LF_UNKNOWN_STRATEGY', `No bundle has a strategy "${unknown.join('", "')}"`, {
      expected: bundles
        .map(bundle => `${bundle.description.name}: ${strategyNames(bundle).join(', ')}`)
        .join('; '),
      received: unknown.join(', '),
      fields: { strategies: unknown },
    });
  return bundles.map(bundle => strategyNames(bundle).filter(name => wanted.includes(name)));
}

/** A bundle and what is the same on every board. */
type LoadedBundle = Omit<PreparedBundle, 'blob'>;

async function loadBundles(
  bench: ResolvedBench,
  windows: WindowSet,
  models: string | undefined,
): Promise<LoadedBundle[]> {
  const bundles: Bundle[] = [];
  for (const folder of bench.bundles) bundles.push(await loadBundle(folder, { models }));
  checkAlike(bundles);
  const scheduled = bench.schedules?.map(({ strategy }) => strategy) ?? [];
  const atAllLevels = pickStrategies(bench.strategies, bundles);
  const apart = pickStrategies(scheduled, bundles);
  return bundles.flatMap((bundle, i) => {
    const strategies = strategyNames(bundle).filter(
      name => atAllLevels[i].includes(name) || apart[i].includes(name),
    );
    if (strategies.length === 0) return [];
    for (const name of strategies) new GoldenCascade(bundle, name);
    const scaled = scaleWindows(windows, bundle.description.window);
    checkScaled(scaled, bundle.description.window);
    const { name } = bundle.description;
    return [
      {
        bundle,
        name,
        strategies,
        atAllLevels: atAllLevels[i],
        windows: scaled,
        windowBytes: scaled.bytes(0).length,
      },
    ];
  });
}

const isScored = ({ description }: Bundle, strategy: string): boolean =>
  description.strategies.some(({ name, kind }) => name === strategy && kind === 'score');

/**
 * The targets that a run is judged by. What the bench file asks for must be there; what only the command line took away is left out, and
 * said.
 * @throws LF_UNKNOWN_TARGET
 */
function pickTargets(
  { targets, narrowed, meter }: ResolvedBench,
  bundles: readonly LoadedBundle[],
): Pick<PreparedCampaign, 'targets' | 'leftOut'> {
  const scope = {
    blocks: bundles.flatMap(({ bundle, name, strategies }) =>
      strategies.map(strategy => ({ bundle: name, strategy, isScored: isScored(bundle, strategy) })),
    ),
    hasMeter: meter.driver !== 'none',
    isThirdParty: false,
  };
  if (!narrowed) checkTargets(targets, scope);
  const kept = targets.filter(target => canApply(target, scope));
  if (kept.length === targets.length) return { targets };
  return { targets: kept, leftOut: targets.filter(target => !kept.includes(target)).map(({ name }) => name) };
}

/** One campaign has one set of class names, one window period, and one name for each bundle. */
function checkAlike([first, ...others]: Bundle[]): void {
  const sameOf = ({ description: { labels, window } }: Bundle) =>
    JSON.stringify([labels, window.stride / window.sampleRateHz]);
  const names = new Set([first.description.name]);
  for (const other of others) {
    if (sameOf(other) !== sameOf(first) || names.has(other.description.name))
      throw new LittlefirstError('LF_CONFIG_INVALID', 'These bundles cannot share a campaign', {
        expected: 'different names, the same labels and the same window period',
        received: `${[...names].join(', ')} and ${other.description.name}`,
        hint: 'give each its own bench file',
      });
    names.add(other.description.name);
  }
}

/**
 * Reads and checks everything that a bench names.
 * @param options.models where .tflite files are found that a bundle names but does not hold
 * @throws LF_UNKNOWN_BOARD, LF_UNKNOWN_CHIP, LF_UNKNOWN_LEVEL, LF_UNKNOWN_STRATEGY, LF_UNKNOWN_TARGET, LF_CONFIG_INVALID, LF_DATA_*, LF_MODEL_*,
 *   LF_BUNDLE_*
 */
export async function prepareBench(
  bench: ResolvedBench,
  options: { models?: string } = {},
): Promise<PreparedCampaign> {
  const { models } = options;
  const chosen: ChosenDut[] = [];
  for (const choice of bench.duts) chosen.push(await chooseDut(choice, bench));
  checkDuts(bench, chosen);
  const { data } = bench;
  const loaded = await loadWindows({
    data: data.set,
    split: data.split,
    order: data.order,
    limit: data.windows === 'all' ? undefined : data.windows,
    seed: data.seed,
  });
  const bundles = await loadBundles(bench, loaded, models);
  const judged = pickTargets(bench, bundles);
  releaseSamples(loaded);
  const { samples: _, ...physical } = loaded;
  const names = bundles[0].bundle.description.labels;
  const windows = {
    ...physical,
    labels: joinLabels(physical.labels, names, physical.grid.classes, bench.labels),
  };
  const duts = chosen.map(dut => ({
    ...dut,
    bench,
    windows,
    schedules: pickSchedules({ ...dut, bench }, bundles),
    bundles: bundles.map(bundle => ({
      ...bundle,
      blob: packForChip(bundle.bundle, dut),
    })),
  }));
  return { bench, models, windows, duts, ...judged };
}
