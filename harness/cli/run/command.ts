import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { pino } from 'pino';
import { type BenchOverrides, loadBench, type ResolvedBench } from '../../campaign/bench/load.js';
import { type PreparedCampaign, prepareBench } from '../../campaign/bench/prepare.js';
import { Campaign } from '../../campaign/campaign.js';
import { campaignOf, checkResumable } from '../../campaign/campaign-record.js';
import { isMlperfBench } from '../../campaign/mlperf/bench-file.js';
import { asLittlefirstError, LittlefirstError } from '../../errors.js';
import { packagePath } from '../../package-root.js';
import { Journal } from '../../record/journal.js';
import type { BlockKey, JournalRecord } from '../../record/journal-records.js';
import type { CliContext, Finish } from '../context.js';
import { countOrAll, dataOption, listOrAll, orderOption } from '../options.js';
import { finishRun, saveUnfinished } from './finish.js';
import { makeRunFolder, newRunId, pointLatest } from './folder.js';
import { isMlperfRun, resumeMlperf, runMlperf } from './mlperf.js';
import { createProgress } from './progress.js';
import { cautionBanner } from './summary.js';

interface RunOptions extends BenchOverrides {
  level?: 'all' | string[];
  strategy?: 'all' | string[];
  models?: string;
  out?: string;
  resume?: string;
}

interface Begun {
  prepared: PreparedCampaign;
  folder: string;
  id: string;
  journal: Journal;
  earlier?: JournalRecord[];
}

const blockText = ({ chip, level, bundle, strategy }: BlockKey): string =>
  `${chip} ${level.name} ${bundle} ${strategy}`;

async function begin(context: CliContext, file: string | undefined, options: RunOptions): Promise<Begun> {
  const { level, strategy, models, out, resume: _, ...others } = options;
  const path = file ?? packagePath('fixtures', 'benches', 'default.yaml');
  const bench = await loadBench(path, { ...others, levels: level, strategies: strategy });
  const prepared = await prepareBench(bench, { models });
  const id = newRunId(bench.name);
  const folder = await makeRunFolder(context.cwd, id, out);
  return { prepared, folder, id, journal: Journal.create(folder) };
}

async function collect(context: CliContext, begun: Begun): Promise<void> {
  const { prepared, folder, id, journal, earlier } = begun;
  const log = pino({ base: undefined }, pino.destination({ dest: join(folder, 'run.log'), sync: true }));
  const progress = createProgress(context);
  const { caution } = prepared.windows;
  if (caution !== undefined) progress.note(cautionBanner(caution));
  log.info({ id, bench: prepared.bench.file, resumed: earlier !== undefined }, 'campaign');
  const campaign = new Campaign(prepared, {
    id,
    journal,
    earlier,
    signal: context.signal,
    onPlan: (blocks, windows) => {
      log.info({ blocks, windows }, 'plan');
      progress.start(windows);
    },
    onFlash: (bundle, report) => log.info({ bundle, ...report }, 'flashed'),
    onBlockStart: (key, position, attempt) => {
      log.info({ ...key, position, attempt }, 'block');
      progress.block(blockText(key));
    },
    onWindows: count => progress.advance(count),
    onBlockEnd: (key, valid) => log.info({ ...key, valid }, 'block ended'),
    onFault: fault => {
      log.warn(fault, 'fault');
      progress.note(`${fault.code}: ${fault.message.split('\n')[0]} (${fault.action})`);
    },
  });
  try {
    await campaign.run();
  } catch (error) {
    log.error(asLittlefirstError(error).toJSON(), 'campaign failed');
    throw error;
  } finally {
    progress.stop();
    journal.close();
    log.info('end');
  }
}

/** Collects what is left of a run, and evaluates it. */
async function complete(context: CliContext, begun: Begun): Promise<number> {
  try {
    await collect(context, begun);
  } catch (error) {
    await saveUnfinished(context, begun.folder);
    throw error;
  }
  return finishRun(context, begun.folder);
}

async function resume(context: CliContext, run: string): Promise<number> {
  const folder = resolve(context.cwd, run);
  const { journal, records } = await Journal.resume(folder);
  try {
    const campaign = campaignOf(records);
    if (isMlperfRun(campaign)) return await resumeMlperf(context, folder, journal, records);
    const { id, bench } = campaign;
    const prepared = await prepareBench(bench as ResolvedBench, bench as { models?: string });
    checkResumable(records, prepared);
    return await complete(context, { prepared, folder, id, journal, earlier: records });
  } finally {
    journal.close();
  }
}

async function run(context: CliContext, file: string | undefined, options: RunOptions): Promise<number> {
  if (options.resume !== undefined && (file !== undefined || Object.keys(options).length > 1))
    throw new LittlefirstError('LF_USAGE', '--resume goes on with a run as it was begun', {
      expected: 'no bench file and no other option beside --resume',
    });
  if (options.resume !== undefined) return resume(context, options.resume);
  if (file !== undefined && (await isMlperfBench(file))) {
    const { out, windows, ...others } = options;
    return runMlperf(context, file, { out, windows }, Object.keys(others));
  }
  const begun = await begin(context, file, options);
  const code = await complete(context, begun);
  if (options.out === undefined) await pointLatest(begun.folder);
  return code;
}

/** `littlefirst run`: collects a campaign, evaluates it and asserts on it. */
export function addRun(program: Command, context: CliContext, finish: Finish): void {
  program
    .command('run')
    .description('run a bench: flash, stream, measure, assert, report')
    .argument('[bench]', 'bench file (default: the shipped fixtures/benches/default.yaml)')
    .option('--board <name>', "board instead of the bench file's")
    .option('--chip <name>', 'chip profile (name or file)')
    .option('--level <names>', 'levels joined by ",", or "all"', listOrAll)
    .option('--strategy <names>', 'strategies joined by ",", or "all"', listOrAll)
    .addOption(dataOption())
    .addOption(orderOption())
    .option('--windows <count>', 'number of windows, or "all"', countOrAll)
    .option('--bundle <dir>', "bundle folder instead of the bench file's")
    .option('--models <dir>', 'where .tflite files are found that a bundle names but does not hold')
    .option('--out <dir>', "folder that receives the run's files itself (default: reports/<run-id>)")
    .option('--resume <run>', 'go on with an unfinished run')
    .action(async (file: string | undefined, options: RunOptions) =>
      finish(await run(context, file, options)),
    );
}
