import { readdir } from 'node:fs/promises';
import { expect } from 'chai';
import { LittlefirstError } from '../errors.js';
import { packagePath } from '../package-root.js';
import { benchSchema } from './bench-schema.js';
import { boardNames, loadBoard } from './boards.js';
import { loadBench } from './load-bench.js';
import { planBlocks } from './plan.js';
import { parseYaml } from './yaml-file.js';

const least = 'schema: littlefirst.bench/1\nname: n\nboard: rp2040\nbundles: [b]\ndata: { set: synthetic }\n';

function messageOf(text: string): string {
  try {
    parseYaml(text, 'bench.yaml', benchSchema);
  } catch (error) {
    expect(error).to.be.instanceOf(LittlefirstError).with.property('code', 'LF_CONFIG_INVALID');
    return (error as Error).message;
  }
  throw new Error('the text was accepted');
}

describe('bench files', () => {
  it('need little', () => {
    const bench = parseYaml(least, 'bench.yaml', benchSchema);
    expect(bench).to.deep.include({ link: 'emulated:', strategies: 'all', levels: 'all', seed: 1 });
  });

  it('name the place of a mistake and what is allowed there', () => {
    expect(messageOf(least.replace('synthetic', 'uci'))).to.match(/data\.set: .*"uci-har".*"hapt"/);
    expect(messageOf(`${least}targets: [{ name: x, metric: speed, atMost: 1 }]`)).to.match(
      /targets\[0\]\.metric: .*"accuracy"/,
    );
    expect(messageOf(`${least}colour: red`)).to.match(/colour/);
    expect(messageOf('a: [')).to.match(/not YAML/);
    expect(messageOf(least.replace('[b]', '[]'))).to.match(/bundles/);
  });

  it('that are shipped are all sound', async () => {
    const files = await readdir(packagePath('fixtures', 'benches'));
    const benches = files.filter(file => file.endsWith('.yaml'));
    expect(benches).to.include('paper-authors.yaml');
    for (const file of benches) await loadBench(packagePath('fixtures', 'benches', file));
  });

  it('give way to the command line, a new board bringing its own chip and levels', async () => {
    const path = packagePath('fixtures', 'benches', 'paper-authors.yaml');
    expect((await loadBench(path, { windows: 7, strategies: ['1BDD'] })).data.windows).to.equal(7);
    expect(await loadBench(path, { board: 'other' })).to.include({ levels: 'all', chip: undefined });
    expect((await loadBench(path, { board: 'rp2040' })).levels).to.deep.equal(['133MHz']);
  });
});

describe('board files', () => {
  it('are all sound and named as their files', async () => {
    for (const name of await boardNames()) expect((await loadBoard(name)).name).to.equal(name);
  });
});

describe('planBlocks', () => {
  const plan = planBlocks({ strategies: [['a', 'b', 'c'], ['d']], levels: 4 }, 5);

  it('has every block once, bundle after bundle', () => {
    expect(plan.map(block => block.index).sort((a, b) => a - b)).to.deep.equal([...Array(16).keys()]);
    expect(plan.map(block => block.bundle)).to.deep.equal([...Array(12).fill(0), ...Array(4).fill(1)]);
  });

  it('is the same for a seed and another for another', () => {
    const again = planBlocks({ strategies: [['a', 'b', 'c'], ['d']], levels: 4 }, 5);
    const other = planBlocks({ strategies: [['a', 'b', 'c'], ['d']], levels: 4 }, 6);
    expect(again).to.deep.equal(plan);
    expect(other).to.not.deep.equal(plan);
  });

  it('never measures one strategy at all levels before the next', () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const first = planBlocks({ strategies: [['a', 'b']], levels: 3 }, seed).slice(0, 3);
      expect(new Set(first.map(block => block.strategy)).size).to.equal(2);
    }
  });
});
