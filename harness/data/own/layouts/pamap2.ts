import type { Hash } from 'node:crypto';
import { join } from 'node:path';
import { LittlefirstError } from '../../../errors.js';
import { numberOf, timeOf } from '../number.js';
import { badInput, filesBelow, type Line, linesOf } from '../source-files.js';
import {
  angularVelocity,
  type Layout,
  type RawRow,
  type RowBatch,
  standardGravity,
  totalAcceleration,
} from './layout.js';

/** Activity codes (readme of UCI no. 231); 0 is transient and tells none. */
const activities = new Map([
  [1, 'lying'],
  [2, 'sitting'],
  [3, 'standing'],
  [4, 'walking'],
  [5, 'running'],
  [6, 'cycling'],
  [7, 'nordic walking'],
  [9, 'watching TV'],
  [10, 'computer work'],
  [11, 'car driving'],
  [12, 'ascending stairs'],
  [13, 'descending stairs'],
  [16, 'vacuum cleaning'],
  [17, 'ironing'],
  [18, 'folding laundry'],
  [19, 'house cleaning'],
  [20, 'playing soccer'],
  [24, 'rope jumping'],
]);

const columnCount = 54;
/** First column, from 0, of each sensor's 17: temperature, acceleration of 16 g and of 6 g, gyroscope, magnetometer, orientation. */
const sensorStart = { hand: 3, chest: 20, ankle: 37 } as const;
export const pamap2Places = Object.keys(sensorStart) as (keyof typeof sensorStart)[];

/**
 * PAMAP2: `subject101.dat` and so on, 54 columns separated by spaces, 100 Hz, seconds, NaN for what is missing; acceleration (m/s2, the 16 g
 * one, as its readme advises) and gyroscope (rad/s) of one of three places (readme of UCI no. 231).
 */
export async function pamap2Layout(source: string, place: keyof typeof sensorStart): Promise<Layout> {
  const files = (await filesBelow(source)).flatMap(path => {
    const file = join(source, path);
    const found = /subject(\d+)\.dat$/.exec(file);
    return found === null ? [] : [{ file, person: found[1] }];
  });
  if (files.length === 0)
    throw new LittlefirstError('LF_DATA_MISSING', `There is no PAMAP2 in ${source}`, {
      expected: 'files such as subject101.dat',
      hint: 'name the folder Protocol of the unpacked archive',
    });
  const start = sensorStart[place];
  const taken = [1, 2, 3, 7, 8, 9].map(offset => start + offset);

  async function* read(hashOf: (file: string) => Hash): AsyncGenerator<RowBatch> {
    for (const { file, person } of files)
      for await (const lines of linesOf(file, hashOf(file)))
        yield { file, rows: lines.flatMap(line => rowOf(file, person, line)) };
  }

  function rowOf(file: string, person: string, { line, text }: Line): RawRow[] {
    const fields = text.trim().split(/ +/);
    if (fields.length === 1 && fields[0] === '') return [];
    if (fields.length !== columnCount)
      throw badInput({ file, line }, `${columnCount} columns separated by spaces`, `${fields.length}`);
    const at = (column: number) => () => ({ file, line, column: String(column + 1) });
    const code = numberOf(fields[1], at(1));
    const activity = code === 0 ? '' : activities.get(code);
    if (activity === undefined)
      throw badInput(at(1)(), `an activity: 0, ${[...activities.keys()].join(', ')}`, fields[1]);
    const values = taken.map(
      (column, c) => numberOf(fields[column], at(column)) / (c < 3 ? standardGravity : 1),
    );
    return [{ line, person, activity, seconds: timeOf(fields[0], at(0)), values }];
  }

  return {
    channels: [...totalAcceleration, ...angularVelocity],
    sourceRateHz: 100,
    rateHz: 100,
    timing: 'resample',
    classes: [...activities.values()],
    read,
  };
}
