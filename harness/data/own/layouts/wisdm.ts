import type { Hash } from 'node:crypto';
import { join } from 'node:path';
import { LittlefirstError } from '../../../errors.js';
import { numberOf, timeOf } from '../number.js';
import { badInput, filesBelow, type Line, linesOf } from '../source-files.js';
import { type Layout, type RawRow, type RowBatch, standardGravity, totalAcceleration } from './layout.js';

/** Classes of WISDM v1.1, and names for the letters of the set of 2019 (its activity_key.txt; there is no N). */
const classes2012 = ['Walking', 'Jogging', 'Upstairs', 'Downstairs', 'Sitting', 'Standing'];
const classes2019: Record<string, string> = {
  A: 'walking',
  B: 'jogging',
  C: 'stairs',
  D: 'sitting',
  E: 'standing',
  F: 'typing',
  G: 'teeth',
  H: 'soup',
  I: 'chips',
  J: 'pasta',
  K: 'drinking',
  L: 'sandwich',
  M: 'kicking',
  O: 'catch',
  P: 'dribbling',
  Q: 'writing',
  R: 'clapping',
  S: 'folding',
};
const fieldNames = ['user', 'activity', 'timestamp', 'x', 'y', 'z'];

/**
 * WISDM: `user,activity,timestamp,x,y,z;`, 20 Hz, nanoseconds, m/s2, no header. As the published file of v1.1 has them: blank lines, several
 * records in a line, spaces, a comma before the semicolon, a missing z (WISDM_ar_v1.1_raw.txt); the set of 2019 has one file a person and
 * sensor and letters for activities (raw/phone/accel/data_1600_accel_phone.txt).
 */
export async function wisdmLayout(source: string): Promise<Layout> {
  const paths = (await filesBelow(source)).map(path => join(source, path));
  const isFile = paths.length === 1 && join(paths[0]) === join(source);
  const files = isFile
    ? paths
    : paths.filter(path => /(?:WISDM_ar_v[\d.]+_raw|data_\d+_accel_(?:phone|watch))\.txt$/.test(path));
  const kinds = new Set(files.map(path => /_(?:raw|phone|watch)\.txt$/.exec(path)?.[0]));
  if (files.length === 0 || kinds.size > 1)
    throw new LittlefirstError('LF_DATA_MISSING', `There is no one WISDM recording in ${source}`, {
      expected: 'WISDM_ar_v1.1_raw.txt, or data_1600_accel_phone.txt and the like of one device',
      received: files.length === 0 ? 'neither' : [...kinds].join(' and '),
      hint: 'name raw/phone/accel or raw/watch/accel',
    });

  async function* read(hashOf: (file: string) => Hash): AsyncGenerator<RowBatch> {
    for (const file of files)
      for await (const lines of linesOf(file, hashOf(file)))
        yield { file, rows: lines.flatMap(line => recordsOf(file, line)) };
  }
  return {
    channels: totalAcceleration,
    sourceRateHz: 20,
    rateHz: 20,
    timing: 'resample',
    classes: [...classes2012, ...Object.values(classes2019)],
    read,
  };
}

function recordsOf(file: string, { line, text }: Line): RawRow[] {
  return text.split(';').flatMap(record => {
    const fields = record.split(',').map(field => field.trim());
    while (fields.length > 5 && fields.at(-1) === '') fields.pop();
    if (fields.every(field => field === '')) return [];
    if (fields.length < 5 || fields.length > 6)
      throw badInput(
        { file, line },
        'records of user,activity,timestamp,x,y,z;',
        `${fields.length} fields: ${record.trim()}`,
      );
    const at = (column: number) => () => ({ file, line, column: fieldNames[column] });
    return [
      {
        line,
        person: fields[0],
        activity: classes2019[fields[1]] ?? fields[1],
        seconds: timeOf(fields[2], at(2)) * 1e-9,
        values: [3, 4, 5].map(c => numberOf(fields[c] ?? '', at(c)) / standardGravity),
      },
    ];
  });
}
