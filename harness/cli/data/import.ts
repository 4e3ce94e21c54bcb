import { basename, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { exitCodes, LittlefirstError } from '../../errors.js';
import type { ImportManifest, ImportRequest } from '../../library/index.js';
import { layoutNames, placeNames } from '../choices.js';
import { type CliContext, type Finish, printLine } from '../context.js';
import { positiveCount } from '../options.js';

interface Options {
  layout: ImportRequest['layout'];
  out?: string;
  plan?: boolean;
  name?: string;
  test: string[];
  train?: string[];
  rate?: number;
  sourceRate?: number;
  window: number;
  stride: number;
  timing?: 'refuse' | 'resample';
  maxGap?: number;
  label: Record<string, string>;
  classes?: string[];
  place: (typeof placeNames)[number];
  files: string;
  header?: string[];
  personColumn?: string;
  activityColumn?: string;
  timeColumn?: string;
  timeUnit: 's' | 'ms' | 'us' | 'ns';
  channels?: { name: string; column: string }[];
  acceleration: 'g' | 'm/s2';
  gyroscope: 'rad/s' | 'deg/s';
}

const list = (text: string): string[] => text.split(',').map(name => name.trim());

function positive(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || !(value > 0))
    throw new InvalidArgumentError('a number above 0 is expected');
  return value;
}

function renaming(text: string, before: Record<string, string>): Record<string, string> {
  const at = text.lastIndexOf('=');
  if (at < 1)
    throw new InvalidArgumentError('NAME=CLASS is expected, or NAME=- for samples that are not scored');
  return { ...before, [text.slice(0, at).trim()]: text.slice(at + 1).trim() };
}

const channelList = (text: string): { name: string; column: string }[] =>
  list(text).map(part => {
    const at = part.indexOf('=');
    const channel =
      at < 0 ? { name: part, column: part } : { name: part.slice(0, at), column: part.slice(at + 1) };
    if (channel.name === '' || channel.column === '')
      throw new InvalidArgumentError('CHANNEL=COLUMN,... is expected');
    return channel;
  });

function requestOf(context: CliContext, source: string, options: Options): ImportRequest {
  const folder = resolve(context.cwd, source);
  if ((options.out === undefined) !== (options.plan === true))
    throw new LittlefirstError('LF_USAGE', 'It is not said where the data set goes', {
      expected: 'either --out DIR or --plan',
    });
  const shared = {
    source: folder,
    out: options.out === undefined ? undefined : resolve(context.cwd, options.out),
    name: options.name ?? basename(options.out ?? folder),
    test: options.test,
    train: options.train,
    rename: options.label,
    classes: options.classes,
    window: { samples: options.window, stride: options.stride },
    rateHz: options.rate,
    timing: options.timing,
    maxGapSeconds: options.maxGap,
    signal: context.signal,
  };
  if (options.layout === 'pamap2') return { ...shared, layout: options.layout, place: options.place };
  if (options.layout !== 'csv') return { ...shared, layout: options.layout };
  if (options.channels === undefined)
    throw new LittlefirstError('LF_USAGE', 'It is not said which columns are the channels', {
      expected: '--channels CHANNEL=COLUMN,...',
      hint: '--channels total_acc_x=ax,total_acc_y=ay,total_acc_z=az',
    });
  const { timing = 'refuse', sourceRate, channels, ...csv } = options;
  return { ...shared, layout: options.layout, csv: { ...csv, channels, timing, sourceRateHz: sourceRate } };
}

