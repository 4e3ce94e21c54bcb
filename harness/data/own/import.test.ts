import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  atRate,
  type Bout,
  csvFiles,
  haptFiles,
  makeBouts,
  motionSenseFiles,
  pamap2Files,
  wisdmFiles,
  writeFiles,
} from '../../testing/data/recordings.js';
import { failure } from '../../testing/failure.js';
import { fitMinMax, scaleWindows } from '../scaling.js';
import type { Split } from '../types.js';
import { type ImportOptions, importRecordings } from './import.js';
import { type LayoutChoice, openLayout } from './layouts/index.js';
import { gridOf, loadOwn } from './load.js';
import type { Manifest } from './manifest.js';
import { DataWriter } from './writer.js';

const csv: LayoutChoice = {
  layout: 'csv',
  csv: {
    files: '{person}/{activity}.csv',
    channels: ['x', 'y', 'z'].map(axis => ({ name: `total_acc_${axis}`, column: `a${axis}` })),
    timeColumn: 'time',
    timeUnit: 'ms',
    acceleration: 'm/s2',
    gyroscope: 'deg/s',
    timing: 'refuse',
  },
};

type Changes = Partial<ImportOptions> & { choice?: LayoutChoice };

describe('data import', function () {
  this.timeout(120_000);
  let root: string;
  let bouts: Bout[];
  let count = 0;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'littlefirst-import-'));
    bouts = makeBouts(4, 6, [0, 3]);
  });
  after(() => rm(root, { recursive: true, force: true }));

  const fresh = (): string => join(root, `${++count}`);

  /** Imports files that are written first. */
  async function importFiles(
    files: Record<string, string>,
    { choice = csv, ...changes }: Changes = {},
  ): Promise<{ manifest: Manifest; out: string }> {
    const source = fresh();
    await mkdir(source);
    await writeFiles(source, files);
    return importFrom(source, { choice, ...changes });
  }

  async function importFrom(source: string, { choice = csv, ...changes }: Changes = {}) {
    const out = fresh();
    const layout = await openLayout(source, choice);
    const manifest = await importRecordings(layout, {
      layoutName: choice.layout,
      source,
      out,
      name: 'mine',
      window: { samples: 128, stride: 64 },
      test: ['p3', 'p4'],
      rename: {},
      rateHz: 50,
      ...changes,
    });
    return { manifest, out };
  }

  it('makes a set whose windows are the recordings, person by person', async () => {
    const { manifest, out } = await importFiles(csvFiles(bouts));
    expect(manifest.people).to.deep.equal([
      { name: 'p1', split: 'train' },
      { name: 'p2', split: 'train' },
      { name: 'p3', split: 'test' },
      { name: 'p4', split: 'test' },
    ]);
    expect(manifest.classes).to.deep.equal(['sitting', 'walking']);
    expect(gridOf(manifest)).to.deep.include({ samples: 128, stride: 64, sampleRateHz: 50 });
    for (const [split, first] of [
      ['train', 1],
      ['test', 3],
    ] as const) {
      const set = await loadOwn(out, split, 'chronological');
      expect(set).to.deep.include({ name: 'mine', people: ['p1', 'p2', 'p3', 'p4'] });
      expect([...set.subjects]).to.deep.equal(
        [first, first + 1].flatMap(person => new Array(6).fill(person)),
      );
      expect([...set.labels]).to.deep.equal([0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1]);
      expect([...set.resets]).to.deep.equal([0, 3, 6, 9]);
      // Files in natural order: sitting, then walking.
      const sitting = bouts.find(({ person, activity }) => person === first && activity === 3)!;
      for (const row of [0, 100, 299])
        for (const c of [0, 1, 2]) expect(set.samples[row * 3 + c]).to.be.closeTo(sitting.rows[row][c], 1e-6);
      expect((await loadOwn(out, split, 'published')).resets).to.deep.equal(Uint32Array.of(0));
    }
  });

  it('fits its scaling to the training people alone', async () => {
    const wild = csvFiles(bouts);
    const changed = Object.fromEntries(
      Object.entries(wild).map(([name, text]) => [
        name,
        name.startsWith('p4') ? text.replace(/^(\d+00),[^,]*,/gm, '$1,70,') : text,
      ]),
    );
    const tame = (await importFiles(wild)).manifest;
    const { manifest, out } = await importFiles(changed);
    expect(manifest.channels).to.deep.equal(tame.channels);
    const train = await loadOwn(out, 'train', 'published');
    const { min, max } = fitMinMax(train);
    for (const [c, channel] of manifest.channels.entries()) {
      expect(channel.min).to.be.at.most(min[c]);
      expect(channel.max).to.be.at.least(max[c]);
      expect(channel.low).to.be.within(channel.min, channel.mean);
      expect(channel.high).to.be.within(channel.mean, channel.max);
      const largest = Math.max(Math.abs(channel.min), Math.abs(channel.max));
      expect(channel.scale * 32767).to.be.within(2 * largest, 4.001 * largest);
    }
    const columns = Array.from(train.samples).filter((_, i) => i % 3 === 1);
    const mean = columns.reduce((a, b) => a + b, 0) / columns.length;
    expect(manifest.channels[1].mean).to.be.closeTo(mean, 1e-9);
    const variance = columns.reduce((sum, x) => sum + (x - mean) ** 2, 0) / columns.length;
    expect(manifest.channels[1].deviation).to.be.closeTo(Math.sqrt(variance), 1e-9);
  });

  it('checks a bundle against its channels, rate and hop', async () => {
    const { manifest, out } = await importFiles(csvFiles(bouts));
    const set = await loadOwn(out, 'test', 'published');
    const { classes: _, ...grid } = gridOf(manifest);
    const format = {
      ...grid,
      dtype: 'int16' as const,
      scaling: { method: 'counts' as const, scale: manifest.channels.map(({ scale }) => scale) },
    };
    expect(scaleWindows(set, format).count).to.equal(12);
    const fewer = {
      ...format,
      channels: ['total_acc_z'],
      scaling: { method: 'counts' as const, scale: [2 ** -12] },
    };
    const [z] = [scaleWindows(set, fewer).window(0)];
    expect(z[5]).to.equal(Math.round(set.samples[5 * 3 + 2] * 4096));
    const wrong: [object, RegExp][] = [
      [{ sampleRateHz: 20 }, /20 Hz/],
      [{ stride: 32 }, /stride of 32/],
      [{ samples: 64 }, /64 samples/],
      [{ channels: ['total_acc_x', 'total_acc_y', 'body_gyro_x'] }, /body_gyro_x/],
    ];
    for (const [change, message] of wrong)
      expect(
        (await failure(() => scaleWindows(set, { ...format, ...change }), 'LF_BUNDLE_INVALID')).message,
      ).to.match(message);
  });

  it('reads each layout by name', async () => {
    const layouts: [LayoutChoice, Record<string, string>, Partial<ImportOptions>, string[]][] = [
      [
        { layout: 'motionsense' },
        motionSenseFiles(bouts),
        { rateHz: undefined, test: ['4'] },
        ['sitting', 'walking'],
      ],
      [
        { layout: 'wisdm' },
        wisdmFiles(bouts),
        { rateHz: undefined, test: ['4'], window: { samples: 40, stride: 20 } },
        ['Walking', 'Sitting'],
      ],
      [
        { layout: 'pamap2', place: 'ankle' },
        pamap2Files(bouts),
        { rateHz: 50, test: ['104'] },
        ['sitting', 'walking'],
      ],
      [{ layout: 'hapt' }, haptFiles(bouts), { rateHz: undefined, test: ['4'] }, ['WALKING', 'SITTING']],
    ];
    for (const [choice, files, changes, classes] of layouts) {
      const { manifest, out } = await importFiles(files, { choice, ...changes });
      expect(manifest.classes, choice.layout).to.deep.equal(classes);
      expect(manifest.people.map(({ split }) => split)).to.deep.equal(['train', 'train', 'train', 'test']);
      for (const split of ['train', 'test'] as Split[]) {
        const { labels, samples, grid } = await loadOwn(out, split, 'chronological');
        for (const c of [0, 1]) expect(labels.includes(c), `${choice.layout} ${split}`).to.equal(true);
        const at = grid.channels.indexOf('total_acc_x');
        const width = grid.channels.length;
        const norms = Array.from({ length: samples.length / width }, (_, row) =>
          Math.hypot(...samples.subarray(row * width + at, row * width + at + 3)),
        );
        expect(norms.reduce((a, b) => a + b, 0) / norms.length, choice.layout).to.be.closeTo(1, 0.15);
      }
    }
  });

  it('says what it did to the blemishes of a recording', async () => {
    const { manifest } = await importFiles(wisdmFiles(bouts), {
      choice: { layout: 'wisdm' },
      rateHz: 20,
      test: ['4'],
      window: { samples: 40, stride: 20 },
    });
    const { missing, duplicates, gaps, backwards } = manifest.origin;
    expect(missing).to.be.above(5);
    expect(duplicates).to.be.above(4);
    expect([gaps, backwards]).to.deep.equal([5, 1]);
    expect(manifest.origin.timing).to.equal('resample');
  });

  it('begins anew where one was killed, and keeps out of a folder that another one is writing', async () => {
    const out = fresh();
    await mkdir(out);
    const left = ['train.samples.f32', 'train.labels.u8', 'test.samples.f32', 'data.json.part'];
    for (const name of left) await writeFile(join(out, name), 'half');
    const { manifest } = await importFiles(csvFiles(bouts), { out });
    expect((await readdir(out)).sort()).to.deep.equal([
      'data.json',
      'test.labels.u8',
      'test.samples.f32',
      'train.labels.u8',
      'train.samples.f32',
    ]);
    expect(manifest.splits.train.rows).to.be.greaterThan(0);
    await failure(importFiles(csvFiles(bouts), { out }), 'LF_USAGE');
    const taken = fresh();
    const writer = DataWriter.open(taken, 3, 128);
    const error = await failure(importFiles(csvFiles(bouts), { out: taken }), 'LF_USAGE');
    expect(error.message).to.match(/another import/);
    writer.close();
    writer.discard();
    await importFiles(csvFiles(bouts), { out: taken });
  });

  it('calls activities otherwise, leaves some unscored, and keeps the order that was asked for', async () => {
    const { manifest, out } = await importFiles(csvFiles(makeBouts(4, 6, [0, 1, 3])), {
      rename: { walking: 'moving', walking_upstairs: 'moving', sitting: '-' },
      classes: ['moving'],
    });
    expect(manifest.classes).to.deep.equal(['moving']);
    const { labels } = await loadOwn(out, 'test', 'chronological');
    expect([...labels]).to.deep.equal([255, 255, 255, 0, 0, 0, 0, 0, 0, 255, 255, 255, 0, 0, 0, 0, 0, 0]);
  });

  it('leaves people out who are in neither split', async () => {
    const { manifest } = await importFiles(csvFiles(bouts), { train: ['p1'], test: ['p4'] });
    expect(manifest.people.map(({ name }) => name)).to.deep.equal(['p1', 'p4']);
    expect(manifest.origin.leftOutPeople).to.deep.equal(['p2', 'p3']);
  });

  it('makes the same bytes again, and knows the source files', async () => {
    const [a, b] = [await importFiles(csvFiles(bouts)), await importFiles(csvFiles(bouts))];
    expect(a.manifest).to.deep.equal(b.manifest);
    expect(a.manifest.origin.sourceFiles).to.equal(8);
    const files = csvFiles(bouts);
    const name = Object.keys(files)[0];
    const other = await importFiles({ ...files, [name]: files[name].replace(/\n1000,[^,]/, '\n1000,8') });
    expect(other.manifest.origin.sourceSha256).to.not.equal(a.manifest.origin.sourceSha256);
  });

  describe('refuses', () => {
    /** A good file with one thing changed. */
    const changed = (edit: (lines: string[]) => void, name = 'p2/walking.csv') => {
      const files = csvFiles(bouts);
      const lines = files[name].split('\n');
      edit(lines);
      return { ...files, [name]: lines.join('\n') };
    };
    const column = (line: string, c: number, to: string): string =>
      line
        .split(',')
        .map((field, i) => (i === c ? to : field))
        .join();
    const scaled = (files: Record<string, string>, name: RegExp, factor: number) =>
      Object.fromEntries(
        Object.entries(files).map(([key, text]) => [
          key,
          name.test(key)
            ? text.replace(/^(\d+),([^,]*),([^,]*),([^,]*)/gm, (_, t, ...v) =>
                [t, ...v.slice(0, 3).map(value => Number(value) * factor)].join(),
              )
            : text,
        ]),
      );

    const contents: [string, () => Record<string, string>, RegExp, Changes?][] = [
      [
        'a word where a number belongs',
        () => changed(l => (l[7] = column(l[7], 2, 'fast'))),
        /walking\.csv, line 8, column ay: [\s\S]*received: fast/,
      ],
      [
        'a decimal comma',
        () => changed(l => (l[7] = column(l[7], 2, '"0,5"'))),
        /line 8, column ay: [\s\S]*decimal points/,
      ],
      [
        'NaN, where nothing is interpolated',
        () => changed(l => (l[7] = column(l[7], 1, 'NaN'))),
        /line 8: [\s\S]*none of total_acc_x[\s\S]*--timing resample/,
      ],
      [
        'infinity',
        () => changed(l => (l[7] = column(l[7], 3, 'inf'))),
        /line 8, column az: [\s\S]*received: inf/,
      ],
      [
        'a number beyond every sensor',
        () => changed(l => (l[7] = column(l[7], 3, '1e300'))),
        /line 8, column az: [\s\S]*1e300/,
      ],
      ['a hexadecimal number', () => changed(l => (l[7] = column(l[7], 3, '0x10'))), /line 8, column az/],
      [
        'a time that is a date',
        () => changed(l => (l[7] = column(l[7], 0, '2024-01-01'))),
        /line 8, column time: [\s\S]*2024-01-01/,
      ],
      [
        'a time twice',
        () => changed(l => (l[9] = column(l[9], 0, '1140'))),
        /line 10: [\s\S]*the same time again/,
      ],
      [
        'a time that goes back',
        () => changed(l => (l[9] = column(l[9], 0, '1100'))),
        /line 10: [\s\S]*before the last one/,
      ],
      ['a gap', () => changed(l => l.splice(50, 10)), /line 51: [\s\S]*0\.2200 s after/],
      ['a field too few', () => changed(l => (l[20] = '1380,1,2')), /line 21: [\s\S]*Record Length/],
      [
        'a quote that does not end',
        () => changed(l => (l[20] = `"${l[20]}`)),
        /walking\.csv[\s\S]*quotes closed/,
      ],
      [
        'a header without a channel',
        () => changed(l => (l[0] = l[0].replace('ay', 'aq'))),
        /line 1: [\s\S]*one column "ay"[\s\S]*aq/,
      ],
      [
        'a header with a channel twice',
        () => changed(l => (l[0] = l[0].replace('az', 'ay'))),
        /two of that name/,
      ],
      ['no header', () => changed(l => l.splice(0, 1)), /line 1: [\s\S]*--header/],
      [
        'an empty file',
        () => ({ ...csvFiles(bouts), 'p2/walking.csv': '' }),
        /walking\.csv: [\s\S]*an empty file/,
      ],
      ['an endless line', () => changed(l => (l[20] = '9'.repeat(70_000))), /line 21: [\s\S]*65536 bytes/],
      ['a zero byte', () => changed(l => (l[20] = `\0${l[20]}`)), /line 21: [\s\S]*zero byte/],
      [
        'an archive',
        () => ({ ...csvFiles(bouts), 'p2/walking.csv': 'PK\x03\x04...' }),
        /an archive[\s\S]*unpack it/,
      ],
      [
        'a Git LFS pointer',
        () => ({ ...csvFiles(bouts), 'p2/walking.csv': 'version https://git-lfs.github.com/spec/v1\n' }),
        /Git LFS pointer/,
      ],
      [
        'm/s2 said to be g',
        () => scaled(csvFiles(bouts), /./, 9.80665),
        /a median norm of 9\.\d+ g[\s\S]*--acceleration m\/s2/,
      ],
      [
        'g said to be m/s2',
        () => scaled(csvFiles(bouts), /./, 1 / 9.80665),
        /a median norm of 0\.10\d g[\s\S]*--acceleration g/,
      ],
      [
        'thousandths of a g in one file of many',
        () => scaled(csvFiles(bouts), /p3.sitting/, 1000),
        /p3.sitting\.csv[\s\S]*thousandths of a g/,
      ],
      [
        'accelerations without gravity',
        () => scaled(csvFiles(bouts), /p1.walking/, 0.02),
        /p1.walking\.csv[\s\S]*body_acc_x/,
      ],
      [
        'a channel that never moves',
        () => scaled(csvFiles(bouts), /./, 1),
        /never change[\s\S]*still/,
        {
          choice: {
            ...csv,
            csv: { ...csv.csv, channels: [...csv.csv.channels, { name: 'still', column: 'still' }] },
          },
        },
      ],
      [
        'a person without a name',
        () => ({ ...csvFiles(bouts), ' /walking.csv': csvFiles(bouts)['p1/walking.csv'] }),
        /line 2: [\s\S]*received: nobody/,
      ],
      [
        'a file of another rate',
        () => ({
          ...csvFiles(bouts),
          'p2/walking.csv': `time,ax,ay,az\n${atRate(bouts[2].rows, 45)
            .map((row, i) => [Math.round((i * 1000) / 45), ...row.slice(0, 3).map(v => v * 9.8)].join())
            .join('\n')}\n`,
        }),
        /p2.walking\.csv[\s\S]*45\.0\d Hz/,
      ],
    ];
    for (const [what, files, message, changes] of contents)
      it(what, async () => {
        const made = what.includes('never moves')
          ? Object.fromEntries(
              Object.entries(files()).map(([name, text]) => [
                name,
                text.replace(/^(.+)$/gm, (line: string) =>
                  line.startsWith('time') ? `${line},still` : `${line},5`,
                ),
              ]),
            )
          : files();
        const error = await failure(importFiles(made, changes), 'LF_DATA_CORRUPT');
        expect(error.message).to.match(message);
      });

    const usage: [string, Changes, RegExp][] = [
      ['a person in both splits', { train: ['p1', 'p3'] }, /p3 in --train and in --test/],
      ['people who are not there', { test: ['p3', 'p9'] }, /received: p9/],
      ['a split without people', { test: [] }, /no test people/],
      ['nobody to train on', { test: ['p1', 'p2', 'p3', 'p4'] }, /no training people/],
      ['a name of an activity that is not there', { rename: { runing: 'running' } }, /runing/],
      ['the name of a shipped data set', { name: 'uci-har' }, /--name/],
      [
        'windows that nobody can hold',
        {
          window: { samples: 60_000, stride: 1 },
          choice: {
            ...csv,
            csv: {
              ...csv.csv,
              channels: Array.from({ length: 100 }, (_, c) => ({ name: `c${c}`, column: 'ax' })),
            },
          },
        },
        /60000 x 100/,
      ],
    ];
    for (const [what, changes, message] of usage)
      it(what, async () => {
        const error = await failure(importFiles(csvFiles(bouts), changes), 'LF_USAGE');
        expect(error.message).to.match(message);
      });

    it('an activity that is not one of --classes, with its line', async () => {
      const error = await failure(importFiles(csvFiles(bouts), { classes: ['walking'] }), 'LF_DATA_CORRUPT');
      expect(error.message).to.match(/p1.sitting\.csv, line 2: [\s\S]*--label "sitting=/);
    });

    it('recordings shorter than a window, and files that do not fit the pattern', async () => {
      const options = { window: { samples: 301, stride: 64 } };
      await failure(importFiles(csvFiles(bouts), options), 'LF_DATA_CORRUPT');
      const none = { choice: { ...csv, csv: { ...csv.csv, files: '{person}/{activity}.tsv' } } };
      expect((await failure(importFiles(csvFiles(bouts), none), 'LF_DATA_MISSING')).message).to.match(
        /8 others/,
      );
    });

    it('what is wrong with the named layouts, with its line', async () => {
      const wrong: [LayoutChoice, Record<string, string>, string, RegExp][] = [
        [
          { layout: 'wisdm' },
          { 'WISDM_ar_v1.1_raw.txt': '1,Walking,5,1,2,3;\n1,Walking,6,1;\n' },
          'LF_DATA_CORRUPT',
          /line 2: [\s\S]*4 fields/,
        ],
        [{ layout: 'wisdm' }, { 'readme.txt': 'x', 'other.txt': 'y' }, 'LF_DATA_MISSING', /WISDM/],
        [
          { layout: 'pamap2', place: 'hand' },
          { 'subject101.dat': '1 2 3\n' },
          'LF_DATA_CORRUPT',
          /line 1: [\s\S]*54 columns/,
        ],
        [
          { layout: 'pamap2', place: 'hand' },
          { 'subject101.dat': `1 8 ${new Array(52).fill('1').join(' ')}\n` },
          'LF_DATA_CORRUPT',
          /line 1, column 2: [\s\S]*received: 8/,
        ],
        [
          { layout: 'hapt' },
          {
            'acc_exp01_user01.txt': '1 2 3\n1 2 3\n',
            'gyro_exp01_user01.txt': '1 2 3\n',
            'labels.txt': '1 1 1 1 1\n',
          },
          'LF_DATA_CORRUPT',
          /gyro_exp01[\s\S]*none for its line 2/,
        ],
        [
          { layout: 'hapt' },
          {
            'acc_exp01_user01.txt': '1 2 3\n',
            'gyro_exp01_user01.txt': '1 2 3\n1 2 3\n',
            'labels.txt': '1 1 1 1 1\n',
          },
          'LF_DATA_CORRUPT',
          /gyro_exp01\w+\.txt, line 2: [\s\S]*more/,
        ],
        [
          { layout: 'hapt' },
          {
            'acc_exp01_user01.txt': '1 2 3\n',
            'gyro_exp01_user01.txt': '1 2 3\n',
            'labels.txt': '1 1 13 1 1\n',
          },
          'LF_DATA_CORRUPT',
          /labels\.txt, line 1/,
        ],
        [
          { layout: 'hapt' },
          { 'acc_exp01_user01.txt': '1 2 3\n', 'labels.txt': '1 1 1 1 1\n' },
          'LF_DATA_MISSING',
          /gyro_exp01/,
        ],
        [
          { layout: 'motionsense' },
          { 'wlk_7/sub_1.csv': ',x,y,z\n0,1,2,3\n' },
          'LF_DATA_CORRUPT',
          /userAcceleration\.x[\s\S]*A_DeviceMotion_data/,
        ],
        [
          { layout: 'motionsense' },
          { 'run_7/sub_1.csv': ',x,y,z\n0,1,2,3\n' },
          'LF_DATA_CORRUPT',
          /another code/,
        ],
      ];
      for (const [choice, files, code, message] of wrong) {
        const error = await failure(importFiles(files, { choice, rateHz: undefined, test: ['1'] }));
        expect([error.code, error.message]).to.satisfy(
          ([c, m]: string[]) => c === code && message.test(m),
          error.message,
        );
      }
    });

    it('a pipe, a device and a folder where a file should be, without waiting for any', async () => {
      const source = fresh();
      await mkdir(join(source, 'p1'), { recursive: true });
      execFileSync('mkfifo', [join(source, 'p1', 'walking.csv')]);
      expect((await failure(importFrom(source), 'LF_DATA_CORRUPT')).message).to.match(/a named pipe/);
      const other = fresh();
      await mkdir(join(other, 'p1'), { recursive: true });
      await symlink('/dev/zero', join(other, 'p1', 'walking.csv'));
      expect((await failure(importFrom(other), 'LF_DATA_CORRUPT')).message).to.match(/a device/);
      await failure(importFrom(join(root, 'nowhere')), 'LF_DATA_MISSING');
      await rm(join(other, 'p1', 'walking.csv'));
      await symlink('..', join(other, 'p1', 'loop'));
      expect((await failure(importFrom(other), 'LF_DATA_MISSING')).message).to.match(/an empty folder/);
    });

    it('to write over a data set, and leaves nothing behind when it fails', async () => {
      const { out } = await importFiles(csvFiles(bouts));
      await failure(importFiles(csvFiles(bouts), { out }), 'LF_USAGE');
      await loadOwn(out, 'test', 'published');
      const partial = fresh();
      await failure(importFiles(csvFiles(bouts), { out: partial, classes: ['walking'] }));
      expect(await readdir(partial)).to.deep.equal([]);
    });
  });

  describe('what a set on disk may not be', () => {
    const damages: [string, (out: string) => Promise<void>, RegExp][] = [
      ['a sample changed', out => edit(out, 'test.samples.f32', bytes => (bytes[5] ^= 1)), /SHA-256/],
      ['a label changed', out => edit(out, 'test.labels.u8', bytes => (bytes[5] = 1 - bytes[5])), /SHA-256/],
      ['samples cut off', out => truncate(join(out, 'test.samples.f32'), 100), /14400 bytes[\s\S]*100 bytes/],
      ['no JSON', out => writeFile(join(out, 'data.json'), '{'), /JSON/],
      ['another schema', out => json(out, m => Object.assign(m, { schema: 'x' })), /schema/],
      [
        'a person of the other split',
        out => json(out, m => (m.people[2].split = 'train')),
        /people of the test split/,
      ],
      ['too many rows', out => json(out, m => (m.splits.test.recordings[0].rows += 1)), /1200 rows in all/],
      ['a class twice', out => json(out, m => (m.classes[1] = m.classes[0])), /each name once/],
      [
        'a name that acts on terminals',
        out => json(out, m => (m.people[0].name = 'a\u001b[2J')),
        /printable/,
      ],
      ['the name of a shipped set', out => json(out, m => (m.name = 'hapt')), /no shipped data set/],
      ['an endless rate', out => json(out, m => (m.window.sampleRateHz = 1e30)), /sampleRateHz/],
    ];
    const edit = async (out: string, name: string, change: (bytes: Buffer) => void): Promise<void> => {
      const bytes = await readFile(join(out, name));
      change(bytes);
      await writeFile(join(out, name), bytes);
    };
    const json = async (out: string, change: (manifest: Manifest) => unknown): Promise<void> => {
      const manifest = JSON.parse(await readFile(join(out, 'data.json'), 'utf8')) as Manifest;
      change(manifest);
      await writeFile(join(out, 'data.json'), JSON.stringify(manifest));
    };
    for (const [what, damage, message] of damages)
      it(what, async () => {
        const { out } = await importFiles(csvFiles(bouts));
        await damage(out);
        expect((await failure(loadOwn(out, 'test', 'published'), 'LF_DATA_CORRUPT')).message).to.match(
          message,
        );
      });

    it('a pipe, or nothing', async () => {
      const out = fresh();
      await mkdir(out);
      expect((await failure(loadOwn(out, 'test', 'published'), 'LF_DATA_MISSING')).message).to.match(
        /data\.json/,
      );
      execFileSync('mkfifo', [join(out, 'data.json')]);
      await failure(loadOwn(out, 'test', 'published'), 'LF_DATA_CORRUPT');
      expect(existsSync(out)).to.equal(true);
    });
  });
});
