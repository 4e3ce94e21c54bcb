import { createHash, type Hash } from 'node:crypto';
import { relative } from 'node:path';
import { LittlefirstError } from '../../errors.js';
import type { Split } from '../types.js';
import type { Layout, Timing } from './layouts/layout.js';
import { type Manifest, type ManifestSplit, manifestSchema, setNameSchema } from './manifest.js';
import { type ClassChoice, Classes, People, type PeopleChoice, some } from './names.js';
import { UnitWatch } from './plausibility.js';
import { badInput } from './source-files.js';
import { countScale, statisticsOf } from './statistics.js';
import { Timeline } from './timeline.js';
import { DataWriter, sha256Of } from './writer.js';

export interface ImportOptions extends PeopleChoice, ClassChoice {
  /** What the layout calls itself. */
  layoutName: string;
  source: string;
  /** Receives the data set; a new folder. */
  out: string;
  /** What the set is called in reports. */
  name: string;
  window: { samples: number; stride: number };
  /** Samples a second of the set; default: the layout's. */
  rateHz?: number;
  timing?: Timing;
  /** Longest time that is interpolated over, seconds; default 0.25, or four periods if that is more. */
  maxGapSeconds?: number;
  /** Only to see what there is: people need not be in both splits, and classes not be known. */
  isPlan?: boolean;
  signal?: AbortSignal;
}

/** Default of the longest gap: shorter than most movements. Assumed. */
const shortGapSeconds = 0.25;
const gapPeriods = 4;

/**
 * Imports recordings into a folder that `--data` takes: read once, piece by piece, whatever their size.
 * @returns the manifest that was written
 * @throws LF_USAGE, LF_DATA_MISSING, LF_DATA_CORRUPT with file, line and column
 */
export async function importRecordings(layout: Layout, options: ImportOptions): Promise<Manifest> {
  const { rateHz = layout.rateHz, timing = layout.timing, window } = options;
  if (rateHz === undefined)
    throw new LittlefirstError('LF_USAGE', 'The rate of the data set is not known', { hint: '--rate HZ' });
  if (!options.isPlan) checkName(options.name);
  checkSize(layout, window, rateHz);
  checkRates(layout, rateHz, timing);
  const people = new People(options);
  const classes = new Classes(options);
  const units = new UnitWatch(layout.channels);
  const hashes = new SourceHashes(options.source);
  const writer = DataWriter.open(options.out, layout.channels.length, window.samples);
  try {
    let person = -1;
    const timeline = new Timeline({
      channels: layout.channels.map(({ name }) => name),
      rateHz,
      sourceRateHz: layout.sourceRateHz,
      timing,
      maxGapSeconds: options.maxGapSeconds ?? Math.max(shortGapSeconds, gapPeriods / rateHz),
      onRow: ({ label, values }) => writer.splits[people.people[person].split].push(person, label, values),
      onCut: () => writer.cut(),
    });
    for await (const { file, rows } of layout.read(name => hashes.of(name))) {
      options.signal?.throwIfAborted();
      for (const row of rows) {
        if (layout.sourceRateHz === undefined && Number.isNaN(row.seconds))
          throw badInput(
            { file, line: row.line },
            'a time',
            'none',
            '--time-column NAME, or --source-rate HZ for equal distances',
          );
        const next = people.placeOf(row.person, file, row.line);
        if (next !== person) timeline.cut();
        person = next;
        if (person < 0) continue;
        if (!row.values.some(Number.isNaN)) units.see(file, row.values);
        timeline.push(file, row, classes.numberOf(row.activity, file, row.line));
      }
    }
    timeline.cut();
    units.end();
    writer.close();
    if (!options.isPlan) people.check();
    const final = classes.final(layout.classes);
    await writer.renumber(final.places);
    const splits = { train: await splitOf(writer, 'train'), test: await splitOf(writer, 'test') };
    if (!options.isPlan) checkRows(splits, window.samples);
    const manifest: Manifest = {
      schema: 'littlefirst.data/1',
      name: options.name,
      window: { ...window, sampleRateHz: rateHz },
      channels: await channelsOf(layout, writer),
      classes: final.classes,
      people: people.people,
      splits,
      origin: {
        layout: options.layoutName,
        ...hashes.sum(),
        timing,
        slowestHz: timeline.fastestHz === 0 ? null : timeline.slowestHz,
        fastestHz: timeline.fastestHz === 0 ? null : timeline.fastestHz,
        ...timeline.treatment,
        tooShort: writer.splits.train.tooShort + writer.splits.test.tooShort,
        leftOutPeople: [...people.leftOut],
      },
    };
    checkManifest(manifest);
    writer.finish(manifest);
    return manifest;
  } catch (error) {
    writer.close();
    writer.discard();
    throw error;
  }
}

