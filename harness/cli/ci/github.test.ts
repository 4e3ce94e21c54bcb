import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { TestBench } from '../../testing/bench/test-bench.js';
import { Text } from '../../testing/cli.js';
import { main } from '../main.js';
import { annotationLine } from './workflow-command.js';

describe('a line of a workflow command', () => {
  it('escapes what would end it', () => {
    expect(
      annotationLine({
        level: 'error',
        title: 'a, b: 5 %',
        message: '100 % of\nit: a, b\r',
        file: 'a,b:c.yaml',
        line: 3,
        column: 2,
      }),
    ).to.equal('::error file=a%2Cb%3Ac.yaml,line=3,col=2,title=a%2C b%3A 5 %25::100 %25 of%0Ait: a, b%0D');
  });

  it('gives no place without a file', () => {
    expect(annotationLine({ level: 'warning', title: 't', message: 'm', line: 3 })).to.equal(
      '::warning title=t::m',
    );
  });
});

describe('a step of GitHub Actions', function () {
  this.timeout(120_000);
  let bench: TestBench;
  before(async () => {
    bench = await TestBench.make({
      levels: ['133MHz'],
      strategies: ['1BDD'],
      data: { set: 'synthetic', windows: 12, seed: 3 },
      meter: { driver: 'direct' },
      targets: [
        { name: 'golden', metric: 'golden-mismatches', atMost: 0 },
        { name: 'impossible', metric: 'energy-per-window', atMost: 0.001 },
      ],
    });
  });
  after(() => bench.remove());

  async function step(env: NodeJS.ProcessEnv, ...args: string[]) {
    const [out, err] = [new Text(), new Text()];
    const code = await main(['node', 'littlefirst', ...args], { out, err, cwd: bench.folder, env });
    return { code, out: out.text, lines: err.text.split('\n').filter(line => line.startsWith('::')) };
  }

  it('gets annotations of the bench file at its targets, and the summary', async () => {
    const summary = join(bench.folder, 'summary.md');
    const env = {
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKSPACE: bench.folder,
      GITHUB_STEP_SUMMARY: summary,
    };
    const ran = await step(env, 'run', bench.benchFile, '--out', 'run', '--json');
    expect(ran.code).to.equal(1);
    expect(JSON.parse(ran.out).suite.outcome).to.equal('fail');
    const text = (await readFile(bench.benchFile, 'utf8')).split('\n');
    const line = text.findIndex(one => one.includes('name: impossible')) + 1;
    expect(line).to.be.greaterThan(0);
    const [missed] = ran.lines.filter(one => one.includes('impossible'));
    expect(missed).to.match(
      new RegExp(`^::error file=bench\\.yaml,line=${line},title=fail%3A target impossible::`),
    );
    expect(await readFile(summary, 'utf8')).to.match(/^## littlefirst: fail\n[\s\S]*impossible/);
    expect((await readFile(summary, 'utf8')).trim().split('\n').length).to.be.at.most(60);
  });

  it('is told of open targets as warnings, as errors where they fail the step, of allowed ones not at all', async () => {
    const env = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: bench.folder };
    const record = JSON.parse(await readFile(join(bench.folder, 'run', 'run.json'), 'utf8'));
    const limit = Math.min(0.99, Math.max(0.01, record.blocks[0].accuracy));
    await writeFile(
      join(bench.folder, 'open.yaml'),
      `- { name: open, metric: accuracy, atLeast: ${limit} }\n`,
    );
    const targets = ['check', 'run', '--targets', join(bench.folder, 'open.yaml')];
    const levels = async (...args: string[]) =>
      (await step(env, ...targets, ...args)).lines.map(line => /^::(\w+)/.exec(line)?.[1]);
    expect(await levels()).to.deep.equal(['warning']);
    expect(await levels('--fail-on', 'inconclusive')).to.deep.equal(['error']);
    expect(await levels('--allow', 'open')).to.deep.equal([]);
    expect((await step({}, 'check', 'run')).lines).to.deep.equal([]);
  });

  it('gets the place of a mistake in a bench file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'littlefirst-github-'));
    await mkdir(join(folder, 'benches'));
    const file = join(folder, 'benches', 'bad.yaml');
    await writeFile(file, (await readFile(bench.benchFile, 'utf8')).replace('levels:', 'levles:'));
    const refused = await step({ GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: folder }, 'run', file);
    await rm(folder, { recursive: true });
    expect(refused.code).to.equal(4);
    expect(refused.lines).to.have.length(1);
    expect(refused.lines[0]).to.match(
      /^::error file=benches\/bad\.yaml,line=\d+,col=1,title=LF_CONFIG_INVALID::.*levles.*%0A/,
    );
  });
});
