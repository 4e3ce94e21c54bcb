import { join, resolve } from 'node:path';
import type { Logger } from 'pino';
import { type BenchOverrides, loadBench } from '../../campaign/bench/load.js';
import { benchFile, shippedBenches } from '../../campaign/bench/names.js';
import { type PreparedCampaign, prepareBench } from '../../campaign/bench/prepare.js';
import { resumedBench, resumedMlperfBench } from '../../campaign/bench/resumed.js';
import type { EnergySoFar } from '../../campaign/block-meter.js';
import { Campaign } from '../../campaign/campaign.js';
import { checkResumable } from '../../campaign/campaign-record.js';
import { earlierBlocks } from '../../campaign/forecast/earlier.js';
import { type Forecast, forecast } from '../../campaign/forecast/forecast.js';
import { isMlperfBench, loadMlperfBench, type MlperfBench } from '../../campaign/mlperf/bench-file.js';
import { MlperfCampaign } from '../../campaign/mlperf/campaign.js';
import { type MlperfForecast, mlperfForecast } from '../../campaign/mlperf/forecast.js';
import type { Answered, Fault } from '../../campaign/station.js';
import { asLittlefirstError, LittlefirstError } from '../../errors.js';
import { traced } from '../../host/trace.js';
import { campaignOf } from '../../record/campaign-of.js';
import { Journal, journalHoldsBlocks } from '../../record/journal/journal.js';
import type { BlockKey, EnergyKind, JournalRecord, Lease } from '../../record/journal/records.js';
import type { Block } from '../../record/run-record.js';
import { waitForDevice } from '../../wire/devices/lock.js';
import type { FlashReport } from '../../wire/flash/flasher.js';
import { type FinishedRun, finishFailed, finishRun } from './evaluate.js';
import { holdsRun, makeRunFolder, newRunId, openLog, pointLatest } from './folder.js';
import { refuseOverrides } from './mlperf-options.js';
import { RunningFigures } from './running.js';
import { findSchedules, type SearchedRun, searchedRun, searchFolder, searchOf } from './schedules.js';

/** What a campaign tells while it runs; every receiver is optional. */
export interface RunEvents {
  /** Words about the data that no reader may miss, e.g. that the wearer is synthetic. */
  onCaution?: (caution: string) => void;
  /** @param queue the blocks still to be measured, by their place; absent of an MLPerf Tiny DUT */
  onPlan?: (blocks: number, windows: number, queue?: readonly BlockKey[]) => void;
  onFlash?: (bundle: string, report: FlashReport) => void;
  /** @param position of the block in the queue, from 0 @param attempt from 1; both only of our own firmware */
  onBlockStart?: (key: BlockKey, position?: number, attempt?: number) => void;
  /** @param count windows (or inputs) answered since the last call; negative when a block is repeated @param answered whose; absent of an MLPerf Tiny DUT */
  onWindows?: (count: number, answered?: Answered) => void;
  /** The meter has seen another window of a block under way: mean energy so far, without an interval; never of an MLPerf Tiny DUT. */
  onEnergy?: (soFar: EnergySoFar, position: number) => void;
  /** @param position of the block in the queue; absent of an MLPerf Tiny DUT */
  onBlockEnd?: (key: BlockKey, valid: true | string, position?: number) => void;
  /** Figures of a block that ended, evaluated by itself; with several passes, of this pass. */
  onFigures?: (key: BlockKey, figures: Block, energy: EnergyKind) => void;
  onFault?: (fault: Fault) => void;
  /** Before the campaign: schedules of levels are searched, by so many blocks that are told of by nothing else. */
  onSearch?: (blocks: number) => void;
  /** A step of a recovery was given more time, milliseconds: the host had no processor for it. */
  onExtended?: (step: string, milliseconds: number) => void;
  /** Something beside the campaign that did not work, e.g. to point `reports/latest` at the run. */
  onNote?: (text: string) => void;
  /** The campaign ended before its end, or did not begin; what there is was evaluated into the folder, or could not be, for a reason. */
  onUnfinished?: (folder: string, reason?: string) => void;
}

