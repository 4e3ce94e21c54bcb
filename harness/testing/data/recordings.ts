import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Random } from '../../data/random.js';
import { Wearer } from '../../data/synthetic/wearer.js';
import { activityNames } from '../../data/types.js';

/** One activity of one person, 50 Hz: rows of acceleration (g) and angular velocity (rad/s), x, y, z each. */
export interface Bout {
  person: number;
  /** Index into `activityNames`. */
  activity: number;
  rows: number[][];
}

const rateHz = 50;
const g = 9.80665;

/** The synthetic wearer doing every activity for so many seconds, person by person. */
export function makeBouts(people: number, seconds: number, activities: readonly number[]): Bout[] {
  return Array.from({ length: people }, (_, i) => i + 1).flatMap(person => {
    const wearer = new Wearer(new Random(17, person));
    wearer.stay(activityNames.indexOf('STANDING'), 50);
    return activities.map(activity => {
      wearer.change(activity, 75);
      const first = wearer.rows;
      wearer.stay(activity, seconds * rateHz);
      const rows = Array.from({ length: seconds * rateHz }, (_, r) =>
        Array.from(wearer.samples.slice((first + r) * 6, (first + r + 1) * 6)),
      );
      return { person, activity, rows };
    });
  });
}

/** The same at another rate, by linear interpolation. */
export function atRate(rows: readonly number[][], hertz: number): number[][] {
  return Array.from({ length: Math.floor(((rows.length - 1) * hertz) / rateHz) + 1 }, (_, i) => {
    const at = (i * rateHz) / hertz;
    const [before, after] = [rows[Math.floor(at)], rows[Math.min(Math.floor(at) + 1, rows.length - 1)]];
    return before.map((value, c) => value + (after[c] - value) * (at - Math.floor(at)));
  });
}

/** Writes files below a folder. */
export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

const motionSenseHeader =
  ',attitude.roll,attitude.pitch,attitude.yaw,gravity.x,gravity.y,gravity.z,rotationRate.x,rotationRate.y,rotationRate.z,userAcceleration.x,userAcceleration.y,userAcceleration.z';

/** As A_DeviceMotion_data of github.com/mmalekzadeh/motion-sense: a file a trial and person. */
export function motionSenseFiles(bouts: readonly Bout[]): Record<string, string> {
  const codes = ['wlk_7', 'ups_3', 'dws_1', 'sit_5', 'std_6', 'jog_9'];
  return Object.fromEntries(
    bouts.map(({ person, activity, rows }) => {
      const gravity = [0, 1, 2].map(c => rows.reduce((sum, row) => sum + row[c], 0) / rows.length);
      const lines = rows.map((row, i) =>
        [i, 0.1, 0.2, 0.3, ...gravity, ...row.slice(3), ...gravity.map((value, c) => row[c] - value)].join(),
      );
      const text = `${[motionSenseHeader, ...lines].join('\n')}\n`;
      return [`A_DeviceMotion_data/${codes[activity]}/sub_${person}.csv`, text];
    }),
  );
}

/**
 * As WISDM_ar_v1.1_raw.txt: 20 Hz with some milliseconds of jitter, nanoseconds, m/s2, and what the published file has of blemishes: blank
 * lines, two records in a line, a comma before the semicolon, spaces, a repeated record, a missing z, a time of zero.
 */
export function wisdmFiles(bouts: readonly Bout[]): Record<string, string> {
  const names = ['Walking', 'Upstairs', 'Downstairs', 'Sitting', 'Standing', 'Jogging'];
  const random = new Random(20);
  const records = bouts.flatMap(({ person, activity, rows }, b) =>
    atRate(rows, 20).map((row, i) => {
      const time = 49_105_962_000_000 + b * 1e12 + i * 50_000_000 + random.integer(-9, 9) * 1_000_000;
      const [x, y, z] = row.map(value => (value * g).toFixed(7));
      return i % 97 === 5
        ? `${person},${names[activity]},${time},${x},${y},`
        : `${person},${names[activity]},${time},${x},${y},${z}`;
    }),
  );
  const lines = records.flatMap((record, i) => {
    if (i % 101 === 7) return [`${record};`, `${record};`, ''];
    if (i % 89 === 3) return [`${record},;`];
    if (i % 83 === 11) return [`${record.replaceAll(',', ', ')};`];
    return [`${record};`];
  });
  lines.splice(200, 2, lines.slice(200, 202).join(''));
  lines.splice(100, 0, '1,Walking,0,0,0,0.0;');
  return { 'WISDM_ar_v1.1_raw.txt': `${lines.join('\n')}\n` };
}

/** As Protocol of PAMAP2: a file a person, 100 Hz, transient stretches between activities, NaN where a sensor lost some. */
export function pamap2Files(bouts: readonly Bout[]): Record<string, string> {
  const codes = [4, 12, 13, 2, 3, 1];
  const files = new Map<string, string[]>();
  for (const { person, activity, rows } of bouts) {
    const name = `Protocol/subject${100 + person}.dat`;
    const lines = files.get(name) ?? [];
    files.set(name, lines);
    atRate(rows, 100).forEach((row, i) => {
      const time = (8.38 + lines.length / 100).toFixed(2);
      const isLost = i % 150 === 60;
      const [x, y, z] = row.map(value => (isLost ? 'NaN' : (value * g).toFixed(6)));
      const gyro = row.slice(3).map(value => (isLost ? 'NaN' : value.toFixed(6)));
      const sensor = ['30.375', x, y, z, x, y, z, ...gyro, '8.6', '-67.1', '-19.1', '1', '0', '0', '0'].join(
        ' ',
      );
      const heart = i % 11 === 0 ? '104' : 'NaN';
      lines.push(`${time} ${i < 30 ? 0 : codes[activity]} ${heart} ${sensor} ${sensor} ${sensor}`);
    });
  }
  return Object.fromEntries([...files].map(([name, lines]) => [name, `${lines.join('\n')}\n`]));
}

/** As RawData of HAPT: two files an experiment, one a person here, and the segments. */
export function haptFiles(bouts: readonly Bout[]): Record<string, string> {
  const files: Record<string, string> = {};
  const labels: string[] = [];
  const people = [...new Set(bouts.map(({ person }) => person))];
  for (const person of people) {
    const name = `exp${String(person).padStart(2, '0')}_user${String(person).padStart(2, '0')}.txt`;
    const rows: number[][] = [];
    for (const bout of bouts.filter(other => other.person === person)) {
      labels.push(
        [person, person, bout.activity + 1, rows.length + 11, rows.length + bout.rows.length].join(' '),
      );
      rows.push(...bout.rows);
    }
    const text = (from: number): string =>
      rows.map(row => `${row.slice(from, from + 3).join(' ')}\n`).join('');
    files[`RawData/acc_${name}`] = text(0);
    files[`RawData/gyro_${name}`] = text(3);
  }
  return { ...files, 'RawData/labels.txt': `${labels.join('\n')}\n` };
}

/** A file a recording: `p1/walking.csv`, time in milliseconds, m/s2 and degrees a second. */
export function csvFiles(bouts: readonly Bout[]): Record<string, string> {
  return Object.fromEntries(
    bouts.map(({ person, activity, rows }) => {
      const lines = rows.map((row, i) =>
        [1000 + i * 20, ...row.map((value, c) => value * (c < 3 ? g : 180 / Math.PI))].join(),
      );
      const name = `p${person}/${activityNames[activity].toLowerCase()}.csv`;
      return [name, `${['time,ax,ay,az,gx,gy,gz', ...lines].join('\n')}\n`];
    }),
  );
}
