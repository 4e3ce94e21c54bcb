import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResolvedBench } from '../../campaign/bench/load.js';
import { type PreparedBench, type PreparedCampaign, prepareBench } from '../../campaign/bench/prepare.js';
import type { BenchSchedule } from '../../campaign/bench/strategy-schema.js';
import { Campaign } from '../../campaign/campaign.js';
import { checkResumable } from '../../campaign/campaign-record.js';
import { withoutSecrets } from '../../campaign/secrets.js';
import { LittlefirstError } from '../../errors.js';
import { makeFolder } from '../../host/make-folder.js';
import { Journal, journalHoldsBlocks, readJournal } from '../../record/journal/journal.js';
import type { JournalRecord } from '../../record/journal/records.js';
import { journalFileName } from '../../record/run-folder.js';
import type { Block } from '../../record/run-record.js';
import type { ScheduleSearch } from '../../record/schedule-search.js';
import { evaluate } from '../../verdict/evaluation/evaluate.js';
import { gatherBlocks } from '../../verdict/evaluation/gather.js';
import { rankSchedules } from '../../verdict/evaluation/schedules.js';

/** Folder of the search's own journal, in that of its run; beside that journal the bench, whose run has none yet. */
export const searchFolder = 'search';
const benchName = 'bench.json';

/** Whether a strategy has two stages that could have levels of their own. */
function hasStages({ bundle }: PreparedBench['bundles'][number], strategy: string): boolean {
  const found = bundle.description.strategies.find(({ name }) => name === strategy);
  return found?.kind === 'filtered' || (found?.kind === 'hold' && found.gate.type !== 'none');
}

/** Every single level, and every pair where there are two stages. */
function candidates(
  { board, chip, boardLevels, levels, bundles }: PreparedBench,
  strategy: string,
): BenchSchedule[] {
  const names = levels.map(level => boardLevels[level].name);
  return bundles
    .filter(bundle => bundle.strategies.includes(strategy))
    .flatMap(bundle => {
      const only = { board: board.name, chip: chip.name, bundle: bundle.name };
      const pairs = hasStages(bundle, strategy)
        ? names.flatMap(gate => names.filter(big => big !== gate).map(big => ({ gate, big })))
        : [];
      return [...names, ...pairs].map(wanted => ({ strategy, levels: wanted, only }));
    });
}

/** The least of the bench's limits on the longest window, else the period, within which a window must be done. */
function limitOf({ targets }: PreparedCampaign, periodSeconds: number, block: Block) {
  const limits = targets.filter(
    ({ metric, atMost, strategies, bundles }) =>
      metric === 'latency-max' &&
      atMost !== undefined &&
      (strategies?.includes(block.strategy) ?? true) &&
      (bundles?.includes(block.bundle) ?? true),
  );
  const [least] = limits.sort((a, b) => (a.atMost ?? 0) - (b.atMost ?? 0));
  if (least?.atMost === undefined)
    return { milliseconds: 1e3 * periodSeconds, from: 'the next window: the bench has no target of latency' };
  return { milliseconds: least.atMost, from: `target "${least.name}"` };
}

const chosenOf = ({ board, chip, bundle, strategy, chosen, trials }: ScheduleSearch): BenchSchedule => {
  const stages = trials.find(({ level }) => level.name === chosen)?.level.stages;
  return {
    strategy,
    levels: stages === undefined ? chosen : { gate: stages.gate.name, big: stages.big.name },
    only: { board, chip, bundle },
  };
};

/** @throws LF_NO_SCHEDULE where a strategy has no schedule that is valid and in time */
function checkFound(
  prepared: PreparedCampaign,
  strategies: readonly string[],
  searches: readonly ScheduleSearch[],
): void {
  for (const { board, chip, bundles } of prepared.duts)
    for (const bundle of bundles)
      for (const strategy of strategies.filter(name => bundle.strategies.includes(name))) {
        const isFound = searches.some(
          found =>
            found.board === board.name &&
            found.chip === chip.name &&
            found.bundle === bundle.name &&
            found.strategy === strategy,
        );
        if (isFound) continue;
        throw new LittlefirstError('LF_NO_SCHEDULE', `No schedule of levels was found for ${strategy}`, {
          expected: `a valid block within the limit of latency, at a level of ${chip.name} on ${board.name}`,
          received: 'none',
          hint: `the journal of the search lies in the folder ${searchFolder} of the run; raise the target latency-max, or name the levels in the bench file`,
          fields: { strategy, bundle: bundle.name, board: board.name, chip: chip.name },
        });
      }
}

const openOf = ({ bench: { schedules = [] } }: PreparedCampaign): string[] =>
  schedules.filter(({ levels }) => levels === 'auto').map(({ strategy }) => strategy);

