import { expect } from 'chai';
import { TestBench } from '../../testing/bench/test-bench.js';
import { littlefirst, Text } from '../../testing/cli.js';
import { TestTerminal } from '../../testing/terminal/terminal.js';
import { main } from '../main.js';

describe('a run on a terminal', function () {
  this.timeout(120_000);
  let bench: TestBench;
  before(async () => {
    bench = await TestBench.make({
      levels: ['133MHz'],
      strategies: ['big-only', '1BDD'],
      data: { set: 'synthetic', windows: 20, seed: 3 },
      meter: { driver: 'direct' },
      targets: [{ name: 'golden', metric: 'golden-mismatches', atMost: 0 }],
    });
  });
  after(() => bench.remove());

  it('shows block, pace, accuracy and energy so far, and leaves the answer alone on the screen', async () => {
    const terminal = TestTerminal.open(90, 24);
    try {
      const out = new Text();
      const seen: string[] = [];
      const look = setInterval(() => seen.push(terminal.grid.text()), 5);
      const code = await main(
        ['node', 'littlefirst', 'run', bench.benchFile, '--out', `${bench.folder}/live`],
        { out, err: terminal.out, cwd: bench.folder, env: { TERM: 'xterm' } },
      );
      clearInterval(look);
      expect(code).to.equal(0);
      const frames = terminal.written;
      expect(frames).to.match(/of 2 blocks: \d+ of 40 windows/);
      expect(frames).to.match(/now {2}rp2040 133MHz small (big-only|1BDD) {2}\d+ of 20 windows/);
      expect(frames).to.match(/accuracy [\d.]+ % \[[\d.]+, [\d.]+\] so far/);
      expect(frames).to.match(/rp2040 133MHz small big-only: accuracy [\d.]+ % \[/);
      expect(frames).to.match(/modelled [\d.,]+ µJ \[[\d.,]+, [\d.,]+\]/);
      expect(frames).to.match(/left \(|not known yet/);
      for (const frame of seen)
        for (const line of frame.split('\n')) expect([...line].length).to.be.at.most(90);
      await terminal.shows(/^(?![\s\S]*(now |ok {3}|of 2 blocks))[\s\S]*SYNTHETIC/);
      expect(out.text).to.match(/PASS/);
    } finally {
      terminal.close();
    }
  });

  it('is told in plain lines elsewhere, and not at all with --quiet', async () => {
    const plain = await littlefirst(bench.folder, 'run', bench.benchFile, '--out', 'plain');
    expect(plain.code, plain.err).to.equal(0);
    expect(plain.err).to.match(/40\/40 windows {2}rp2040 133MHz small \S+: accuracy [\d.]+ % \[.*modelled/);
    expect(plain.text).to.not.contain('\u001b');
    const quiet = await littlefirst(
      bench.folder,
      'run',
      bench.benchFile,
      ...['--out', 'quiet', '--strategy', '1BDD', '--quiet'],
    );
    expect(quiet.code, quiet.err).to.equal(0);
    const lines = quiet.out.trim().split('\n');
    expect(lines[0]).to.match(/^PASS/);
    expect(lines.at(-1)).to.match(/quiet\/report\.html$/);
    expect(lines.length).to.be.at.most(3);
    expect(quiet.err)
      .to.match(/synthetic/i)
      .and.to.not.match(/windows\b.*left|\d+\/\d+/);
    const both = await littlefirst(bench.folder, 'run', bench.benchFile, '--quiet', '--json');
    expect(both.code).to.equal(4);
  });

  it('takes colours only where they are wanted', async () => {
    const coloured = async (env: NodeJS.ProcessEnv, ...args: string[]): Promise<boolean> => {
      const out = new Text();
      await main(['node', 'littlefirst', 'check', 'plain', ...args], {
        out,
        err: new Text(),
        cwd: bench.folder,
        env,
      });
      return out.text.includes('\u001b[');
    };
    expect(await coloured({})).to.equal(false);
    expect(await coloured({ FORCE_COLOR: '1' })).to.equal(true);
    expect(await coloured({ FORCE_COLOR: '1' }, '--no-color')).to.equal(false);
    expect(await coloured({ FORCE_COLOR: '1', NO_COLOR: '1' })).to.equal(false);
  });
});