/** What was read, in lines. */
function* summary({ window, channels, classes, people, splits, origin }: ImportManifest): Generator<string> {
  yield `windows of ${window.samples} samples at ${window.sampleRateHz} Hz, one every ${window.stride}`;
  yield `channels: ${channels.map(({ name, unit }) => (unit === '' ? name : `${name} (${unit})`)).join(', ')}`;
  yield `classes: ${classes.join(', ')}`;
  for (const split of ['train', 'test'] as const) {
    const own = people.filter(person => person.split === split).map(({ name }) => name);
    const { rows, recordings } = splits[split];
    yield `${split}: ${own.length} people (${own.join(', ')}), ${recordings.length} recordings, ${rows} samples`;
  }
  if (origin.leftOutPeople.length > 0) yield `in neither split: ${origin.leftOutPeople.join(', ')}`;
  if (origin.fastestHz !== null)
    yield `rates by the recordings' own times: ${origin.slowestHz?.toPrecision(4)} to ${origin.fastestHz.toPrecision(4)} Hz`;
  const { missing, duplicates, gaps, backwards, tooShort } = origin;
  yield `left out: ${missing} samples with a missing value, ${duplicates} with a time that was there already, ${tooShort} recordings shorter than a window`;
  yield `cut: at ${gaps} gaps, ${backwards} times where the clock went back`;
}

/** `littlefirst data import`: people's own recordings. */
export function addImport(data: Command, context: CliContext, finish: Finish): void {
  data
    .command('import')
    .description('make a data set of your own recordings, for --data (docs/own-data.md)')
    .argument('<source>', 'folder or file of the recordings')
    .addOption(
      new Option('--layout <name>', 'how they are laid out').choices(layoutNames).makeOptionMandatory(),
    )
    .option('--out <dir>', 'new folder that receives the data set')
    .option('--plan', 'only say what there is: people, activities, rates, gaps')
    .option('--name <name>', "what reports call the set (default: the folder's name)")
    .option('--test <people>', 'test people, joined by ","', list, [])
    .option('--train <people>', 'training people (default: everybody else)', list)
    .option(
      '--label <name=class>',
      'call an activity otherwise; "-": not scored; may be repeated',
      renaming,
      {},
    )
    .option('--classes <names>', 'the classes in order (default: as they are found)', list)
    .option('--rate <hertz>', "samples a second of the set (default: the layout's)", positive)
    .option('--window <samples>', 'samples of a window', positiveCount, 128)
    .option('--stride <samples>', 'samples from a window to the next', positiveCount, 64)
    .addOption(
      new Option(
        '--timing <how>',
        "irregular times, gaps, missing values (default: the layout's, csv: refuse)",
      ).choices(['refuse', 'resample']),
    )
    .option('--max-gap <seconds>', 'longest gap that --timing resample interpolates over', positive)
    .addOption(new Option('--place <where>', 'sensor of pamap2').choices(placeNames).default('chest'))
    .option('--files <pattern>', 'csv: which files, and what their paths tell', '{}.csv')
    .option('--header <names>', 'csv: names of the columns of files without a header', list)
    .option('--channels <list>', 'csv: CHANNEL=COLUMN joined by ","', channelList)
    .option('--person-column <name>', 'csv: who it is')
    .option('--activity-column <name>', 'csv: what they do')
    .option('--time-column <name>', 'csv: time of the sample')
    .addOption(
      new Option('--time-unit <unit>', 'csv: of the time column')
        .choices(['s', 'ms', 'us', 'ns'])
        .default('s'),
    )
    .option('--source-rate <hertz>', 'csv: rate of files without a time column', positive)
    .addOption(
      new Option('--acceleration <unit>', 'csv: of channels with "acc" in their name')
        .choices(['g', 'm/s2'])
        .default('g'),
    )
    .addOption(
      new Option('--gyroscope <unit>', 'csv: of channels with "gyr" in their name')
        .choices(['rad/s', 'deg/s'])
        .default('rad/s'),
    )
    .action(async (source: string, options: Options) => {
      const request = requestOf(context, source, options);
      const { importData } = await import('../../library/index.js');
      for (const line of summary(await importData(request))) printLine(context.out, line);
      if (request.out !== undefined) printLine(context.out, request.out);
      finish(exitCodes.pass);
    });
}
