import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { littlefirst } from '../testing/cli.js';

describe('what the package ships is found by name, from any folder:', function () {
  this.timeout(120_000);
  let cwd: string;
  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'littlefirst-names-'));
  });
  after(() => rm(cwd, { recursive: true }));

  it('benches, boards, chips and bundles of a run', async () => {
    const words = ['--board', 'littlefirst:rp2040', '--chip', 'littlefirst:ecm3532', '--plan', '--json'];
    const refused = await littlefirst(cwd, 'run', 'littlefirst:default', ...words);
    expect(refused.err).to.match(/LF_CONFIG_INVALID.*board rp2040 cannot set any level of chip ecm3532/);
    for (const bundle of ['paper', 'littlefirst:paper']) {
      const plan = await littlefirst(
        cwd,
        ...['run', 'default', '--bundle', bundle, '--board', 'littlefirst:lm3s6965', '--chip'],
        ...['littlefirst:ecm3532', '--windows', '20', '--plan', '--json'],
      );
      expect(plan.code, plan.err).to.equal(0);
      expect(JSON.parse(plan.out).blocks[0]).to.include({
        board: 'lm3s6965',
        chip: 'ecm3532',
        bundle: 'paper',
      });
    }
  });

  it('bundles that are inspected, packed, run and exported', async () => {
    const inspected = await littlefirst(cwd, 'model', 'inspect', 'littlefirst:paper');
    expect(inspected.code, inspected.err).to.equal(0);
    expect(inspected.out).to.match(/name: paper/);
    const words = [
      'littlefirst:little-first-b',
      '--board',
      'littlefirst:rp2040',
      '--out',
      join(cwd, 'b.blob'),
    ];
    const packed = await littlefirst(cwd, 'model', 'pack', ...words);
    expect(packed.code, packed.err).to.equal(0);
    expect((await littlefirst(cwd, 'model', 'run', 'little-first-b', '--windows', '12')).out).to.match(
      /of 12 correct/,
    );
    const exported = await littlefirst(
      cwd,
      ...['data', 'export', '--mlperf-tiny', 'out', '--bundle', 'littlefirst:paper', '--windows', '12'],
    );
    expect(exported.code, exported.err).to.equal(0);
    expect(existsSync(join(cwd, 'out', 'paper', 'y_labels.csv'))).to.equal(true);
  });

  for (const [words, hint] of [
    [['model', 'inspect', 'littlefirst:papr'], /did you mean "littlefirst:paper"/],
    [['model', 'inspect', 'papr'], /did you mean "paper"/],
    [['run', 'defalt'], /did you mean "default"/],
    [['flash', 'side-by-sid'], /did you mean "side-by-side"/],
    [['doctor', 'littlefirst:papr'], /did you mean "paper"/],
    [['meter', 'check', '--bench', 'ppk3', '--resistor', '330'], /did you mean "ppk2"/],
    [['run', '--board', 'rp2041'], /did you mean "rp2040"/],
    [['run', '--chip', 'ecm3523'], /did you mean "ecm3532"/],
    [['board', 'emulate', 'rp2040', '--bundle', 'papr', '--link', 'tcp:0'], /did you mean "paper"/],
  ] as const)
    it(`${words.join(' ')} is told the nearest`, async () => {
      const { code, err } = await littlefirst(cwd, ...words);
      expect(err).to.match(hint);
      expect(code).to.equal(4);
    });
});
