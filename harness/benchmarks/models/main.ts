/**
 * `npm run bench:models`: whole campaigns of MLPerf Tiny's five models on the emulated boards with room for them, through the command line:
 * flashed, streamed, measured, every answer and score compared with the golden interpreter. `-- --models DIR` takes the reference files instead
 * of stand-ins of their shapes, `-- --net kws,ad`, `-- --chip stm32l4r5` choose, `-- --windows 200` says how many inputs (made, not
 * downloaded), `-- --json FILE` writes the figures.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { LittlefirstError } from '../../errors.js';
import { makeTemporaryFolder, removeTemporaryFolder } from '../../host/temporary-folder.js';
import { readTflite } from '../../model/tflite/read.js';
import { type Block, runRecordSchema } from '../../record/run-record.js';
import { littlefirst } from '../../testing/cli.js';
import { type TinyName, tinyFiles, tinyNames, tinyNetwork } from '../../testing/model/tiny.js';
import { tinyDuts, writeTinyBench } from '../../testing/model/tiny-data.js';
import type { ModelFigure } from './figure.js';
import { modelReport } from './report.js';

interface Options {
  models?: string;
  net: string;
  chip: string;
  windows: string;
  meter: string;
  json?: string;
}

function figureOf(name: TinyName, block: Block): ModelFigure {
  return {
    net: name,
    board: block.board,
    chip: block.chip,
    level: block.level.name,
    windows: block.windows,
    goldenMismatches: block.goldenMismatches,
    accuracy: block.accuracy,
    auc: block.scores?.auc ?? null,
    cycles: block.cyclesPerWindow?.mean ?? null,
    macs: block.macsPerWindow,
    latencyMs: block.latencyMs?.mean ?? null,
    energyMicrojoules: block.energyPerWindow_uJ?.value ?? null,
    energyCI95: block.energyPerWindow_uJ?.ci95 ?? null,
    valid: block.valid,
  };
}

/** Runs one campaign. */
async function measure(name: TinyName, { models, windows, meter, chip }: Options): Promise<ModelFigure[]> {
  const network =
    models === undefined
      ? tinyNetwork(name)
      : readTflite(await readFile(join(models, tinyFiles[name].file)), name);
  const folder = makeTemporaryFolder('models');
  const duts = tinyDuts.filter(dut => chip.split(',').includes(dut.chip));
  try {
    const bench = { name, network, models, duts, windows: Number(windows), meter: { driver: meter } };
    const file = await writeTinyBench(folder, bench);
    const extra = models === undefined ? [] : ['--models', models];
    const { code, text } = await littlefirst(folder, 'run', file, '--out', join(folder, 'run'), ...extra);
    if (code > 2)
      throw new LittlefirstError('LF_INTERNAL', `The campaign of ${name} ended with ${code}`, {
        received: text.slice(-4000),
      });
    const run: unknown = JSON.parse(await readFile(join(folder, 'run', 'run.json'), 'utf8'));
    return runRecordSchema.parse(run).blocks.map(block => figureOf(name, block));
  } finally {
    removeTemporaryFolder(folder);
  }
}

async function main(): Promise<void> {
  const options = new Command('bench:models')
    .option('--models <folder>', 'MLPerf Tiny reference files instead of stand-ins of their shapes')
    .addOption(
      new Option('--net <list>', 'networks, joined by commas, in this order').default(tinyNames.join()),
    )
    .addOption(
      new Option('--chip <list>', 'chips, joined by commas').default(tinyDuts.map(({ chip }) => chip).join()),
    )
    .addOption(new Option('--windows <count>', 'inputs of each').default('200'))
    .addOption(new Option('--meter <driver>', 'direct, which is ideal, or ppk2').default('direct'))
    .option('--json <file>', 'write the figures')
    .parse()
    .opts<Options>();
  const figures: ModelFigure[] = [];
  for (const name of options.net.split(',') as TinyName[]) {
    const done = await measure(name, options);
    console.error(modelReport(done));
    figures.push(...done);
  }
  console.log(modelReport(figures));
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(figures, undefined, 1)}\n`);
}

await main();
