import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import { parse, stringify } from 'yaml';
import type { ChipDescription } from '../measure/chip/schema.js';
import { packagePath } from '../package-root.js';
import type { JournalRecord } from '../record/journal/records.js';
import { measureCampaign } from '../testing/bench/campaign.js';
import { TestBench } from '../testing/bench/test-bench.js';
import { codeOf } from '../testing/failure.js';
import { evaluate } from '../verdict/evaluation/evaluate.js';
import { loadBench } from './bench/load.js';
import { prepareBench } from './bench/prepare.js';
import { undervolted } from './undervolted.js';

const hasQemu = !(await execa('qemu-system-arm', ['--version'], { reject: false })).failed;

/** A chip's profile with one clock at 0.9 V, its regulator's word first among the registers. */
async function starvedChip(name: string, level: string): Promise<string> {
  const chip = parse(
    await readFile(packagePath('fixtures', 'chips', `${name}.yaml`), 'utf8'),
  ) as ChipDescription;
  const fast = chip.levels.find(other => other.name === level);
  const low = chip.levels.find(({ millivolts }) => millivolts.value === 900);
  if (fast === undefined || low === undefined) throw new Error('the profile has other levels now');
  fast.millivolts = low.millivolts;
  fast.registers[name][0] = low.registers[name][0];
  return stringify(chip);
}

describe('a campaign at a level above the limit of its voltage', function () {
  this.timeout(120_000);
  let bench: TestBench;

  /** The RP2040 with its fastest clock at too low a voltage; the other levels are as they should be. */
  before(async () => {
    bench = await TestBench.make({
      chip: 'starved.yaml',
      bundles: [packagePath('fixtures', 'bundles', 'paper')],
      levels: ['133MHz', '48MHz'],
      strategies: ['big-only', '1B6S'],
      data: { set: 'synthetic', windows: 24, seed: 3 },
      targets: [{ name: 'golden', metric: 'golden-mismatches', atMost: 0 }],
    });
    await writeFile(join(bench.folder, 'starved.yaml'), await starvedChip('rp2040', '133MHz'));
  });
  after(() => bench.remove());

  if (hasQemu)
    it('answers wrongly on a modelled chip, too, which refuses such a level otherwise', async () => {
      const name = 'rp2350';
      const starved = await TestBench.make({
        ...{ board: name, chip: 'starved.yaml', levels: ['150MHz'], strategies: ['big-only'] },
        bundles: [packagePath('fixtures', 'bundles', 'paper')],
        data: { set: 'synthetic', windows: 24, seed: 3 },
        faults: { undervolt: true },
      });
      try {
        await writeFile(join(starved.folder, 'starved.yaml'), await starvedChip(name, '150MHz'));
        const { records } = await measureCampaign(starved);
        const { blocks, faults } = evaluate(records);
        expect(faults[0]?.message).to.match(/150MHz.*too fast/);
        const [block] = blocks;
        expect(block.goldenMismatches).to.be.above(0);
      } finally {
        await starved.remove();
      }
    });

  const resolve = async (faults?: Awaited<ReturnType<typeof loadBench>>['faults']) => ({
    ...(await loadBench(bench.benchFile)),
    faults,
  });

  async function collect(seed: number): Promise<JournalRecord[]> {
    const prepared = await prepareBench(await resolve({ undervolt: { seed } }));
    return (await measureCampaign(bench, {}, prepared)).records;
  }

  const labelsOf = (records: readonly JournalRecord[]): number[][] =>
    records
      .filter(record => record.kind === 'windows')
      .sort((a, b) => a.block - b.block || a.from - b.from)
      .map(({ labels }) => labels);

  it('is refused unless the bench file asks for the fault, and then on emulated boards only', async () => {
    expect(await codeOf(prepareBench(await resolve()))).to.equal('LF_LEVEL_REFUSED');
    const asked = await resolve({ undervolt: { seed: 1 } });
    expect(await codeOf(prepareBench(asked))).to.equal('none');
    expect(await codeOf(prepareBench({ ...asked, link: 'tcp:localhost:1' }))).to.equal('LF_CONFIG_INVALID');
  });

  it('reads the option in both of its forms', async () => {
    const file = join(bench.folder, 'faulty.yaml');
    const text = parse(await readFile(bench.benchFile, 'utf8'));
    for (const [undervolt, seed] of [
      [true, 1],
      [{ seed: 9 }, 9],
      [{}, 1],
    ] as const) {
      await writeFile(file, stringify({ ...text, faults: { undervolt } }));
      expect((await loadBench(file)).faults).to.deep.equal({ undervolt: { seed } });
    }
    await writeFile(file, stringify({ ...text, faults: { undervolt: false } }));
    expect(await codeOf(loadBench(file))).to.equal('LF_CONFIG_INVALID');
  });

  it('finds the limit of the voltage at the temperature of the bench', async () => {
    const faultAt = async (ambientCelsius?: number) => {
      const prepared = await prepareBench({ ...(await resolve({ undervolt: { seed: 1 } })), ambientCelsius });
      const [dut] = prepared.duts;
      const level = dut.boardLevels.findIndex(({ name }) => name === '133MHz');
      const block = { index: 0, pass: 1, dut: 0, bundle: 0, strategy: 'big-only', level };
      return undervolted({ ...prepared, ...dut }, block)?.fault.message ?? '';
    };
    const limit = (message: string) => Number(/allow ([\d.]+) MHz at/.exec(message)?.[1]);
    const [usual, cold, hot] = [await faultAt(), await faultAt(-20), await faultAt(85)];
    expect(usual).to.match(/at 25 degrees Celsius$/);
    expect(hot).to.match(/at 85 degrees Celsius$/);
    expect(new Set([limit(usual), limit(cold), limit(hot)]).size).to.equal(3);
    expect(limit(hot) > limit(usual), 'heat moves the limit the other way than cold').to.equal(
      limit(usual) > limit(cold),
    );
  });

  it('answers wrongly there and only there, says so in the record, and fails its target', async () => {
    const records = await collect(1);
    const run = evaluate(records);
    const find = (level: string) => run.blocks.filter(block => block.level.name === level);
    for (const block of find('133MHz')) {
      expect(block.valid, block.strategy).to.equal(true);
      expect(block.goldenMismatches, block.strategy).to.be.above(0);
    }
    const [starved, sound] = [find('133MHz')[0], find('48MHz')[0]];
    expect(starved.strategy).to.equal(sound.strategy);
    expect(starved.correct).to.be.below(sound.correct);
    expect(find('48MHz').map(block => block.goldenMismatches)).to.deep.equal([0, 0]);
    expect(run.outcome).to.equal('fail');
    expect(run.verdicts.filter(({ verdict }) => verdict === 'fail').length).to.equal(2);
    expect(run.faults.length).to.equal(2);
    expect(run.faults[0]).to.include({ code: 'LF_LEVEL_REFUSED' });
    expect(run.faults[0].message).to.match(/133MHz.*too fast.*133\.0 MHz where \d+ mV allow/);
    expect(labelsOf(await collect(1))).to.deep.equal(labelsOf(records));
    expect(labelsOf(await collect(2))).to.not.deep.equal(labelsOf(records));
  });
});