function checkName(name: string): void {
  const result = setNameSchema.safeParse(name);
  if (result.success) return;
  throw new LittlefirstError('LF_USAGE', 'The data set cannot have this name', {
    expected: result.error.issues[0].message,
    received: name,
    hint: '--name NAME',
  });
}

/** Rows of a recording are held until they are a window. */
const mostWindowValues = 2 ** 22;

function checkSize({ channels }: Layout, { samples, stride }: ImportOptions['window'], rateHz: number): void {
  const problem =
    samples > 65_535 || stride > 65_535 || samples * channels.length > mostWindowValues
      ? `windows of ${samples} x ${channels.length}, every ${stride} samples`
      : !(rateHz > 0 && rateHz <= 1e6)
        ? `${rateHz} Hz`
        : undefined;
  if (problem === undefined) return;
  throw new LittlefirstError('LF_USAGE', 'Windows cannot be cut so', {
    expected: `up to 65535 samples, ${mostWindowValues} values and 1e6 Hz`,
    received: problem,
  });
}

function checkManifest(manifest: Manifest): void {
  const result = manifestSchema.safeParse(manifest);
  if (result.success) return;
  const [{ path, message }] = result.error.issues;
  throw new LittlefirstError('LF_USAGE', 'The data set cannot be described so', {
    expected: message,
    received: path.join('.'),
  });
}

/** Samples without times are at the layout's rate, which has to be the set's where nothing is interpolated. */
function checkRates({ sourceRateHz }: Layout, rateHz: number, timing: Timing): void {
  if (timing === 'resample' || sourceRateHz === undefined || sourceRateHz === rateHz) return;
  throw new LittlefirstError('LF_USAGE', 'The recordings have another rate than the data set', {
    expected: `${sourceRateHz} Hz, or --timing resample`,
    received: `${rateHz} Hz`,
  });
}

async function splitOf(writer: DataWriter, split: Split): Promise<ManifestSplit> {
  const { rows, recordings } = writer.splits[split];
  const { samples, labels } = writer.filesOf(split);
  return { rows, recordings, samples: await sha256Of(samples), labels: await sha256Of(labels) };
}

function checkRows(splits: Record<Split, ManifestSplit>, samples: number): void {
  for (const split of ['train', 'test'] as const)
    if (splits[split].rows === 0)
      throw new LittlefirstError(
        'LF_DATA_CORRUPT',
        `No recording of the ${split} people is as long as a window`,
        {
          expected: `${samples} samples without a gap`,
          received: 'shorter ones only',
          hint: 'a shorter --window, or a larger --max-gap',
        },
      );
}

async function channelsOf(layout: Layout, writer: DataWriter): Promise<Manifest['channels']> {
  const statistics = await statisticsOf(writer.filesOf('train').samples, layout.channels.length);
  const still = layout.channels.filter((_, c) => !(statistics[c].max > statistics[c].min));
  if (still.length > 0)
    throw new LittlefirstError('LF_DATA_CORRUPT', 'Some channels never change in the training people', {
      expected: 'channels that move',
      received: some(still.map(({ name }) => name)),
      hint: 'leave them out of --channels',
    });
  return layout.channels.map((channel, c) => ({
    ...channel,
    ...statistics[c],
    scale: countScale(statistics[c]),
  }));
}

/** Hashes of all files that were read. */
class SourceHashes {
  readonly #source: string;
  readonly #files = new Map<string, Hash>();

  constructor(source: string) {
    this.#source = source;
  }

  of(file: string): Hash {
    const hash = createHash('sha256');
    this.#files.set(relative(this.#source, file), hash);
    return hash;
  }

  sum(): { sourceSha256: string; sourceFiles: number } {
    const all = createHash('sha256');
    for (const [name, hash] of [...this.#files].sort(([a], [b]) => (a < b ? -1 : 1)))
      all.update(`${name}\n${hash.digest('hex')}\n`);
    return { sourceSha256: all.digest('hex'), sourceFiles: this.#files.size };
  }
}
