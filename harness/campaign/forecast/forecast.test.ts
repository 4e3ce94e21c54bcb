import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { makeMlperfBench } from '../../testing/bench/mlperf.js';
import { TestBench } from '../../testing/bench/test-bench.js';
import { littlefirst } from '../../testing/cli.js';
import { durationOfAll, type Observed, type PlannedTime } from './duration.js';
import { earlierBlocks } from './earlier.js';

const key = {
  board: 'rp2040',
  chip: 'rp2040',
  level: { name: 'L', mV: 1100, Hz: 100e6 },
  bundle: 'b',
  strategy: 's',
};
const block: PlannedTime = { key, isEmulated: false, windows: 10, boardSeconds: 2, cycles: 1e6 };

describe('how long a campaign takes', function () {
  this.timeout(60_000);
  let bench: TestBench;
  before(async () => {
    bench = await TestBench.make({
      levels: ['133MHz'],
      strategies: ['big-only', '1BDD'],
      data: { set: 'synthetic', windows: 20, seed: 3 },
      meter: { driver: 'direct' },
      targets: [{ name: 'right', metric: 'accuracy', atLeast: 0.9 }],
    });
  });
  after(() => bench.remove());

  it('rests on equal blocks of earlier runs where there are any', () => {
    const seen = (secondsPerWindow: number, change: Partial<Observed> = {}): Observed => ({
      key,
      isEmulated: false,
      secondsPerWindow,
      ...change,
    });
    const known = durationOfAll([block, block], [seen(1), seen(3), seen(9, { isEmulated: true })], 1);
    expect(known).to.deep.include({ seconds: 40, low: 20, high: 60 });
    expect(known.base).to.match(/^equal blocks of earlier runs/);
    const other = { ...key, level: { ...key.level, Hz: 50e6 } };
    const mixed = durationOfAll([block, { ...block, key: other }], [seen(1)], 1);
    expect(mixed.base).to.match(/for 1 of 2 blocks, else the line's rate/);
    expect(mixed).to.deep.include({ seconds: 30, low: 20, high: 50 });
  });

  it('else on what is known of line, kernels and emulators, shared by the machines', () => {
    expect(durationOfAll([block], [], 1)).to.deep.include({ seconds: 20, low: 10, high: 40 });
    const emulated = { ...block, isEmulated: true, cycles: 27e6 };
    const shared = durationOfAll([emulated, emulated], [], 2);
    expect(shared.seconds).to.be.closeTo(10, 1e-9);
    expect(shared.base).to.match(/cycles a second and processor, known to a factor of 3/);
  });

  it('reads times of a journal, and nothing of one that is none', async () => {
    const at = (second: number) => new Date(second * 1e3).toISOString();
    const lines = [
      { kind: 'campaign', t: at(0), bench: { link: 'emulated:' }, provenance: { dataset: { windows: 20 } } },
      { kind: 'block-start', t: at(1), block: 0, key },
      { kind: 'block-start', t: at(3), block: 0, key },
      { kind: 'block-end', t: at(11), block: 0, valid: true },
      { kind: 'block-start', t: at(11), block: 1, key },
      { kind: 'block-end', t: at(12), block: 1, valid: 'broken' },
    ];
    const reports = join(bench.folder, 'reports');
    await mkdir(join(reports, 'one'), { recursive: true });
    await mkdir(join(reports, 'none'));
    await writeFile(
      join(reports, 'one', 'journal.ndjson'),
      `${lines.map(line => JSON.stringify(line)).join('\n')}\n`,
    );
    await writeFile(
      join(reports, 'none', 'journal.ndjson'),
      '{"kind":"campaign"\n{"kind":"block-start","key":5}\n',
    );
    expect(await earlierBlocks(reports)).to.deep.equal([{ key, isEmulated: true, secondsPerWindow: 0.5 }]);
    expect(await earlierBlocks(join(bench.folder, 'nowhere'))).to.deep.equal([]);
  });

  it('is said by run --plan with its base, beside blocks and least windows', async () => {
    const plan = await littlefirst(bench.folder, 'run', bench.benchFile, '--plan');
    expect(plan.code, plan.err).to.equal(0);
    expect(plan.out)
      .to.match(/2 blocks, each 1 x 20 windows/)
      .and.match(/rp2040 {2}rp2040 {2}133MHz {2}small {2}1BDD/)
      .and.match(/takes about \d+ s.* by .*cycles a second/)
      .and.match(/target "right" needs 35 windows or more/)
      .and.match(/TOO FEW WINDOWS for the target "right": at least 35/);
  });

  it('is said of an MLPerf Tiny DUT as far as it is known before the DUT is asked', async () => {
    const stranger = await makeMlperfBench(8, {
      meter: { driver: 'direct' },
      modes: [{ mode: 'accuracy' }, { mode: 'energy', loops: 2 }],
      targets: [{ name: 'right', metric: 'accuracy', strategies: ['accuracy'], atLeast: 0.9 }],
    });
    const plan = await littlefirst(stranger.folder, 'run', stranger.benchFile, '--plan');
    const json = await littlefirst(stranger.folder, 'run', stranger.benchFile, '--plan', '--json');
    await stranger.remove();
    expect(plan.code, plan.err).to.equal(0);
    expect(plan.out)
      .to.match(/2 modes of the MLPerf Tiny DUT rp2040, 8 inputs/)
      .and.match(/accuracy {2}8 inputs, 1 inferences each/)
      .and.match(/energy {2}2 inputs, as many inferences each as fill the window/)
      .and.match(/takes at least 2\d s: .*only the DUT knows/)
      .and.match(/TOO FEW WINDOWS for the target "right"/);
    expect(JSON.parse(json.out)).to.deep.include({ protocol: 'mlperf-tiny', inputs: 8 });
  });
});