/** The campaign that measures every schedule which a bench leaves open; undefined where it leaves none open. */
export async function searchOf(prepared: PreparedCampaign): Promise<PreparedCampaign | undefined> {
  const { bench, models } = prepared;
  const open = openOf(prepared);
  if (open.length === 0) return undefined;
  const { split = 'train', windows = 400 } = bench.search ?? {};
  const searched: ResolvedBench = {
    ...bench,
    strategies: [],
    schedules: prepared.duts.flatMap(dut => open.flatMap(strategy => candidates(dut, strategy))),
    targets: [],
    data: { ...bench.data, split, windows },
  };
  return prepareBench(searched, { models });
}

/** A run whose search has not ended, or which ended before its own journal began. */
export interface SearchedRun {
  id: string;
  /** As a journal's first line holds it. */
  bench: unknown;
}

/** @param folder of the run @returns undefined where the run has a journal of its own, or no search */
export function searchedRun(folder: string): SearchedRun | undefined {
  const path = join(folder, searchFolder, benchName);
  const own = statSync(join(folder, journalFileName), { throwIfNoEntry: false });
  if ((own !== undefined && own.size > 0) || !existsSync(path)) return undefined;
  try {
    const { id, bench } = JSON.parse(readFileSync(path, 'utf8')) as Partial<SearchedRun>;
    if (typeof id === 'string') return { id, bench };
  } catch (cause) {
    throw unreadable(path, cause);
  }
  throw unreadable(path);
}

const unreadable = (path: string, cause?: unknown): LittlefirstError =>
  new LittlefirstError('LF_RUN_CORRUPT', `${path} does not say which bench was searched`, {
    expected: 'JSON with the id of the run and its bench',
    hint: 'start a new run',
    cause,
  });

export interface SearchOptions {
  id: string;
  /** Folder of the run. */
  folder: string;
  /** Goes on with what the search's journal holds. */
  isResumed?: boolean;
  signal?: AbortSignal;
  /** @param blocks to be measured for the search, those of a resumed one included that it has */
  onSearch?: (blocks: number) => void;
}

/** Measures what the search's journal does not hold yet. */
async function measure(
  trial: PreparedCampaign,
  { id, signal, isResumed }: SearchOptions,
  folder: string,
): Promise<void> {
  let journal: Journal;
  let earlier: JournalRecord[] | undefined;
  if (isResumed === true && journalHoldsBlocks(folder)) {
    ({ journal, records: earlier } = await Journal.resume(folder));
  } else journal = Journal.create(folder);
  try {
    if (earlier !== undefined) checkResumable(earlier, trial);
    const isDone = earlier?.some(record => record.kind === 'finish' && record.outcome === 'complete');
    if (isDone !== true) await new Campaign(trial, { id: `${id}-search`, journal, earlier, signal }).run();
  } finally {
    journal.close();
  }
}

/**
 * Finds the schedules that a bench leaves open (`levels: auto`), by measuring all of them as blocks of a campaign of its own, and prepares the bench with those
 * that it chose.
 * @throws LF_NO_SCHEDULE, LF_CONFIG_INVALID without a meter, and what ends a campaign
 */
export async function findSchedules(
  prepared: PreparedCampaign,
  options: SearchOptions,
): Promise<PreparedCampaign> {
  const { bench, models } = prepared;
  const { schedules = [] } = bench;
  const open = openOf(prepared);
  if (open.length > 0 && bench.meter.driver === 'none')
    throw new LittlefirstError(
      'LF_CONFIG_INVALID',
      'A search for the schedule of least power needs a meter',
      {
        expected: 'a meter in the bench file',
        received: 'meter none, and levels auto',
      },
    );
  const trial = await searchOf(prepared);
  if (trial === undefined) return prepared;
  options.onSearch?.(trial.duts.reduce((sum, dut) => sum + dut.schedules.length, 0));
  const folder = join(options.folder, searchFolder);
  makeFolder(folder);
  if (options.isResumed !== true) {
    const kept: SearchedRun = { id: options.id, bench: withoutSecrets({ ...bench, models }).bench };
    writeFileSync(join(folder, benchName), JSON.stringify(kept));
  }
  await measure(trial, options, folder);
  const records = await readJournal(folder);
  const gathered = gatherBlocks(records);
  const searches = rankSchedules(gathered, evaluate(records).blocks, block =>
    limitOf(prepared, gathered.campaign.periodSeconds, block),
  );
  checkFound(prepared, open, searches);
  const found = [...schedules.filter(({ levels }) => levels !== 'auto'), ...searches.map(chosenOf)];
  return { ...(await prepareBench({ ...bench, schedules: found }, { models })), searches };
}
