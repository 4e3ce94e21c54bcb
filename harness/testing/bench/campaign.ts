import { loadBench } from '../../campaign/bench/load.js';
import { type PreparedCampaign, prepareBench } from '../../campaign/bench/prepare.js';
import { Campaign, type CampaignOptions } from '../../campaign/campaign.js';
import type { EmulatedMeterDriver } from '../../emulator/instruments/open.js';
import { LittlefirstError } from '../../errors.js';
import { packagePath } from '../../package-root.js';
import { Journal, readJournal } from '../../record/journal/journal.js';
import type { JournalRecord } from '../../record/journal/records.js';
import type { RunRecord } from '../../record/run-record.js';
import { evaluate } from '../../verdict/evaluation/evaluate.js';
import { TestBench } from './test-bench.js';

type Options = Partial<CampaignOptions>;

/** What a campaign wrote into its run's folder, and the error that it ended in. */
export interface Collected {
  folder: string;
  records: JournalRecord[];
  error?: LittlefirstError;
}

/** The journal of a campaign that came to its end, and what it is judged to say. */
export interface Evaluated {
  records: JournalRecord[];
  record: RunRecord;
}

export interface Measured extends Evaluated {
  folder: string;
}

/** The campaign of a bench's file. @param selection what the command line would choose */
export async function prepareCampaign(
  bench: TestBench,
  selection?: Parameters<typeof loadBench>[1],
): Promise<PreparedCampaign> {
  return prepareBench(await loadBench(bench.benchFile, selection));
}

/**
 * Runs a campaign into a new folder of the bench, however it ends; an error that is no LittlefirstError is thrown.
 * @param what default: the campaign of the bench's file
 */
export async function runCampaign(
  bench: TestBench,
  options: Options = {},
  what?: PreparedCampaign,
): Promise<Collected> {
  const campaign = what ?? (await prepareCampaign(bench));
  const folder = await bench.runFolder();
  const journal = Journal.create(folder);
  let error: LittlefirstError | undefined;
  try {
    await new Campaign(campaign, { id: 'test', journal, ...options }).run();
  } catch (caught) {
    if (!(caught instanceof LittlefirstError)) throw caught;
    error = caught;
  } finally {
    journal.close();
  }
  return { folder, records: await readJournal(folder), error };
}

/** Runs a campaign that must come to its end; throws its error. @param what default: the campaign of the bench's file */
export async function measureCampaign(
  bench: TestBench,
  options: Options = {},
  what?: PreparedCampaign,
): Promise<Measured> {
  const { folder, records, error } = await runCampaign(bench, options, what);
  if (error !== undefined) throw error;
  return { folder, records, record: evaluate(records) };
}

/** Makes a bench, measures its campaign and removes it. @param changes what the bench file says beside or instead of the usual */
export async function measureOnce(changes: Record<string, unknown>): Promise<Evaluated> {
  const bench = await TestBench.make(changes);
  try {
    const { records, record } = await measureCampaign(bench);
    return { records, record };
  } finally {
    await bench.remove();
  }
}

/** What a bench file says of a campaign by which meters are compared: the paper's networks, with and without a gate. */
export const comparedBench = (driver: EmulatedMeterDriver): Record<string, unknown> => ({
  meter: { driver },
  bundles: [packagePath('fixtures', 'bundles', 'paper')],
  strategies: ['big-only', '1BDD'],
});
