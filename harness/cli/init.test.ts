import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { bundleNames, ciNames } from '../library/index.js';
import { littlefirst } from '../testing/cli.js';

describe('littlefirst init', function () {
  this.timeout(120_000);
  let cwd: string;
  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'littlefirst-init-'));
  });

  it('writes a bench that can be run, with a schema for editors, for every shipped bundle', async () => {
    for (const name of bundleNames().filter(one => one !== 'paper-authors')) {
      const made = await littlefirst(cwd, 'init', `${name}.yaml`, '--bundle', `littlefirst:${name}`, '--yes');
      expect(made.code, made.err).to.equal(0);
      const text = await readFile(join(cwd, `${name}.yaml`), 'utf8');
      const [, schema] = /^# yaml-language-server: \$schema=(.+)\n/.exec(text) ?? [];
      expect(JSON.parse(await readFile(join(cwd, schema), 'utf8')).title).to.equal('littlefirst bench file');
      const plan = await littlefirst(cwd, 'run', `${name}.yaml`, '--plan', '--json', '--windows', '20');
      expect(plan.code, plan.err).to.equal(0);
      expect(JSON.parse(plan.out).blocks).to.not.have.length(0);
    }
  });

  it('begins with a shipped bench of real hardware, and says which serial numbers are to be put in', async () => {
    const made = await littlefirst(cwd, 'init', '--from', 'pico-ppk2');
    expect(made.code, made.err).to.equal(0);
    expect(made.out).to.contain('PPK2-SERIAL');
    const bench = parse(await readFile(join(cwd, 'bench.yaml'), 'utf8'));
    expect(bench).to.deep.include({ name: 'bench', board: 'rp2040', bundles: ['littlefirst:paper'] });
  });

  it('writes recipes that run the bench', async () => {
    const made = await littlefirst(cwd, 'init', '--yes', '--ci', ...ciNames);
    expect(made.code, made.err).to.equal(0);
    const command = 'npx littlefirst run "bench.yaml" --out reports/ci --fail-on inconclusive';
    const read = (path: string) => readFile(join(cwd, path), 'utf8');
    const steps = parse(await read('.github/workflows/littlefirst.yml')).jobs.energy.steps;
    expect(steps.map(({ run }: { run?: string }) => run)).to.include(command);
    expect(parse(await read('.gitlab-ci.yml')).littlefirst.script).to.include(command);
    expect(await read('Jenkinsfile')).to.contain(`sh '${command}'`);
  });

  it('overwrites nothing, and writes nothing where one file is there', async () => {
    await writeFile(join(cwd, 'Jenkinsfile'), 'mine');
    const refused = await littlefirst(cwd, 'init', '--yes', '--ci', 'jenkins');
    expect(refused.code).to.equal(4);
    expect(refused.err).to.match(/LF_USAGE.*Jenkinsfile is there already/);
    expect(await readFile(join(cwd, 'Jenkinsfile'), 'utf8')).to.equal('mine');
    expect((await littlefirst(cwd, 'init', '--yes')).code).to.equal(0);
    expect((await littlefirst(cwd, 'init', '--yes')).code).to.equal(4);
  });

  for (const [words, message] of [
    [['--board', 'rp2041'], /LF_UNKNOWN_BOARD[\s\S]*did you mean "rp2040"/],
    [['--board', 'stm32l4r5'], /LF_USAGE[\s\S]*--from nucleo-lpm01a/],
    [['--meter', 'ppk3'], /LF_USAGE[\s\S]*did you mean "ppk2"/],
    [['--bundle', 'littlefirst:papr'], /LF_USAGE[\s\S]*did you mean "littlefirst:paper"/],
    [['--from', 'pico'], /LF_USAGE[\s\S]*pico-ppk2/],
    [['--ci', 'travis'], /Allowed choices/],
  ] as const)
    it(`refuses ${words.join(' ')}`, async () => {
      const refused = await littlefirst(cwd, 'init', '--yes', ...words);
      expect(refused.code).to.equal(4);
      expect(refused.err).to.match(message);
    });
});
