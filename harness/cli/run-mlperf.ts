import { join } from 'node:path';
import { pino } from 'pino';
import { Journal } from '../bench/journal.js';
import { loadMlperfBench } from '../bench/mlperf/bench-file.js';
import { MlperfCampaign } from '../bench/mlperf/campaign.js';
import { asLittlefirstError, LittlefirstError } from '../errors.js';
import type { CliContext } from './context.js';
import { finishRun, saveUnfinished } from './finish-run.js';
import { createProgress } from './progress.js';
import { makeRunFolder, newRunId, pointLatest } from './run-folder.js';

/**
 * `littlefirst run` of a bench with `protocol: mlperf-tiny`.
 * @param others options that this kind of bench does not take
 * @returns the exit code
 */
export async function runMlperf(
  context: CliContext,
  file: string,
  out: string | undefined,
  others: readonly string[],
): Promise<number> {
  if (others.length > 0)
    throw new LittlefirstError('LF_USAGE', 'A bench with protocol mlperf-tiny takes no option but --out', {
      expected: '--out <dir>',
      received: others.map(name => `--${name}`).join(' '),
      hint: 'say it in the bench file',
    });
  const bench = await loadMlperfBench(file);
  const id = newRunId(bench.name);
  const folder = await makeRunFolder(context.cwd, id, out);
  const journal = Journal.create(folder);
  const log = pino({ base: undefined }, pino.destination({ dest: join(folder, 'run.log'), sync: true }));
  const progress = createProgress(context);
  log.info({ id, bench: bench.file }, 'campaign');
  try {
    await new MlperfCampaign(bench, {
      id,
      journal,
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
  const code = await finishRun(context, folder);
  if (out === undefined) await pointLatest(folder);
  return code;
}
