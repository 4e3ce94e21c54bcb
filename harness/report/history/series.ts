import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LittlefirstError } from '../../errors.js';
import { positiveInterval } from '../../record/interval.js';
import { refuseStrange } from '../../record/run-folder.js';
import { type Block, type RunRecord, runRecordSchema } from '../../record/run-record.js';
import { blockName } from '../../verdict/evaluation/blocks.js';

/** One run's part of a series. */
export interface HistoryPoint {
  run: string;
  startedAt: string;
  commit: string;
  outcome: RunRecord['outcome'];
  accuracy: { value: number; low: number; high: number } | null;
  energy: { value: number; low: number; high: number } | null;
}

/** Runs of one block on one bench, oldest first: another board, meter, data set or kind of energy begins a series of its own. */
export interface HistorySeries {
  block: string;
  /** Data and meter, in words. */
  bench: string;
  energy: RunRecord['provenance']['energy'];
  points: HistoryPoint[];
}

export interface History {
  folder: string;
  runs: number;
  series: HistorySeries[];
  /** Folders whose run.json could not be read, each with its reason. */
  unreadable: string[];
}

function pointOf(record: RunRecord, block: Block): HistoryPoint {
  const {
    energyPerWindow_uJ: energy,
    accuracyCI95: [low, high],
  } = block;
  return {
    run: record.id,
    startedAt: record.startedAt,
    commit: record.provenance.harness.commit,
    outcome: record.outcome,
    accuracy: block.scored === 0 ? null : { value: block.accuracy, low, high },
    energy: energy === null ? null : positiveInterval(energy),
  };
}

function benchOf({ provenance }: RunRecord): string {
  const { dataset, meter } = provenance;
  const serial = meter.serial === undefined ? '' : ` ${meter.serial}`;
  return `${dataset.name} ${dataset.split}, ${dataset.order} order, ${dataset.windows} windows; ${meter.model}${serial}`;
}

/** Sorts the blocks of runs into series, oldest first. */
export function seriesOfRuns(records: readonly RunRecord[]): HistorySeries[] {
  const series = new Map<string, HistorySeries>();
  const sorted = [...records].sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  for (const record of sorted)
    for (const block of record.blocks) {
      const one = { block: blockName(block), bench: benchOf(record), energy: record.provenance.energy };
      const key = JSON.stringify(one);
      const found = series.get(key) ?? { ...one, points: [] };
      found.points.push(pointOf(record, block));
      series.set(key, found);
    }
  return [...series.values()];
}

/** The record of a run folder; undefined where the folder holds none, a text where it cannot be read. */
async function recordOf(folder: string): Promise<RunRecord | string | undefined> {
  let text: string;
  try {
    refuseStrange(join(folder, 'run.json'));
    text = await readFile(join(folder, 'run.json'), 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : message.split('\n')[0];
  }
  try {
    return runRecordSchema.parse(JSON.parse(text));
  } catch {
    return 'run.json is no run record that this version knows';
  }
}

/**
 * The runs of a folder of reports, each read from its `run.json`.
 * @throws LF_RUN_MISSING where there is no such folder, or no run in it
 */
export async function readHistory(folder: string): Promise<History> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const records: RunRecord[] = [];
  const unreadable: string[] = [];
  for (const entry of entries.filter(one => one.isDirectory())) {
    const record = await recordOf(join(folder, entry.name));
    if (typeof record === 'string') unreadable.push(`${entry.name}: ${record}`);
    else if (record !== undefined) records.push(record);
  }
  if (records.length === 0)
    throw new LittlefirstError('LF_RUN_MISSING', `${folder} holds no runs`, {
      expected: 'a folder with one folder a run, each with a run.json',
      received: unreadable.length > 0 ? unreadable.join('; ') : `${entries.length} entries, none a run`,
      hint: 'name the folder that holds the runs, e.g. reports',
    });
  return { folder, runs: records.length, series: seriesOfRuns(records), unreadable };
}
