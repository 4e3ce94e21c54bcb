import { readdir, readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { packagePath } from '../../package-root.js';
import { thrown } from '../../testing/failure.js';
import { isMlperfBench, loadMlperfBench } from '../mlperf/bench-file.js';
import { planBlocks } from '../plan.js';
import { boardNames, loadBoard } from './boards.js';
import { loadBench } from './load.js';
import { prepareBench } from './prepare.js';
import { benchSchema } from './schema.js';
import { parseYaml } from './yaml-file.js';

const least = 'schema: littlefirst.bench/1\nname: n\nboard: rp2040\nbundles: [b]\ndata: { set: synthetic }\n';

const messageOf = (text: string): string =>
  thrown(() => parseYaml(text, 'bench.yaml', benchSchema), 'LF_CONFIG_INVALID').message;

describe('bench files', () => {
  it('need little', () => {
    const bench = parseYaml(least, 'bench.yaml', benchSchema);
    expect(bench).to.deep.include({ strategies: 'all', board: 'rp2040', seed: 1 });
  });

  it('without a link are emulated, and with a device are opened by its identity', async () => {
    const paths = ['default', 'pico-ppk2'].map(name => packagePath('fixtures', 'benches', `${name}.yaml`));
    const links = await Promise.all(paths.map(async path => (await loadBench(path)).link));
    expect(links).to.deep.equal(['emulated:', 'device:']);
  });

  it('measure twice where a real meter measures a real board, else once', async () => {
    const paths = ['default', 'pico-ppk2'].map(name => packagePath('fixtures', 'benches', `${name}.yaml`));
    const passes = await Promise.all(paths.map(async path => (await loadBench(path)).passes));
    expect(passes).to.deep.equal([1, 2]);
    expect(messageOf(`${least}passes: 3\n`)).to.match(/passes: .*even number/);
  });

  it('name the place of a mistake and what is allowed there', () => {
    expect(messageOf(least.replace('synthetic', 'uci'))).to.match(
      /data\.set: uci-har, hapt, synthetic, or the folder/,
    );
    expect(messageOf(`${least}targets: [{ name: x, metric: speed, atMost: 1 }]`)).to.match(
      /targets\[0\]\.metric: .*accuracy/,
    );
    expect(messageOf(`${least}colour: red`)).to.match(/colour/);
    expect(messageOf('a: [')).to.match(/not YAML/);
    expect(messageOf(least.replace('[b]', '[]'))).to.match(/bundles/);
  });

  it('that are shipped are all sound', async () => {
    const files = await readdir(packagePath('fixtures', 'benches'));
    const benches = files.filter(file => file.endsWith('.yaml'));
    expect(benches).to.include('paper-authors.yaml');
    for (const file of benches) {
      const path = packagePath('fixtures', 'benches', file);
      if (await isMlperfBench(path)) await loadMlperfBench(path);
      else await loadBench(path);
    }
  });

  it('of real benches name levels, chips and pictures that exist', async () => {
    const text = await readFile(packagePath('fixtures', 'benches', 'README.md'), 'utf8');
    for (const name of ['pico-ppk2', 'nucleo-lpm01a', 'joulescope']) {
      const bench = await loadBench(packagePath('fixtures', 'benches', `${name}.yaml`));
      await prepareBench(bench);
      expect(bench.link).to.equal('device:');
      expect(text).to.contain(`(${name}.svg)`);
      const picture = await readFile(packagePath('fixtures', 'benches', `${name}.svg`), 'utf8');
      expect(picture).to.match(/^<svg [^>]*viewBox="0 0 1000 \d+"[\s\S]*<\/svg>\n$/);
    }
  });

  it('give way to the command line, a new board bringing its own chip and levels', async () => {
    const path = packagePath('fixtures', 'benches', 'paper-authors.yaml');
    expect((await loadBench(path, { windows: 7, strategies: ['1BDD'] })).data.windows).to.equal(7);
    expect((await loadBench(path, { board: 'other' })).duts).to.deep.equal([
      { board: 'other', chip: undefined, levels: undefined },
    ]);
    const [same] = (await loadBench(path, { board: 'rp2040' })).duts;
    expect(same.levels).to.deep.equal(['133MHz']);
  });

  it('name one board or a list of DUTs, never both', () => {
    const duts = 'duts: [{ board: rp2040, levels: [133MHz] }, { board: lm3s6965, chip: ecm3532 }]\n';
    expect(messageOf(`${least}${duts}`)).to.match(/exactly one of board and duts/);
    expect(messageOf(least.replace('board: rp2040\n', ''))).to.match(/exactly one of board and duts/);
    expect(messageOf(`${least.replace('board: rp2040\n', duts)}levels: [133MHz]`)).to.match(
      /chip and levels/,
    );
    expect(messageOf(`${least}batteries: [AAA]`)).to.match(/batteries.*CR2032/);
  });

  it('with several DUTs give way to a choice of one of them', async () => {
    const path = packagePath('fixtures', 'benches', 'paper.yaml');
    expect((await loadBench(path)).duts.map(dut => dut.chip)).to.deep.equal([
      'ecm3532',
      'apollo2',
      'apollo3',
      'stm32l4r5',
    ]);
    const chosen = await loadBench(path, { chip: 'apollo3', levels: ['48MHz'] });
    expect(chosen.duts).to.deep.equal([{ board: 'lm3s6965-m4', chip: 'apollo3', levels: ['48MHz'] }]);
    expect((await loadBench(path, { board: 'lm3s6965' })).duts.map(dut => dut.chip)).to.deep.equal([
      'ecm3532',
    ]);
    expect((await loadBench(path, { levels: ['24MHz'] })).duts.map(dut => dut.levels)).to.deep.equal(
      new Array(4).fill(['24MHz']),
    );
  });
});

describe('board files', () => {
  it('are all sound and named as their files', async () => {
    for (const name of await boardNames()) expect((await loadBoard(name)).name).to.equal(name);
  });
});

describe('planBlocks', () => {
  const plan = planBlocks([{ strategies: [['a', 'b', 'c'], ['d']], levels: 4 }], 5);

  it('has every block once, bundle after bundle', () => {
    expect(plan.map(block => block.index).sort((a, b) => a - b)).to.deep.equal([...Array(16).keys()]);
    expect(plan.map(block => block.bundle)).to.deep.equal([...Array(12).fill(0), ...Array(4).fill(1)]);
  });

  it('goes on with the next DUT when one is done', () => {
    const two = planBlocks(
      [
        { strategies: [['a', 'b']], levels: 2 },
        { strategies: [['a', 'b']], levels: 1 },
      ],
      5,
    );
    expect(two.map(block => block.dut)).to.deep.equal([0, 0, 0, 0, 1, 1]);
    expect(new Set(two.map(block => block.index)).size).to.equal(6);
  });

  it('mirrors the strategies of a level in each second pass, and begins each pair anew', () => {
    const passes = planBlocks([{ strategies: [['a', 'b', 'c', 'd']], levels: 2 }], 5, 4);
    const names = (level: number, pass: number) =>
      passes.filter(block => block.level === level && block.pass === pass).map(block => block.strategy);
    for (const level of [0, 1]) {
      expect([...names(level, 1)].sort()).to.deep.equal(['a', 'b', 'c', 'd']);
      expect(names(level, 2)).to.deep.equal(names(level, 1).reverse());
      expect(names(level, 4)).to.deep.equal(names(level, 3).reverse());
    }
    expect([names(0, 3), names(1, 3)]).to.not.deep.equal([names(0, 1), names(1, 1)]);
    const levels = passes.map(block => block.level);
    expect(new Set(levels.slice(0, 16)).size).to.equal(1);
    expect(new Set(passes.map(block => block.index)).size).to.equal(8);
  });

  it('is the same for a seed and another for another', () => {
    const again = planBlocks([{ strategies: [['a', 'b', 'c'], ['d']], levels: 4 }], 5);
    const other = planBlocks([{ strategies: [['a', 'b', 'c'], ['d']], levels: 4 }], 6);
    expect(again).to.deep.equal(plan);
    expect(other).to.not.deep.equal(plan);
  });

  it('never measures one strategy at all levels before the next', () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const first = planBlocks([{ strategies: [['a', 'b']], levels: 3 }], seed).slice(0, 3);
      expect(new Set(first.map(block => block.strategy)).size).to.equal(2);
    }
  });
});
