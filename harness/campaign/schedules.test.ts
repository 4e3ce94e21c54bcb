import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { planBench, resumeCampaign, runBench } from '../library/run/campaign.js';
import { packagePath } from '../package-root.js';
import { readJournal } from '../record/journal/journal.js';
import type { Block, RunRecord } from '../record/run-record.js';
import { prepareCampaign, runCampaign } from '../testing/bench/campaign.js';
import { TestBench } from '../testing/bench/test-bench.js';
import { patched, thumb } from '../testing/boards/patched.js';
import type { JournalData } from '../verdict/evaluation/block-data.js';
import { rankSchedules } from '../verdict/evaluation/schedules.js';
import { evaluateRun } from '../verdict/open-run.js';
import { loadBench } from './bench/load.js';
import { prepareBench } from './bench/prepare.js';
import { Rig } from './conformance/rig.js';
import { stages } from './conformance/stages.js';
import { checkTakesStages } from './open/identity.js';

const apart = { name: '1BDD', levels: { gate: '48MHz', big: '133MHz' } };
const meter = { driver: 'direct', pins: [0, 1] };

describe('a strategy with a level for each stage', function () {
  this.timeout(120_000);
  let bench: TestBench;
  before(async () => {
    bench = await TestBench.make({
      strategies: [apart, { name: '1BDD', levels: '48MHz' }, { name: '1BDD', levels: '133MHz' }],
      data: { set: 'synthetic', windows: 24, seed: 3 },
      meter,
    });
  });
  after(() => bench.remove());

  describe('on the emulated rp2040', () => {
    let record: RunRecord;
    let journal: JournalData;
    const at = (level: string): Block => record.blocks.find(block => block.level.name === level)!;
    const bigMicrojoules = ({ energyPerWindow_uJ: energy, windows, bigRuns }: Block) =>
      (energy!.big * windows) / bigRuns;
    before(async () => {
      const { records, error } = await runCampaign(bench, { machines: 1 });
      expect(error).to.equal(undefined);
      ({ record, journal } = evaluateRun(records));
    });

    it('measures three blocks, valid and golden, with equal answers', () => {
      expect(record.blocks.map(({ valid, goldenMismatches }) => [valid, goldenMismatches])).to.deep.equal(
        new Array(3).fill([true, 0]),
      );
      expect(record.outcome).to.equal('pass');
      expect(new Set(record.blocks.map(({ confusion }) => JSON.stringify(confusion))).size).to.equal(1);
    });

    it('changes its level at every escalation and back, and reads both back', () => {
      const { stages, bigRuns, level, readBack } = at('48MHz+133MHz');
      expect(bigRuns).to.be.within(2, 23);
      expect(stages).to.include({ changes: 2 * bigRuns, failed: 0 });
      expect(stages?.gate).to.include({ mV: 850, Hz: 48e6 });
      expect(stages?.big).to.include({ mV: 1100, Hz: 133e6 });
      expect(level).to.include({ mV: 850, Hz: 48e6 });
      expect(readBack).to.include({ mV: 850, Hz: 48e6 });
    });

    it('has settling and its energy inside the window: in the part of Big, and in the longest window', () => {
      const [pair, slow, fast] = ['48MHz+133MHz', '48MHz', '133MHz'].map(at);
      const changes = (2e-3 * pair.stages!.microseconds) / pair.stages!.changes;
      expect(changes).to.be.within(2, 2.4);
      /* Each change spends a millisecond at 48 MHz or 133 MHz, both voltages between: 9.5 to 25 mA at 3.3 V. */
      expect(bigMicrojoules(pair) - bigMicrojoules(fast)).to.be.within(2 * 31, 2 * 83);
      expect(pair.energyPerWindow_uJ?.gate).to.be.closeTo(slow.energyPerWindow_uJ!.gate, 0.01);
      const compute = fast.latencyMs!.max;
      expect(pair.latencyMs!.max - changes).to.be.within(compute, compute + slow.latencyMs!.max);
    });

    it('ranks schedules by average power within the limit of latency, and says what a pair gains and why', () => {
      const limit = (milliseconds: number) => () => ({ milliseconds, from: 'a test' });
      const [found] = rankSchedules(journal, record.blocks, limit(1280));
      const power = (level: string) => at(level).averagePower_uW!.value!;
      const best = power('48MHz') < power('133MHz') ? '48MHz' : '133MHz';
      expect(found).to.include({ bestSingle: best, bestPair: '48MHz+133MHz' });
      expect(found.gain_uW?.value).to.be.closeTo(power(best) - power('48MHz+133MHz'), 1e-6);
      expect(found.gain_uW?.ci95?.[1]).to.be.below(0);
      expect(found).to.include({ chosen: best, least: best });
      expect(found.reason).to.match(/the two changes cost .*So the pair loses/);
      const longest = (level: string) => at(level).latencyMs!.max;
      const fastest = Math.min(longest('48MHz'), longest('133MHz'));
      const [strict] = rankSchedules(journal, record.blocks, limit(fastest));
      expect(strict.trials.filter(({ isInTime }) => isInTime).map(({ level }) => level.name)).to.deep.equal([
        '133MHz',
      ]);
      expect(strict).to.include({ chosen: '133MHz' });
      expect(rankSchedules(journal, record.blocks, limit(fastest / 2))).to.deep.equal([]);
    });
  });

  it('fails where the firmware does not change at escalations', async () => {
    const [dut] = (await prepareCampaign(bench, { windows: 3 })).duts;
    const deaf = await patched(dut, 'stages_change', thumb.nothing);
    const rig = await Rig.open(deaf);
    try {
      await rig.dut.flash?.(rig.bundle.blob);
      await rig.client.sync();
      const { verdict, seen } = await stages.run(rig);
      expect(verdict).to.equal('fail');
      expect(seen).to.match(/expected \d+ changes between .*, 0 changes/);
    } finally {
      await rig.dut.close();
    }
  });

  it('is refused by firmware of protocol 1', () => {
    expect(() => checkTakesStages({ protocol: 2 })).to.not.throw();
    expect(() => checkTakesStages({ protocol: 1 })).to.throw(/cannot give each stage its own level/);
  });

  it('is refused where the chip does not say what a change costs, or lacks a level', async () => {
    const chip = await readFile(packagePath('fixtures', 'chips', 'rp2040.yaml'), 'utf8');
    const chipFile = join(bench.folder, 'chip.yaml');
    await writeFile(chipFile, chip.replace(/levelChange:\n( {2}.*\n)+/, ''));
    const load = async (changes: Record<string, unknown>) =>
      prepareBench({ ...(await loadBench(bench.benchFile)), ...changes });
    const refused = async (changes: Record<string, unknown>) =>
      load(changes).then(
        () => 'nothing',
        (error: { code: string; message: string }) => `${error.code} ${error.message}`,
      );
    expect(await refused({ duts: [{ board: 'rp2040', chip: chipFile }] })).to.match(
      /LF_CONFIG_INVALID.*levelChange/s,
    );
    const levels = { gate: '48MHz', big: '7MHz' };
    expect(await refused({ schedules: [{ strategy: '1BDD', levels }] })).to.match(/LF_UNKNOWN_LEVEL/);
  });

  it('searches the levels of a strategy that leaves them open, in a campaign before its own', async () => {
    const open = await TestBench.make({
      strategies: [{ name: '1BDD', levels: 'auto' }],
      levels: ['133MHz'],
      data: { set: 'synthetic', windows: 12, seed: 3 },
      search: { windows: 11 },
      targets: [{ name: 'soon', metric: 'latency-max', atMost: 40 }],
      meter,
    });
    try {
      const out = join(open.folder, 'out');
      let told = 0;
      const onSearch = (blocks: number) => {
        told = blocks;
      };
      const { record } = await runBench({ out, onSearch }, open.benchFile);
      expect(told).to.equal(1);
      const [found, ...others] = record.searches!;
      expect(others).to.deep.equal([]);
      expect(found).to.include({ chosen: '133MHz', gain_uW: null, latencyFrom: 'target "soon"' });
      expect(found.data).to.include({ split: 'train', windows: 11 });
      expect(record.blocks.map(({ level }) => level.name)).to.deep.equal(['133MHz']);
      expect(record.outcome).to.equal('pass');
      expect(await readFile(join(out, 'report.html'), 'utf8')).to.include('Schedules of levels');
      expect((await readJournal(join(out, 'search')))[0]).to.include({ kind: 'campaign' });
    } finally {
      await open.remove();
    }
  });

  it('goes on with a search that was cut off, and plans it', async () => {
    const open = await TestBench.make({
      strategies: [{ name: 'big-only', levels: 'auto' }],
      levels: ['133MHz', '48MHz'],
      data: { set: 'synthetic', windows: 12, seed: 3 },
      search: { windows: 11 },
      targets: [{ name: 'soon', metric: 'latency-max', atMost: 1280 }],
      meter,
    });
    try {
      const plan = await planBench(open.benchFile, {}, open.folder);
      expect('search' in plan && plan.search).to.include({
        blocks: 2,
        windows: 11,
        split: 'train',
        chosen: 1,
      });
      const out = join(open.folder, 'out');
      const first = await runBench({ out }, open.benchFile);
      const searched = join(out, 'search', 'journal.ndjson');
      const lines = (await readFile(searched, 'utf8')).split('\n');
      const cut = lines.findIndex(line => line.startsWith('{"kind":"block-end"')) + 1;
      await writeFile(searched, `${lines.slice(0, cut).join('\n')}\n`);
      await rm(join(out, 'journal.ndjson'));
      const refused = await runBench({ out }, open.benchFile).then(
        () => 'nothing',
        (error: { code: string }) => error.code,
      );
      expect(refused, 'what the search has measured is kept').to.equal('LF_USAGE');
      const { record } = await resumeCampaign(out);
      const after = (await readFile(searched, 'utf8')).split('\n');
      expect(after.slice(0, cut)).to.deep.equal(lines.slice(0, cut));
      expect(after.filter(line => line.startsWith('{"kind":"block-end"'))).to.have.length(2);
      expect(record.searches?.map(({ chosen }) => chosen)).to.deep.equal(
        first.record.searches?.map(({ chosen }) => chosen),
      );
      expect(record.outcome).to.equal('pass');
      const ended = (await readFile(searched, 'utf8')).length;
      await rm(join(out, 'journal.ndjson'));
      await resumeCampaign(out);
      expect(await readFile(searched, 'utf8'), 'a search that is done is not begun again').to.have.length(
        ended,
      );
    } finally {
      await open.remove();
    }
  });
});
