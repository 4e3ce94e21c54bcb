import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { loadBundle } from '../../model/load.js';
import { packagePath } from '../../package-root.js';
import { runRecordSchema } from '../../record/run-record.js';
import { littlefirst } from '../../testing/cli.js';
import {
  csvFiles,
  haptFiles,
  makeBouts,
  motionSenseFiles,
  pamap2Files,
  wisdmFiles,
  writeFiles,
} from '../../testing/data/recordings.js';

/** A recording of somebody's own, from text files to a report: through the command line alone. */
describe('own data', function () {
  this.timeout(600_000);
  let root: string;
  const bouts = makeBouts(4, 7, [0, 3, 5]);
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'littlefirst-own-'));
  });
  after(() => rm(root, { recursive: true, force: true }));

  async function ok(cwd: string, ...args: string[]): Promise<string> {
    const ended = await littlefirst(cwd, ...args);
    expect(ended.code, `${args.join(' ')}\n${ended.text}`).to.equal(0);
    return ended.out;
  }

  const layouts: [string, Record<string, string>, string[]][] = [
    ['motionsense', motionSenseFiles(bouts), ['--test', '3,4']],
    ['wisdm', wisdmFiles(bouts), ['--test', '3,4', '--window', '40', '--stride', '20']],
    ['pamap2', pamap2Files(bouts), ['--test', '103,104', '--rate', '50', '--place', 'hand']],
    ['hapt', haptFiles(bouts), ['--test', '3,4']],
    [
      'csv',
      csvFiles(bouts),
      [
        ...['--test', 'p3,p4', '--files', '{person}/{activity}.csv', '--rate', '50'],
        ...[
          '--channels',
          'total_acc_x=ax,total_acc_y=ay,total_acc_z=az,body_gyro_x=gx,body_gyro_y=gy,body_gyro_z=gz',
        ],
        ...['--time-column', 'time', '--time-unit', 'ms', '--acceleration', 'm/s2', '--gyroscope', 'deg/s'],
      ],
    ],
  ];
  for (const [layout, files, options] of layouts)
    it(`becomes accuracy by person on an emulated board: ${layout}`, async () => {
      const cwd = join(root, layout);
      await mkdir(cwd);
      await writeFiles(join(cwd, 'recordings'), files);
      const importing = ['data', 'import', 'recordings', '--layout', layout, '--name', `my-${layout}`];
      const told = await ok(cwd, ...importing, ...options, '--out', 'mine');
      expect(told).to.match(/train: 2 people[\s\S]*test: 2 people/);
      expect(await ok(cwd, 'data', 'describe', '--data', 'mine')).to.match(
        /test: 2 people \(p?(10)?3, p?(10)?4\), \d+ windows/,
      );
      await ok(cwd, 'train', 'cascade', '--data', 'mine', '--out', 'bundle', '--folds', '0');
      const { description } = await loadBundle(join(cwd, 'bundle'));
      expect(description.labels).to.have.length(3);
      expect(await readFile(join(cwd, 'bundle', 'training.html'), 'utf8')).to.include(
        `training people of my-${layout} only`,
      );
      const bench = {
        schema: 'littlefirst.bench/1',
        name: 'own',
        board: 'rp2040',
        levels: ['133MHz'],
        meter: { driver: 'none' },
        bundles: ['./bundle'],
        data: { set: './mine', order: 'chronological' },
        targets: [{ name: 'golden', metric: 'golden-mismatches', atMost: 0 }],
      };
      await writeFile(join(cwd, 'bench.yaml'), stringify(bench));
      await ok(cwd, 'run', join(cwd, 'bench.yaml'), '--out', 'run');
      const { blocks, provenance, labels } = runRecordSchema.parse(
        JSON.parse(await readFile(join(cwd, 'run', 'run.json'), 'utf8')),
      );
      expect(provenance.dataset).to.include({ name: `my-${layout}`, split: 'test', order: 'chronological' });
      expect(labels).to.deep.equal(description.labels);
      expect(blocks.map(block => block.strategy)).to.deep.equal(['big-only', 'little-first']);
      for (const block of blocks) {
        const names = ['3', '4'].map(n => (layout === 'pamap2' ? `10${n}` : layout === 'csv' ? `p${n}` : n));
        expect(block.people?.map(({ person }) => person)).to.deep.equal(names);
        expect(block.people?.reduce((sum, { correct }) => sum + correct, 0)).to.equal(block.correct);
        expect(block.goldenMismatches).to.equal(0);
        // Three classes and little training: well above chance is all that can be asked.
        expect(block.accuracy, `${layout} ${block.strategy}`).to.be.above(0.5);
      }
      const html = await readFile(join(cwd, 'run', 'report.html'), 'utf8');
      expect(html).to.include('<section id="people">').and.to.include(`my-${layout}`);
      const windows = await readFile(join(cwd, 'run', 'windows.csv'), 'utf8');
      expect(windows.split('\n')[1].split(',')[9]).to.equal(blocks[0].people?.[0].person);
    });

  it('is refused by a bundle of other classes, channels or windows, and by recipes of UCI HAR', async () => {
    const cwd = join(root, 'refused');
    await mkdir(cwd);
    await writeFiles(join(cwd, 'recordings'), motionSenseFiles(bouts));
    const importing = ['data', 'import', 'recordings', '--layout', 'motionsense', '--test', '3,4'];
    await ok(cwd, ...importing, '--out', 'mine');
    await ok(cwd, ...importing, '--out', 'wide', '--stride', '32');
    const refused = async (message: RegExp, ...args: string[]): Promise<void> => {
      const { code, err } = await littlefirst(cwd, ...args);
      expect(err).to.match(message);
      expect(code).to.equal(4);
    };
    const shipped = packagePath('fixtures', 'bundles', 'little-first-b');
    await refused(
      /LF_CONFIG_INVALID[\s\S]*classes of the data: sitting/,
      'model',
      'run',
      shipped,
      '--data',
      'mine',
    );
    await refused(/LF_BUNDLE_INVALID[\s\S]*stride of 64/, 'run', '--bundle', shipped, '--data', 'wide');
    await refused(/LF_DATA_MISSING[\s\S]*uci-har, hapt, synthetic, or a folder/, 'run', '--data', 'uci-hra');
    await refused(/LF_USAGE[\s\S]*train cascade/, 'train', 'little-first-b', '--data', 'mine', '--out', 'x');
    await refused(/LF_USAGE[\s\S]*data import/, 'train', 'cascade', '--data', 'synthetic', '--out', 'x');
    await refused(
      /LF_TRAINING_FAILED[\s\S]*2 training people/,
      'train',
      'cascade',
      '--data',
      'mine',
      '--out',
      'x',
      '--folds',
      '3',
    );
    await refused(/LF_USAGE[\s\S]*--out DIR or --plan/, ...importing);
  });

  it('is looked at first, by --plan, and leaves nothing behind', async () => {
    const cwd = join(root, 'plan');
    await mkdir(cwd);
    await writeFiles(join(cwd, 'recordings'), wisdmFiles(bouts));
    const out = await ok(
      cwd,
      'data',
      'import',
      'recordings',
      '--layout',
      'wisdm',
      '--plan',
      '--window',
      '40',
    );
    expect(out)
      .to.match(/train: 4 people \(1, 2, 3, 4\)/)
      .and.to.match(/classes: Walking, Jogging, Sitting/)
      .and.to.match(/cut: at \d+ gaps, 1 times where the clock went back/);
  });

  it('gives the labels and window of a bundle, with constants of the training people', async () => {
    const cwd = join(root, 'describe');
    await mkdir(cwd);
    const out = await ok(cwd, 'data', 'describe', '--data', 'synthetic', '--yaml', 'minmax');
    expect(out).to.match(
      /^labels:\n {2}- WALKING\n[\s\S]*dtype: uint8[\s\S]*method: minmax[\s\S]*fittedOn: train/,
    );
    expect(await ok(cwd, 'data', 'describe', '--data', 'synthetic')).to.match(/WALKING_UPSTAIRS: \d+/);
  });
});