/** A bench whose file, and everything that it names, was read and checked; nothing was touched yet. */
export type OpenBench =
  | { kind: 'littlefirst'; name: string; prepared: PreparedCampaign }
  | { kind: 'mlperf-tiny'; name: string; bench: MlperfBench };

export interface OpenBenchOptions extends BenchOverrides {
  /** Folder where .tflite files are found that a bundle names but does not hold. */
  models?: string;
}

export interface RunOptions extends RunEvents {
  /** Receives the run's files itself; default `reports/<run id>` below `cwd`, and `reports/latest` then points there. */
  out?: string;
  /** Default: the process's own. */
  cwd?: string;
  /** Ends the campaign; it can be resumed. */
  signal?: AbortSignal;
  /** What the user accepts: `inconclusive`, or names of targets; see `runSuite`. */
  allow?: readonly string[];
  /** The lease of a device farm that the run is made under; goes into journal and record. */
  lease?: Lease;
  /** Start the board anew before the first block, by its power where the bench switches that. */
  isStartedAnew?: boolean;
  /** The span that the run belongs to, as W3C's `traceparent`. */
  trace?: string;
  /** Permissions of a new run folder; default 0o700: its owner only. */
  folderMode?: number;
}

/** How long the run before may take to end once its supervisor has died: it closes its journal, and may be killed after 20 s. Assumed. */
const predecessorMilliseconds = 45_000;

/**
 * Holds a name on this host, which ends with the process however that ends; waits for a run before that is just ending.
 * @throws LF_LINK_BUSY naming the holder
 */
export function holdOnHost(name: string, signal?: AbortSignal): Promise<{ release(): Promise<void> }> {
  return waitForDevice({ path: name }, predecessorMilliseconds, { signal });
}

export interface ResumeOptions extends Omit<RunOptions, 'out' | 'folderMode'> {
  /** Lets the journal, which may come from anywhere, name programs that are started. */
  allowCommands?: boolean;
}

/** The bench file that runs where none is named: an emulated board and wearer. */
export const defaultBench = join(shippedBenches, 'default.yaml');

/**
 * Reads a bench file and everything that it names.
 * @param file a path; default: `defaultBench`
 * @param options what replaces the file's own choices; a bench with `protocol: mlperf-tiny` takes `windows` only
 * @throws LF_CONFIG_INVALID, LF_USAGE, LF_UNKNOWN_*, LF_DATA_*, LF_MODEL_*, LF_BUNDLE_*
 */
export async function openBench(file = defaultBench, options: OpenBenchOptions = {}): Promise<OpenBench> {
  if (file !== defaultBench && (await isMlperfBench(file))) {
    const { windows, ...others } = options;
    refuseOverrides(others);
    const loaded = await loadMlperfBench(file);
    const bench = windows === undefined ? loaded : { ...loaded, data: { ...loaded.data, windows } };
    return { kind: 'mlperf-tiny', name: bench.name, bench };
  }
  const { models, ...overrides } = options;
  const bench = await loadBench(file, overrides);
  return { kind: 'littlefirst', name: bench.name, prepared: await prepareBench(bench, { models }) };
}

/**
 * What a bench would do and how long that takes, without touching anything. Runs in `reports/` below `cwd` tell how long their blocks took.
 * @throws as `openBench`
 */
export async function planBench(
  name?: string,
  options: OpenBenchOptions = {},
  cwd = process.cwd(),
): Promise<Forecast | MlperfForecast> {
  const bench = await openBench(name === undefined ? undefined : benchFile(name, cwd), options);
  if (bench.kind === 'mlperf-tiny') return mlperfForecast(bench.bench);
  const { prepared } = bench;
  return forecast(prepared, await earlierBlocks(join(cwd, 'reports')), await searchOf(prepared));
}

/** A campaign that is to be collected into a folder. */
interface Begun {
  bench: OpenBench;
  id: string;
  folder: string;
  journal: Journal;
  earlier?: readonly JournalRecord[];
}

