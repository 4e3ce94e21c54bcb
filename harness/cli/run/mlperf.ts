import { join } from 'node:path';
import { pino } from 'pino';
import { campaignOf } from '../../campaign/campaign-record.js';
import { loadMlperfBench, type MlperfBench } from '../../campaign/mlperf/bench-file.js';
import { MlperfCampaign } from '../../campaign/mlperf/campaign.js';
import { asLittlefirstError, LittlefirstError } from '../../errors.js';
import { Journal } from '../../record/journal.js';
import type { CampaignRecord, JournalRecord } from '../../record/journal-records.js';
import type { CliContext } from '../context.js';
import { finishRun, saveUnfinished } from './finish.js';
import { makeRunFolder, newRunId, pointLatest } from './folder.js';
import { createProgress } from './progress.js';

/** Options of `littlefirst run` for a bench with `protocol: mlperf-tiny`. */
export interface MlperfRunOptions {
  out?: string;
  windows?: number | 'all';
}

/** Why the other options do not fit, where more can be said than "say it in the bench file". */
const hints: Record<string, string> = {
  level: 'the DUT runs at the level it was built for; an emulated one at emulated.level of the bench file',
  strategy: 'the modes of the bench file stand in the place of strategies',
  data: 'name the data folder in data.folder of the bench file',
  order: 'the inputs come in the order of the truth file',
  bundle: 'name it in emulated.bundle of the bench file',
  chip: 'name it in emulated.chip of the bench file',
  models: 'name the model file in golden.model of the bench file',
};

function refuse(names: readonly string[]): void {
  if (names.length === 0) return;
  throw new LittlefirstError('LF_USAGE', 'A bench with protocol mlperf-tiny does not take every option', {
    expected: '--out <dir>, --windows <count>',
    received: names.map(name => `--${name}`).join(' '),
    hint: names.map(name => hints[name] ?? `say ${name} in the bench file`).join('; '),
  });
}

/** A campaign that is to be collected into a folder. */
interface BegunMlperf {
  bench: MlperfBench;
  id: string;
  folder: string;
  journal: Journal;
  earlier?: readonly JournalRecord[];
}

/**
 * `littlefirst run` of a bench with `protocol: mlperf-tiny`.
 * @param others names of further options, which this kind of bench does not take
 * @returns the exit code
 */
export async function runMlperf(
  context: CliContext,
  file: string,
  { out, windows }: MlperfRunOptions,
  others: readonly string[],
): Promise<number> {
  refuse(others);
  const loaded = await loadMlperfBench(file);
  const bench = windows === undefined ? loaded : { ...loaded, data: { ...loaded.data, windows } };
  const id = newRunId(bench.name);
  const folder = await makeRunFolder(context.cwd, id, out);
  const code = await collect(context, { bench, id, folder, journal: Journal.create(folder) });
  if (out === undefined) await pointLatest(folder);
  return code;
}

/** Whether a journal is one of such a bench. */
export function isMlperfRun({ thirdParty }: CampaignRecord): boolean {
  return thirdParty?.protocol === 'mlperf-tiny';
}

/** `littlefirst run --resume` of such a run: the modes that have no valid block yet. */
export async function resumeMlperf(
  context: CliContext,
  folder: string,
  journal: Journal,
  earlier: readonly JournalRecord[],
): Promise<number> {
  const { id, bench } = campaignOf(earlier);
  return collect(context, { bench: bench as MlperfBench, id, folder, journal, earlier });
}

async function collect(context: CliContext, begun: BegunMlperf): Promise<number> {
  const { bench, id, folder, journal, earlier } = begun;
  const log = pino({ base: undefined }, pino.destination({ dest: join(folder, 'run.log'), sync: true }));
  const progress = createProgress(context);
  log.info({ id, bench: bench.file, resumed: earlier !== undefined }, 'campaign');
  try {
    await new MlperfCampaign(bench, {
      id,
      journal,
      earlier,
      signal: context.signal,
      onPlan: (_, inputs) => progress.start(inputs),
      onBlockStart: key => {
        log.info(key, 'block');
        progress.block(`${key.bundle} ${key.strategy}`);
      },
      onInputs: count => progress.advance(count),
      onBlockEnd: (key, valid) => log.info({ ...key, valid }, 'block ended'),
      onFault: fault => {
        log.warn(fault, 'fault');
        progress.note(`${fault.code}: ${fault.message.split('\n')[0]} (${fault.action})`);
      },
    }).run();
  } catch (error) {
    log.error(asLittlefirstError(error).toJSON(), 'campaign failed');
    journal.close();
    progress.stop();
    await saveUnfinished(context, folder);
    throw error;
  }
  progress.stop();
  journal.close();
  log.info('end');
  return finishRun(context, folder);
}
