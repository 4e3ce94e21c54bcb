import type { Hash } from 'node:crypto';
import { join } from 'node:path';
import { LittlefirstError } from '../../../errors.js';
import { numberOf, timeOf } from '../number.js';
import { badInput, filesBelow, type Place } from '../source-files.js';
import { type CsvRow, csvRows } from './csv-rows.js';
import {
  type Channel,
  type Layout,
  type RowBatch,
  standardGravity,
  type Timing,
  type Unit,
} from './layout.js';

/** What one clock tick of a time column is, seconds. */
export const timeUnits = { s: 1, ms: 1e-3, us: 1e-6, ns: 1e-9 } as const;

/** How the user describes files of comma-separated values with a header. */
export interface CsvOptions {
  /** Which files below the source, and what their paths tell: `{person}/{activity}_{}.csv`; `{}` is anything. */
  files: string;
  /** Columns that tell, where paths do not. */
  personColumn?: string;
  activityColumn?: string;
  timeColumn?: string;
  timeUnit: keyof typeof timeUnits;
  /** Columns that become channels: the channel's name, and the column's. */
  channels: readonly { name: string; column: string }[];
  /** Unit of channels whose name holds `acc`, and of those whose name holds `gyro`, in the files. */
  acceleration: 'g' | 'm/s2';
  gyroscope: 'rad/s' | 'deg/s';
  /** Names of the columns of files without a header. */
  header?: readonly string[];
  sourceRateHz?: number;
  timing: Timing;
}

const usage = (summary: string, expected: string, received: string, hint?: string) =>
  new LittlefirstError('LF_USAGE', summary, { expected, received, hint });

/** Unit that a channel is stored in, by its name, and what its files' numbers are multiplied by. */
function unitOf(name: string, { acceleration, gyroscope }: CsvOptions): { unit: Unit; factor: number } {
  if (/acc/i.test(name)) return { unit: 'g', factor: acceleration === 'g' ? 1 : 1 / standardGravity };
  if (/gyr/i.test(name)) return { unit: 'rad/s', factor: gyroscope === 'rad/s' ? 1 : Math.PI / 180 };
  return { unit: '', factor: 1 };
}

/** The pattern as a regular expression over paths with `/`. @throws LF_USAGE */
function pathPattern(files: string): RegExp {
  const parts = files.split(/(\{[^{}]*\})/);
  const seen = new Set<string>();
  const source = parts.map(part => {
    if (!part.startsWith('{')) return part.replace(/[.*+?^$()|[\]\\{}]/g, '\\$&');
    const name = part.slice(1, -1);
    if (name === '') return '[^/]*';
    if ((name !== 'person' && name !== 'activity') || seen.has(name))
      throw usage(
        'The pattern of --files cannot be used',
        '{person}, {activity} at most once each, and {}',
        part,
      );
    seen.add(name);
    return `(?<${name}>[^/]+?)`;
  });
  return new RegExp(`^(?:.*/)?${source.join('')}$`);
}

/** Where in a file's records everything stands. */
interface Columns {
  person: number;
  activity: number;
  time: number;
  values: number[];
}

/** Files with a header, one or several a recording. */
export async function csvLayout(source: string, options: CsvOptions): Promise<Layout> {
  const pattern = pathPattern(options.files);
  const all = await filesBelow(source);
  const matches = all.flatMap(path => {
    const found = pattern.exec((path === '' ? source : path).replaceAll('\\', '/'));
    return found === null ? [] : [{ file: join(source, path), told: found.groups ?? {} }];
  });
  if (matches.length === 0)
    throw new LittlefirstError('LF_DATA_MISSING', `No file below ${source} fits --files`, {
      expected: options.files,
      received: all.length === 0 ? 'an empty folder' : `${all.length} others, e.g. ${all[0] || source}`,
    });
  const tellsPerson = options.personColumn !== undefined || options.files.includes('{person}');
  if (!tellsPerson)
    throw usage(
      'Nothing tells who is who',
      'people, since training and test people must be different ones',
      `--files ${options.files}`,
      '--person-column NAME, or {person} in --files',
    );
  const units = options.channels.map(({ name }) => unitOf(name, options));
  const channels: Channel[] = options.channels.map(({ name }, c) => ({ name, unit: units[c].unit }));

  async function* read(hashOf: (file: string) => Hash): AsyncGenerator<RowBatch> {
    for (const { file, told } of matches) {
      let columns: Columns | undefined;
      const names = options.header;
      if (names !== undefined) columns = columnsOf(file, names, options);
      for await (const batch of csvRows(file, hashOf(file))) {
        const rows = columns === undefined ? batch.slice(1) : batch;
        columns ??= columnsOf(file, batch[0].fields, options);
        yield { file, rows: rowsOf(file, rows, columns, told) };
      }
    }
  }

  function rowsOf(file: string, rows: CsvRow[], at: Columns, told: Record<string, string>): RowBatch['rows'] {
    const unit = timeUnits[options.timeUnit];
    const [first] = rows;
    if (first !== undefined && Math.max(at.person, at.activity, at.time, ...at.values) >= first.fields.length)
      throw badInput(
        { file, line: first.line },
        `the columns ${options.header?.join(', ')}`,
        `${first.fields.length} fields`,
      );
    return rows.map(({ line, fields }) => {
      const place = (column?: string) => (): Place => ({ file, line, column });
      return {
        line,
        person: (at.person < 0 ? told.person : fields[at.person]).trim(),
        activity: ((at.activity < 0 ? told.activity : fields[at.activity]) ?? '').trim(),
        seconds: at.time < 0 ? Number.NaN : timeOf(fields[at.time], place(options.timeColumn)) * unit,
        values: at.values.map(
          (column, c) => numberOf(fields[column], place(options.channels[c].column)) * units[c].factor,
        ),
      };
    });
  }

  return { channels, sourceRateHz: options.sourceRateHz, timing: options.timing, read };
}

/** @throws LF_DATA_CORRUPT for a header without one of the columns */
function columnsOf(file: string, fields: readonly string[], options: CsvOptions): Columns {
  const names = fields.map(name => name.trim());
  const place = (name: string | undefined): number => {
    if (name === undefined) return -1;
    const found = names.indexOf(name);
    if (found >= 0 && names.indexOf(name, found + 1) < 0) return found;
    throw badInput(
      { file, line: 1 },
      `one column "${name}"`,
      found < 0 ? `a header with ${names.join(', ')}` : 'two of that name',
      'name the columns of files without a header by --header',
    );
  };
  return {
    person: place(options.personColumn),
    activity: place(options.activityColumn),
    time: place(options.timeColumn),
    values: options.channels.map(({ column }) => place(column)),
  };
}