function campaignFor({ bench, id, journal, earlier }: Begun, options: RunOptions): { run(): Promise<void> } {
  const { signal, lease, isStartedAnew, allow: _, folderMode: _mode, ...events } = options;
  const shared = { id, journal, earlier, signal };
  if (bench.kind === 'mlperf-tiny' && (lease !== undefined || isStartedAnew))
    throw new LittlefirstError('LF_USAGE', 'A bench with protocol mlperf-tiny knows no leases', {
      hint: 'a farm runs benches of our own firmware',
    });
  if (bench.kind === 'mlperf-tiny')
    return new MlperfCampaign(bench.bench, { ...shared, ...events, onInputs: events.onWindows });
  return new Campaign(bench.prepared, { ...shared, ...events, lease, isStartedAnew });
}

/** Every event to the run's log as well. */
function logged(log: Logger, events: RunEvents): RunEvents {
  return {
    ...events,
    onPlan: (blocks, windows, queue) => {
      log.info({ blocks, windows }, 'plan');
      events.onPlan?.(blocks, windows, queue);
    },
    onFlash: (bundle, report) => {
      log.info({ bundle, ...report }, 'flashed');
      events.onFlash?.(bundle, report);
    },
    onBlockStart: (key, position, attempt) => {
      log.info({ ...key, position, attempt }, 'block');
      events.onBlockStart?.(key, position, attempt);
    },
    onBlockEnd: (key, valid, position) => {
      log.info({ ...key, valid }, 'block ended');
      events.onBlockEnd?.(key, valid, position);
    },
    onExtended: (step, milliseconds) => {
      log.warn({ step, milliseconds }, 'the host was busy: the step was given more time');
      events.onExtended?.(step, milliseconds);
    },
    onFault: fault => {
      if (fault.isDetail === true) return log.info(fault, 'line');
      log.warn(fault, 'fault');
      events.onFault?.(fault);
    },
  };
}

async function collect(begun: Begun, options: RunOptions): Promise<void> {
  const { bench, id, folder, journal, earlier } = begun;
  const log = openLog(folder);
  const file = bench.kind === 'littlefirst' ? bench.prepared.bench.file : bench.bench.file;
  log.info({ id, bench: file, resumed: earlier !== undefined }, 'campaign');
  if (bench.kind === 'littlefirst' && bench.prepared.windows.caution !== undefined)
    options.onCaution?.(bench.prepared.windows.caution);
  if (options.onFigures !== undefined) {
    const running = new RunningFigures(options.onFigures, earlier);
    journal.onRecord = record => running.add(record);
  }
  try {
    await campaignFor(begun, { ...options, ...logged(log, options) }).run();
  } catch (error) {
    log.error(asLittlefirstError(error).toJSON(), 'campaign failed');
    throw error;
  } finally {
    journal.close();
    log.info('end');
  }
}

/** Never throws: the campaign's own error matters more. */
async function reportFailed(
  { id, folder }: Pick<Begun, 'id' | 'folder'>,
  error: unknown,
  { onUnfinished }: RunEvents,
): Promise<void> {
  const reason = await finishFailed({ id, folder, error }).then(
    () => undefined,
    failure => asLittlefirstError(failure).message,
  );
  onUnfinished?.(folder, reason);
}

/** Collects what is left of a run, and evaluates it; of a campaign that fails, what there is. */
function complete(begun: Begun, options: RunOptions): Promise<FinishedRun> {
  const attributes = { 'littlefirst.run': begun.id, 'littlefirst.bench': begun.bench.name };
  return traced('run', { parent: options.trace, attributes }, async trace => {
    try {
      await collect(begun, { ...options, trace });
    } catch (error) {
      await reportFailed(begun, error, options);
      throw error;
    }
    return traced('report', { parent: trace }, () => finishRun(begun.folder, { allow: options.allow }));
  });
}

/** The bench with the schedules found that it leaves open. */
async function withSchedules(
  bench: OpenBench,
  id: string,
  folder: string,
  options: RunOptions,
  isResumed = false,
): Promise<OpenBench> {
  if (bench.kind === 'mlperf-tiny') return bench;
  try {
    const prepared = await findSchedules(bench.prepared, {
      ...{ id, folder, isResumed },
      signal: options.signal,
      onSearch: options.onSearch,
    });
    return { ...bench, prepared };
  } catch (error) {
    await reportFailed({ id, folder }, error, options);
    throw error;
  }
}

