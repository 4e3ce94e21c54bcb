import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { packagePath } from '../package-root.js';
import { TestBench } from '../testing/bench/test-bench.js';
import { littlefirst } from '../testing/cli.js';

/** Text in the image that nothing in a run is compared with. */
const complaint = 'Command too long';

describe('littlefirst ab', function () {
  this.timeout(900_000);
  let bench: TestBench;
  before(async () => {
    bench = await TestBench.make({
      levels: ['133MHz'],
      strategies: ['big-only'],
      data: { set: 'synthetic', windows: 8, seed: 3 },
      meter: { driver: 'direct' },
    });
  });
  after(() => bench.remove());
  const ab = (...args: string[]) => littlefirst(bench.folder, 'ab', ...args, '--bench', bench.benchFile);

  /** The shipped image of the rp2040 with other words in one of its complaints: it does the same, and is another one. */
  const firmware = async (name: string, word: string) => {
    const folder = join(bench.folder, name);
    await mkdir(folder);
    const image = await readFile(packagePath('firmware', 'prebuilt', 'rp2040.bin'));
    const place = image.indexOf(complaint);
    expect(place).to.be.above(0);
    image.write(word, place, 'latin1');
    const manifest = JSON.parse(
      await readFile(packagePath('firmware', 'prebuilt', 'manifest.json'), 'utf8'),
    ) as { boards: Record<string, { file: string; sha256: string }> };
    const entry = manifest.boards.rp2040;
    entry.sha256 = createHash('sha256').update(image).digest('hex');
    await writeFile(join(folder, entry.file), image);
    await writeFile(join(folder, 'manifest.json'), JSON.stringify({ boards: { rp2040: entry } }));
    return entry.sha256;
  };

  it('says that another image that does the same is not regressed, each run on the image it names', async () => {
    const hashes = [await firmware('one', 'one'), await firmware('two', 'two')];
    const { code, out, text } = await ab(
      'one',
      'two',
      '--out',
      'same',
      '--repeatability',
      '0.1',
      '--markdown',
    );
    expect(code, text).to.equal(0);
    expect(out).to.match(/^## littlefirst ab: not regressed/);
    const runs = await Promise.all(
      ['1-a', '2-b', '3-b', '4-a'].map(async run =>
        JSON.parse(await readFile(join(bench.folder, 'same', `round1-${run}`, 'run.json'), 'utf8')),
      ),
    );
    expect(runs.map(run => run.provenance.firmware.sha256)).to.deep.equal(
      [0, 1, 1, 0].map(which => hashes[which]),
    );
    const answer = JSON.parse(await readFile(join(bench.folder, 'same', 'ab.json'), 'utf8'));
    expect(answer).to.deep.include({ schema: 'littlefirst.ab/1', rounds: 1 });
    expect(answer.blocks[0].change.value).to.be.closeTo(0, 1e-3);
  });

  it('refuses what is neither, and two kinds at once', async () => {
    for (const [a, b] of [
      ['nothing', 'bundle'],
      ['one', 'bundle'],
    ]) {
      const { code, text } = await ab(a, b);
      expect([code, text.includes('LF_USAGE')], text).to.deep.equal([4, true]);
    }
  });
});
