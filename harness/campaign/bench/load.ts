import { dirname, resolve } from 'node:path';
import { isDataSetName } from '../../data/load.js';
import type { Order } from '../../data/types.js';
import { bareName } from '../../package-root.js';
import { type Target, targetSchema } from '../../record/targets.js';
import { isBoardPath } from './boards.js';
import { isInstrument, type MeterChoice, meterLink } from './meter-schema.js';
import { bundleFolder } from './names.js';
import { type Bench, benchSchema, type DutChoice } from './schema.js';
import { type BenchSchedule, splitStrategies } from './strategy-schema.js';
import { readYaml } from './yaml-file.js';

/** What the command line may say instead of the bench file; absent = as the file says. */
export interface BenchOverrides {
  board?: string;
  chip?: string;
  levels?: 'all' | string[];
  strategies?: 'all' | string[];
  /** A data set by its name, or the folder of an imported one, absolute or as seen from the process. */
  data?: string;
  order?: Order;
  windows?: 'all' | number;
  bundle?: string;
  /** Folder of firmware images with their manifest, as `firmware/prebuilt`. */
  firmware?: string;
}

/** A real meter on a real board drifts: every block is measured twice, in mirrored order. Emulated ones repeat themselves. */
function defaultPasses(link: string, meter: MeterChoice): number {
  return link !== 'emulated:' && isInstrument(meter.driver) && meterLink(meter) !== 'emulated:' ? 2 : 1;
}

/** A bench file with its overrides applied and its paths absolute. Runs begun before there were passes name none: one. */
export interface ResolvedBench
  extends Omit<Bench, 'board' | 'chip' | 'levels' | 'duts' | 'link' | 'strategies'> {
  file: string;
  /** As in the bench file; `device:` where that names a device instead. */
  link: string;
  duts: DutChoice[];
  /** Those measured at all levels of a DUT. */
  strategies: 'all' | string[];
  /** Those with levels of their own. */
  schedules?: BenchSchedule[];
  /** The command line chose strategies or a bundle: targets that are left with nothing are left out, not refused. */
  narrowed?: boolean;
}

/** A data set's name, or its folder, absolute. */
function dataOf(override: string | undefined, set: string, folder: string): string {
  if (override !== undefined) return isDataSetName(override) ? override : resolve(override);
  return isDataSetName(set) ? set : resolve(folder, set);
}

/** A board's name, or the path of one of the user's own. */
const boardAs = (board: string, folder: string): string =>
  isBoardPath(board) ? resolve(folder, board) : bareName(board);

/** A chip profile of the bench's own, rather than the name of a shipped one. */
const isChipFile = (chip: string | undefined): chip is string => chip !== undefined && /\.ya?ml$/.test(chip);

/**
 * The DUTs that the command line leaves of the bench file's. A board or chip given there makes them one, which keeps what
 * the file says of that board and chip; levels given there hold for all.
 */
function resolveDuts(bench: Bench, folder: string, overrides: BenchOverrides): DutChoice[] {
  const { levels } = overrides;
  const board = overrides.board && boardAs(overrides.board, process.cwd());
  const chip = overrides.chip && bareName(overrides.chip);
  const { board: only, chip: onlyChip, levels: onlyLevels } = bench;
  const inFile =
    bench.duts ?? (only === undefined ? [] : [{ board: only, chip: onlyChip, levels: onlyLevels }]);
  const listed = inFile.map(dut => ({
    ...dut,
    board: boardAs(dut.board, folder),
    chip: isChipFile(dut.chip) ? resolve(folder, dut.chip) : dut.chip && bareName(dut.chip),
  }));
  if (board === undefined && chip === undefined)
    return listed.map(dut => ({ ...dut, levels: levels ?? dut.levels }));
  const sameBoard = listed.filter(dut => board === undefined || dut.board === board);
  const known = sameBoard.find(dut => chip === undefined || dut.chip === chip);
  return [
    {
      board: board ?? (known ?? listed[0]).board,
      chip: chip ?? known?.chip,
      levels: levels ?? known?.levels,
    },
  ];
}

/**
 * Reads a bench file and applies the command line's choices. A board given there takes its own default chip unless a chip
 * is given too; another chip or board takes all its levels unless levels are given.
 * @throws LF_CONFIG_INVALID
 */
export async function loadBench(path: string, overrides: BenchOverrides = {}): Promise<ResolvedBench> {
  const file = resolve(path);
  const bench = await readYaml(file, benchSchema);
  const { board: _board, chip: _chip, levels: _levels, ...shared } = bench;
  const folder = dirname(file);
  const link = bench.link ?? (bench.device === undefined ? 'emulated:' : 'device:');
  return {
    ...shared,
    file,
    link,
    passes: bench.passes ?? defaultPasses(link, bench.meter),
    firmware:
      overrides.firmware !== undefined
        ? resolve(overrides.firmware)
        : bench.firmware && resolve(folder, bench.firmware),
    duts: resolveDuts(bench, folder, overrides),
    narrowed: overrides.strategies !== undefined || overrides.bundle !== undefined || undefined,
    /* The file speaks of the strategies of its own bundles. */
    ...(overrides.strategies === undefined
      ? splitStrategies(overrides.bundle === undefined ? bench.strategies : 'all')
      : { strategies: overrides.strategies }),
    bundles:
      overrides.bundle === undefined
        ? bench.bundles.map(bundle => bundleFolder(bundle, folder))
        : [bundleFolder(overrides.bundle, process.cwd())],
    data: {
      ...bench.data,
      set: dataOf(overrides.data, bench.data.set, folder),
      order: overrides.order ?? bench.data.order,
      windows: overrides.windows ?? bench.data.windows,
    },
  };
}

/** Reads a file of targets (`check --targets`): a YAML list, each as in a bench file. @throws LF_CONFIG_INVALID */
export async function loadTargets(path: string): Promise<Target[]> {
  return readYaml(resolve(path), targetSchema.array());
}
