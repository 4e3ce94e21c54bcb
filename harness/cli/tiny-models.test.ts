import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import { stringify } from 'yaml';
import { type RunRecord, runRecordSchema } from '../record/run-record.js';
import { littlefirst } from '../testing/cli.js';
import { type TinyName, tinyNetwork } from '../testing/model/tiny.js';
import { tinyDuts, writeTinyBench } from '../testing/model/tiny-data.js';

const stm32 = tinyDuts.filter(({ chip }) => chip === 'stm32l4r5');

async function recordOf(folder: string): Promise<RunRecord> {
  return runRecordSchema.parse(JSON.parse(await readFile(join(folder, 'run.json'), 'utf8')));
}

/**
 * Whole campaigns of stand-ins for MLPerf Tiny's models on an emulated Cortex-M4, a few windows each; the reference files, all five and both
 * cores, are for `npm run bench:models`.
 */
if (!(await execa('qemu-system-arm', ['--version'], { reject: false })).failed)
  describe("networks of MLPerf Tiny's shapes on an emulated Cortex-M4", function () {
    this.timeout(600_000);
    let cwd: string;
    before(async () => {
      cwd = await mkdtemp(join(tmpdir(), 'littlefirst-tiny-'));
    });
    after(() => rm(cwd, { recursive: true, force: true }));

    async function campaign(
      name: TinyName,
      windows: number,
      meter: Record<string, unknown>,
      targets: readonly Record<string, unknown>[],
    ): Promise<{ code: number; text: string; record: RunRecord; folder: string }> {
      const folder = join(cwd, name);
      const network = tinyNetwork(name);
      const bench = await writeTinyBench(folder, { name, network, duts: stm32, windows, meter, targets });
      const run = join(folder, 'run');
      const { code, text } = await littlefirst(folder, 'run', bench, '--out', run);
      expect(code, text).to.be.at.most(2);
      return { code, text, record: await recordOf(run), folder };
    }

    it('should score an autoencoder and judge the area under its curve', async () => {
      const { code, text, record, folder } = await campaign('ad', 40, { driver: 'direct' }, [
        { name: 'finds the odd ones', metric: 'auc', atLeast: 0.5 },
        { name: 'surely', metric: 'auc', atLeast: 0.99 },
      ]);
      const [block] = record.blocks;
      expect(block).to.include({ windows: 40, scored: 40, goldenMismatches: 0, valid: true });
      expect(block.scores?.of).to.equal('reconstruction');
      expect(block.scores!.byLabel.map(({ windows }) => windows)).to.deep.equal([20, 20]);
      const [usual, odd] = block.scores!.byLabel;
      expect(odd.median).to.be.above(usual.median);
      const auc = block.scores!.auc!;
      expect(auc).to.be.within(0.5, 1);
      expect(record.verdicts.map(({ verdict }) => verdict)).to.deep.equal(['pass', 'pass', 'fail']);
      expect(record.verdicts[1].ci95![0]).to.be.below(auc);
      expect(text).to.contain('mean squared reconstruction error, AUC 0.');
      expect(code).to.equal(1);
      const csv = (await readFile(join(folder, 'run', 'windows.csv'), 'utf8')).trim().split('\n');
      const column = csv[0].split(',').indexOf('score');
      const scores = csv.slice(1).map(row => Number(row.split(',')[column]));
      expect(scores.filter(score => score > 0)).to.have.length(40);
      expect(scores.filter((_, w) => w % 2 === 1).sort((a, b) => a - b)[10]).to.be.closeTo(odd.median, 3);
      expect(await readFile(join(folder, 'run', 'report.html'), 'utf8')).to.contain(
        'area under the ROC curve',
      );
    });

    it('should spend on keyword spotting what boards with comparable kernels were measured to spend', async () => {
      const { record, folder } = await campaign('kws', 8, { driver: 'ppk2' }, []);
      const [block] = record.blocks;
      expect(block).to.include({ windows: 8, goldenMismatches: 0, valid: true });
      expect(record.provenance.energy).to.equal('modelled');
      /*
       * MLPerf Tiny v1.2, NUCLEO-L4R5ZI at 120 MHz, X-CUBE-AI 9.0: 1,820 uJ and 43.1 ms (5.17 M cycles) at 1.8 V (mlcommons/tiny_results_v1.2). The
       * regulator is linear: the profile's current at 3.3 V is that at 1.8 V. Standard uncertainty 11 %: spread of 36 such runs over builds.
       * Our kernels take fewer cycles: what is compared is the energy of as many.
       */
      const { value, u95 } = block.energyPerWindow_uJ!;
      const share = block.cyclesPerWindow!.mean / 5.17e6;
      const [published, u] = [share * 1820 * (3.3 / 1.8), 0.11];
      expect(share).to.be.within(0.75, 1);
      expect(Math.abs(value - published)).to.be.below(Math.hypot(u95!, 2 * u * published));
      expect(u95! / value).to.be.within(0.1, 0.5);

      /* The same firmware and bundle under the exchange of MLPerf Tiny's runner: same answers, and by the board's own clock and time stamps the same time and energy. */
      const exported = await littlefirst(
        folder,
        ...[
          'data',
          'export',
          '--mlperf-tiny',
          'ds',
          '--bundle',
          'bundle',
          '--data',
          './data',
          '--iterations',
          '5',
        ],
      );
      expect(exported.code, exported.text).to.equal(0);
      const exchange = {
        ...{ schema: 'littlefirst.bench/1', protocol: 'mlperf-tiny', name: 'exchange', board: 'mps2-an386' },
        emulated: { bundle: 'bundle', chip: 'stm32l4r5', level: '120MHz-boost' },
        data: { set: 'mlperf-folder', folder: 'ds/kws' },
        modes: [
          { mode: 'accuracy' },
          { mode: 'performance', iterations: 3, loops: 2, warmups: 0 },
          { mode: 'energy', before: ['lf regime energy'], iterations: 3, loops: 2, warmups: 0 },
        ],
        minimumSeconds: 0.1,
        meter: { driver: 'ppk2' },
        supplyMillivolts: 3300,
      };
      await writeFile(join(folder, 'exchange.yaml'), stringify(exchange));
      const done = await littlefirst(folder, 'run', 'exchange.yaml', '--out', join(folder, 'exchange'));
      expect(done.code, done.text).to.be.at.most(2);
      const [accuracy, performance, energy] = (await recordOf(join(folder, 'exchange'))).blocks;
      expect(accuracy).to.include({ windows: 8, correct: block.correct, valid: true });
      const ms = block.latencyMs!.mean;
      expect(performance).to.include({ windows: 2, valid: true });
      expect(performance.mlperf!.latencyMedian_ms!.value / ms, 'by its own clock').to.be.within(0.999, 1.001);
      expect(energy).to.include({ windows: 2, valid: true });
      expect(energy.mlperf!.latencyMedian_ms!.value / ms, 'between its pulses').to.be.within(0.999, 1.002);
      expect(energy.mlperf!.energyMedian_uJ!.value / value, 'energy').to.be.within(0.98, 1.02);
    });
  });