/**
 * Runs a campaign: flashes, streams and measures every block, then evaluates, reports and asserts.
 * @throws what ends a campaign; its journal is kept and can be resumed (`resumeCampaign`)
 */
export async function runCampaign(bench: OpenBench, options: RunOptions = {}): Promise<FinishedRun> {
  const id = newRunId(bench.name);
  const folder = makeRunFolder(options.cwd ?? process.cwd(), id, options.out, options.folderMode);
  if (journalHoldsBlocks(join(folder, searchFolder))) throw holdsRun(folder);
  const found = await withSchedules(bench, id, folder, options);
  const run = await complete({ bench: found, id, folder, journal: Journal.create(folder) }, options);
  const problem = options.out === undefined ? await pointLatest(folder) : undefined;
  if (problem !== undefined) options.onNote?.(problem);
  return run;
}

/** A folder that holds a run already, or cannot be made, is left as it is. */
async function reportRefused(
  { cwd, id, out, folderMode }: { cwd: string; id: string; out: string; folderMode?: number },
  error: unknown,
  options: RunEvents,
): Promise<void> {
  let folder: string;
  try {
    folder = makeRunFolder(cwd, id, out, folderMode);
  } catch {
    return;
  }
  await reportFailed({ id, folder }, error, options);
}

/**
 * `openBench` and `runCampaign`. Where a folder is named (`out`), it tells in `run.json` and `junit.xml` even of a bench that could not be prepared.
 * @throws as both
 */
export async function runBench(
  options: RunOptions,
  file?: string,
  overrides: OpenBenchOptions = {},
): Promise<FinishedRun> {
  let bench: OpenBench;
  try {
    bench = await openBench(file === undefined ? undefined : benchFile(file, options.cwd), overrides);
  } catch (error) {
    const id = newRunId('refused');
    const { cwd = process.cwd(), out, folderMode } = options;
    if (out !== undefined) await reportRefused({ cwd, id, out, folderMode }, error, options);
    throw error;
  }
  return runCampaign(bench, options);
}

/** Goes on with a run that ended in the search for its schedules: what that has not measured yet, then the run. */
async function resumeSearched(
  { id, bench: described }: SearchedRun,
  folder: string,
  { allowCommands, ...options }: ResumeOptions,
): Promise<FinishedRun> {
  const { bench: resolved, models } = resumedBench(described, allowCommands);
  const prepared = await prepareBench(resolved, { models });
  const opened: OpenBench = { kind: 'littlefirst', name: prepared.bench.name, prepared };
  const bench = await withSchedules(opened, id, folder, options, true);
  return complete({ bench, id, folder, journal: Journal.create(folder) }, options);
}

/**
 * Goes on with an unfinished run: the blocks that its journal, or that of the search for its schedules, does not hold yet.
 * @param run folder of the run
 * @throws LF_RUN_MISSING, LF_RUN_CORRUPT, LF_USAGE where the journal names programs and may not, and as `runCampaign`
 */
export async function resumeCampaign(
  run: string,
  { allowCommands, ...options }: ResumeOptions = {},
): Promise<FinishedRun> {
  const folder = resolve(options.cwd ?? process.cwd(), run);
  const searched = searchedRun(folder);
  if (searched !== undefined) return resumeSearched(searched, folder, { allowCommands, ...options });
  const { journal, records } = await Journal.resume(folder);
  try {
    const { id, bench: described, thirdParty } = campaignOf(records);
    const shared = { id, folder, journal, earlier: records };
    if (thirdParty?.protocol === 'mlperf-tiny') {
      const bench = resumedMlperfBench(described, allowCommands);
      return await complete({ ...shared, bench: { kind: 'mlperf-tiny', name: bench.name, bench } }, options);
    }
    const { bench: resolved, models } = resumedBench(described, allowCommands);
    const prepared = await prepareBench(resolved, { models });
    checkResumable(records, prepared);
    const bench: OpenBench = { kind: 'littlefirst', name: prepared.bench.name, prepared };
    return await complete({ ...shared, bench }, options);
  } finally {
    journal.close();
  }
}
