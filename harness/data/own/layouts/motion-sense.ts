import type { Hash } from 'node:crypto';
import { join } from 'node:path';
import { LittlefirstError } from '../../../errors.js';
import { numberOf } from '../number.js';
import { badInput, filesBelow } from '../source-files.js';
import { csvRows } from './csv-rows.js';
import {
  angularVelocity,
  bodyAcceleration,
  type Layout,
  type RowBatch,
  totalAcceleration,
} from './layout.js';

/** Codes in the names of the trials' folders (README of github.com/mmalekzadeh/motion-sense, "Labels"). */
const activities: Record<string, string> = {
  dws: 'downstairs',
  ups: 'upstairs',
  sit: 'sitting',
  std: 'standing',
  wlk: 'walking',
  jog: 'jogging',
};

const sensors = ['userAcceleration', 'rotationRate', 'gravity'];
const columns = sensors.flatMap(sensor => ['x', 'y', 'z'].map(axis => `${sensor}.${axis}`));

/**
 * MotionSense, folder A_DeviceMotion_data: `<activity>_<trial>/sub_<person>.csv` with a header, 50 Hz, g and rad/s of Core Motion, no time
 * column (README of github.com/mmalekzadeh/motion-sense). Total acceleration is gravity + userAcceleration.
 */
export async function motionSenseLayout(source: string): Promise<Layout> {
  const matches = (await filesBelow(source)).flatMap(path => {
    const found = /(?:^|[\\/])([a-z]{3})_(\d+)[\\/]sub_(\d+)\.csv$/.exec(join(source, path));
    return found === null
      ? []
      : [{ file: join(source, path), activity: activities[found[1]], person: found[3] }];
  });
  const unknown = matches.find(({ activity }) => activity === undefined);
  if (unknown !== undefined)
    throw badInput(
      { file: unknown.file },
      `folders ${Object.keys(activities).join('_N, ')}_N`,
      'another code',
    );
  if (matches.length === 0)
    throw new LittlefirstError('LF_DATA_MISSING', `There is no MotionSense in ${source}`, {
      expected: 'files such as wlk_7/sub_1.csv',
      hint: 'unpack A_DeviceMotion_data.zip and name its folder',
    });

  async function* read(hashOf: (file: string) => Hash): AsyncGenerator<RowBatch> {
    for (const { file, activity, person } of matches) {
      let places: number[] | undefined;
      for await (const batch of csvRows(file, hashOf(file))) {
        const rows = places === undefined ? batch.slice(1) : batch;
        places ??= placesOf(file, batch[0].fields);
        const at = places;
        yield {
          file,
          rows: rows.map(({ line, fields }) => {
            const v = at.map((place, c) =>
              numberOf(fields[place], () => ({ file, line, column: columns[c] })),
            );
            const total = [0, 1, 2].map(axis => v[axis] + v[6 + axis]);
            return { line, person, activity, seconds: Number.NaN, values: [...v.slice(0, 6), ...total] };
          }),
        };
      }
    }
  }
  return {
    channels: [...bodyAcceleration, ...angularVelocity, ...totalAcceleration],
    sourceRateHz: 50,
    rateHz: 50,
    timing: 'refuse',
    classes: Object.values(activities),
    read,
  };
}

function placesOf(file: string, header: readonly string[]): number[] {
  return columns.map(name => {
    const place = header.indexOf(name);
    if (place >= 0) return place;
    throw badInput(
      { file, line: 1 },
      `a column ${name}`,
      header.join(', '),
      'take the folder A_DeviceMotion_data: B and C hold one sensor each',
    );
  });
}
