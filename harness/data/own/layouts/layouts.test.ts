import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { writeFiles } from '../../../testing/data/recordings.js';
import { failure } from '../../../testing/failure.js';
import { type LayoutChoice, openLayout } from './index.js';
import type { RawRow } from './layout.js';

const g = 9.80665;

/** Every row of a layout over the given files. */
async function rowsOf(choice: LayoutChoice, files: Record<string, string>): Promise<RawRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'littlefirst-layout-'));
  try {
    await writeFiles(folder, files);
    const layout = await openLayout(folder, choice);
    const rows: RawRow[] = [];
    for await (const batch of layout.read(() => createHash('sha256'))) rows.push(...batch.rows);
    for (const row of rows) expect(row.values).to.have.length(layout.channels.length);
    return rows;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const csv = (changes: Partial<Extract<LayoutChoice, { layout: 'csv' }>['csv']> = {}): LayoutChoice => ({
  layout: 'csv',
  csv: {
    files: '{person}/{activity}.csv',
    channels: [{ name: 'total_acc_x', column: 'ax' }],
    timeUnit: 's',
    acceleration: 'g',
    gyroscope: 'rad/s',
    timing: 'refuse',
    ...changes,
  },
});

describe('the layouts of recordings', () => {
  it('reads MotionSense: user acceleration, rotation rate, and gravity with user acceleration', async () => {
    const header =
      ',attitude.roll,attitude.pitch,attitude.yaw,gravity.x,gravity.y,gravity.z,rotationRate.x,rotationRate.y,rotationRate.z,userAcceleration.x,userAcceleration.y,userAcceleration.z';
    const [row, second] = await rowsOf(
      { layout: 'motionsense' },
      {
        'A_DeviceMotion_data/jog_16/sub_24.csv': `${header}\n0,9,9,9,0.1,0.2,0.3,4,5,6,0.01,0.02,0.03\n`,
        'A_DeviceMotion_data/ups_3/sub_2.csv': `${header}\n0,9,9,9,0,0,1,0,0,0,0,0,0\n`,
      },
    );
    expect(row).to.include({ person: '24', activity: 'jogging', line: 2 });
    const expected = [0.01, 0.02, 0.03, 4, 5, 6, 0.11, 0.22, 0.33];
    for (const [c, value] of row.values.entries()) expect(value).to.be.closeTo(expected[c], 1e-12);
    expect(second).to.include({ person: '2', activity: 'upstairs' });
  });

  it('reads WISDM v1.1 with the blemishes of the published file', async () => {
    const rows = await rowsOf(
      { layout: 'wisdm' },
      {
        'WISDM_ar_v1.1_raw.txt':
          '33,Jogging,49105962326000,-0.6946377,12.680544,0.50395286;\n\n' +
          '33,Jogging,49106062271000,5.01,11.26,0.95;33,Jogging,49106112167000,4.9,10.8,-0.08;\n' +
          '19, Sitting, 131623531465000, 8.88, -1.33, 1.61;\n' +
          '7,Downstairs,1,2.0,3.0,4.0,;\n' +
          '7,Upstairs,2,2.0,3.0,;\r\n' +
          '20,Walking,0,0,0,0.0;',
      },
    );
    expect(rows.map(({ line, person, activity }) => [line, person, activity])).to.deep.equal([
      [1, '33', 'Jogging'],
      [3, '33', 'Jogging'],
      [3, '33', 'Jogging'],
      [4, '19', 'Sitting'],
      [5, '7', 'Downstairs'],
      [6, '7', 'Upstairs'],
      [7, '20', 'Walking'],
    ]);
    expect(rows[0].seconds).to.be.closeTo(49105.962326, 1e-9);
    expect(rows[0].values).to.deep.equal([-0.6946377 / g, 12.680544 / g, 0.50395286 / g]);
    expect(rows[4].values[2]).to.equal(4 / g);
    expect(rows[5].values[2]).to.be.NaN;
  });

  it('reads WISDM of 2019 by its letters, one device at a time', async () => {
    const line = '1600,D,252207666810782,-0.36476135,8.793503,1.0550842;\n';
    const [row] = await rowsOf({ layout: 'wisdm' }, { 'accel/data_1600_accel_phone.txt': line });
    expect(row).to.include({ person: '1600', activity: 'sitting' });
    const both = { 'p/data_1600_accel_phone.txt': line, 'w/data_1600_accel_watch.txt': line };
    await failure(rowsOf({ layout: 'wisdm' }, both), 'LF_DATA_MISSING');
  });

  it('reads PAMAP2: the columns of each place, NaN, and activity 0 as none', async () => {
    const line = (activity: number) =>
      Array.from({ length: 54 }, (_, c) =>
        c === 0 ? '8.38' : c === 1 ? activity : c === 2 ? 'NaN' : c + 1,
      ).join(' ');
    const files = { 'Protocol/subject103.dat': `${line(24)}\n${line(0)}\n`, 'readme.txt': 'not a recording' };
    const columns = {
      hand: [5, 6, 7, 11, 12, 13],
      chest: [22, 23, 24, 28, 29, 30],
      ankle: [39, 40, 41, 45, 46, 47],
    };
    for (const place of ['hand', 'chest', 'ankle'] as const) {
      const [row, transient] = await rowsOf({ layout: 'pamap2', place }, files);
      expect(row).to.include({ person: '103', activity: 'rope jumping', seconds: 8.38 });
      expect(row.values).to.deep.equal(columns[place].map((column, c) => (c < 3 ? column / g : column)));
      expect(transient.activity).to.equal('');
    }
  });

  it('reads HAPT: both sensors side by side, and the segments from 1, both ends included', async () => {
    const rows = await rowsOf(
      { layout: 'hapt' },
      {
        'RawData/acc_exp07_user04.txt': '1 2 3\n4 5 6\n7 8 9\n1 1 1\n',
        'RawData/gyro_exp07_user04.txt': '-1 -2 -3\n-4 -5 -6\n-7 -8 -9\n0 0 0\n\n',
        'RawData/labels.txt': '7 4 7 4 4\n7 4 5 2 3\n8 4 1 1 4\n',
      },
    );
    expect(rows.map(({ activity }) => activity)).to.deep.equal(['', 'STANDING', 'STANDING', 'STAND_TO_SIT']);
    expect(rows[1]).to.include({ person: '4' });
    expect(rows[1].values).to.deep.equal([4, 5, 6, -4, -5, -6]);
  });

  it('reads separated values: units, time, people and activities of paths or columns, with quotes and semicolons', async () => {
    const channels = [
      { name: 'total_acc_x', column: 'ax' },
      { name: 'body_gyro_x', column: 'gx' },
      { name: 'barometer', column: 'b' },
    ];
    const [row] = await rowsOf(
      csv({ channels, timeColumn: 't', timeUnit: 'ms', acceleration: 'm/s2', gyroscope: 'deg/s' }),
      { 'deep/ann/walk fast.csv': '\ufefft;b;ax;gx\n1500;7;"9.80665";180\n' },
    );
    expect(row).to.include({ person: 'ann', activity: 'walk fast', seconds: 1.5, line: 2 });
    expect(row.values).to.deep.equal([1, Math.PI, 7]);
    const [other] = await rowsOf(
      csv({ files: '{}.txt', personColumn: 'who', activityColumn: 'what', header: ['who', 'what', 'ax'] }),
      { 'all.txt': 'bob\t"run, then\twalk"\t1e-1\n' },
    );
    expect(other).to.include({ person: 'bob', activity: 'run, then\twalk', line: 1 });
    expect(other.values).to.deep.equal([0.1]);
  });
});
