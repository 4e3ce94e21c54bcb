/**
 * `npm run bench:cycles`: where the cycles of our cascades' windows go, by stage and function, on each core. It runs whole campaigns on the
 * emulated boards; the functions' cycles are in each window those that the campaign reports, or it fails.
 */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { packagePath } from '../../package-root.js';
import { type Profile, profile } from './measure.js';
import { cycleReport } from './report.js';

/** A board for each core, with the chip and the level that its figures are told for. */
const boards = {
  rp2040: { chip: 'rp2040', level: '133MHz' },
  lm3s6965: { chip: 'ecm3532', level: '96MHz' },
  'lm3s6965-m4': { chip: 'apollo3', level: '96MHz' },
} as const;
type BoardName = keyof typeof boards;

const options = new Command('bench:cycles')
  .addOption(new Option('--board <list>', 'boards, joined by commas').default(Object.keys(boards).join()))
  .option(
    '--bundle <list>',
    'folders, joined by commas',
    ['little-first-a', 'little-first-b'].map(name => packagePath('fixtures', 'bundles', name)).join(),
  )
  .option('--strategy <name>', 'of the bundles', 'little-first')
  .addOption(
    new Option('--data <set>', 'uci-har needs LITTLEFIRST_DATA')
      .choices(['uci-har', 'synthetic'])
      .default('uci-har'),
  )
  .option('--windows <count>', 'how many, or all', 'all')
  .option('--functions <count>', 'of the costliest functions, how many', '12')
  .option('--wait-states', "counts the wait states of the level's flash too; else memory has none")
  .option('--json <file>', 'writes the figures')
  .parse()
  .opts<{
    board: string;
    bundle: string;
    strategy: string;
    data: 'uci-har' | 'synthetic';
    windows: string;
    functions: string;
    waitStates?: true;
    json?: string;
  }>();

const windows = options.windows === 'all' ? 'all' : Number(options.windows);
const data =
  options.data === 'synthetic'
    ? { set: 'synthetic', order: 'published', windows: windows === 'all' ? 360 : windows, seed: 1 }
    : { set: 'uci-har', split: 'test', order: 'published', windows };
const profiles: Profile[] = [];
for (const bundle of options.bundle.split(',').map(folder => resolve(folder)))
  for (const board of options.board.split(',') as BoardName[]) {
    const found = await profile({
      ...{ board, ...boards[board], bundle, strategy: options.strategy, data },
      countsWaitStates: options.waitStates === true,
    });
    profiles.push(found);
    console.log(cycleReport(found, Number(options.functions)));
  }
if (options.json !== undefined) {
  const figures = profiles.map(({ windows: own, transfer, ...rest }) => ({
    ...rest,
    transfer: Object.fromEntries(transfer),
    windows: own.map(({ spent, ...window }) => ({ ...window, spent: Object.fromEntries(spent) })),
  }));
  await writeFile(options.json, `${JSON.stringify(figures)}\n`);
}
