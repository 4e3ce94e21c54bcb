import type { Hash } from 'node:crypto';
import { join } from 'node:path';
import { LittlefirstError } from '../../../errors.js';
import { numberOf } from '../number.js';
import { badInput, filesBelow, type Line, linesOf } from '../source-files.js';
import { angularVelocity, type Layout, type RowBatch, totalAcceleration } from './layout.js';

/** Activity codes 1 to 12 (activity_labels.txt of UCI no. 341). */
const activities = [
  'WALKING',
  'WALKING_UPSTAIRS',
  'WALKING_DOWNSTAIRS',
  'SITTING',
  'STANDING',
  'LAYING',
  'STAND_TO_SIT',
  'SIT_TO_STAND',
  'SIT_TO_LIE',
  'LIE_TO_SIT',
  'STAND_TO_LIE',
  'LIE_TO_STAND',
];

interface Segment {
  activity: string;
  /** Samples from 1, both included. */
  start: number;
  end: number;
}

const mostSegments = 1_000_000;

/**
 * HAPT's RawData: `acc_exp01_user01.txt` and `gyro_exp01_user01.txt`, three columns separated by spaces, 50 Hz, g and rad/s; `labels.txt`:
 * experiment, user, activity, first and last sample, from 1 (README.txt of UCI no. 341). The channels are the raw ones: `--data hapt` is the
 * same people with the filters of UCI HAR.
 */
export async function haptLayout(source: string): Promise<Layout> {
  const paths = await filesBelow(source);
  const pairs = paths.flatMap(path => {
    const found = /(?:^|[\\/])acc_(exp(\d+)_user(\d+)\.txt)$/.exec(path);
    if (found === null) return [];
    const folder = path.slice(0, path.length - found[0].length);
    return [
      {
        acc: join(source, path),
        gyro: join(source, folder, `gyro_${found[1]}`),
        experiment: Number(found[2]),
        person: String(Number(found[3])),
      },
    ];
  });
  const labels = paths.find(path => /(?:^|[\\/])labels\.txt$/.test(path));
  if (pairs.length === 0 || labels === undefined)
    throw new LittlefirstError('LF_DATA_MISSING', `There is no HAPT in ${source}`, {
      expected: 'acc_exp01_user01.txt, gyro_exp01_user01.txt and the like, and labels.txt',
      received: pairs.length === 0 ? 'no acc_expNN_userNN.txt' : 'no labels.txt',
      hint: 'name the folder RawData of the unpacked archive',
    });

  async function* read(hashOf: (file: string) => Hash): AsyncGenerator<RowBatch> {
    const segments = await readSegments(join(source, labels!), hashOf);
    for (const { acc, gyro, experiment, person } of pairs) {
      const own = segments.get(`${experiment} ${person}`) ?? [];
      let sample = 0;
      let at = 0;
      for await (const lines of inStep(acc, gyro, hashOf)) {
        const rows = lines.map(([a, g]) => {
          sample += 1;
          while (at < own.length && own[at].end < sample) at += 1;
          const isIn = at < own.length && own[at].start <= sample;
          return {
            line: a.line,
            person,
            activity: isIn ? own[at].activity : '',
            seconds: Number.NaN,
            values: [...threeOf(acc, a), ...threeOf(gyro, g)],
          };
        });
        yield { file: acc, rows };
      }
    }
  }
  return {
    channels: [...totalAcceleration, ...angularVelocity],
    sourceRateHz: 50,
    rateHz: 50,
    timing: 'refuse',
    classes: activities,
    read,
  };
}

function numbersOf(file: string, { line, text }: Line, count: number): number[] {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== count)
    throw badInput({ file, line }, `${count} numbers separated by spaces`, `${fields.length} fields`);
  return fields.map((field, c) => numberOf(field, () => ({ file, line, column: String(c + 1) })));
}

const threeOf = (file: string, line: Line): number[] => numbersOf(file, line, 3);
const filled = (lines: Line[]): Line[] => lines.filter(({ text }) => text.trim() !== '');

/** Segments of each experiment and person, by their first samples. */
async function readSegments(file: string, hashOf: (file: string) => Hash): Promise<Map<string, Segment[]>> {
  const segments = new Map<string, Segment[]>();
  let count = 0;
  for await (const lines of linesOf(file, hashOf(file)))
    for (const line of filled(lines)) {
      const [experiment, user, code, start, end] = numbersOf(file, line, 5);
      const activity = activities[code - 1];
      if (activity === undefined || !(start >= 1) || !(end >= start))
        throw badInput(
          { file, line: line.line },
          'experiment, user, activity 1 to 12, first and last sample',
          line.text.trim(),
        );
      const key = `${experiment} ${user}`;
      const own = segments.get(key) ?? [];
      own.push({ activity, start, end });
      segments.set(key, own);
      count += 1;
      if (count > mostSegments)
        throw badInput({ file, line: line.line }, `at most ${mostSegments} segments`, 'more');
    }
  for (const own of segments.values()) own.sort((a, b) => a.start - b.start);
  return segments;
}

/** The lines of two files side by side. @throws LF_DATA_CORRUPT when one ends before the other */
async function* inStep(
  acc: string,
  gyro: string,
  hashOf: (file: string) => Hash,
): AsyncGenerator<[Line, Line][]> {
  const other = linesOf(gyro, hashOf(gyro));
  let rest: Line[] = [];
  try {
    for await (const lines of linesOf(acc, hashOf(acc))) {
      const pairs: [Line, Line][] = [];
      for (const line of filled(lines)) {
        while (rest.length === 0) {
          const next = await other.next();
          if (next.done === true)
            throw badInput({ file: gyro }, `as many samples as in ${acc}`, `none for its line ${line.line}`);
          rest = filled(next.value).reverse();
        }
        pairs.push([line, rest.pop()!]);
      }
      yield pairs;
    }
    for (;;) {
      if (rest.length > 0)
        throw badInput({ file: gyro, line: rest.at(-1)!.line }, `as many samples as in ${acc}`, 'more');
      const next = await other.next();
      if (next.done === true) return;
      rest = filled(next.value).reverse();
    }
  } finally {
    await other.return(undefined);
  }
}
