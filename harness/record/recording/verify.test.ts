import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Measured, measureCampaign } from '../../testing/bench/campaign.js';
import { TestBench } from '../../testing/bench/test-bench.js';
import { failure } from '../../testing/failure.js';
import { openRun } from '../../verdict/open-run.js';
import { replayRun } from '../../verdict/replay.js';

describe('recordings and the journal that names them', function () {
  this.timeout(240_000);
  let bench: TestBench;
  let measured: Measured;
  let names: string[];

  before(async () => {
    bench = await TestBench.make({
      meter: { driver: 'ppk2', record: true },
      strategies: ['big-only', '1B6S'],
      levels: ['24MHz'],
      data: { set: 'synthetic', windows: 12, seed: 3 },
    });
    measured = await measureCampaign(bench);
    names = measured.record.blocks.flatMap(({ recordings = [] }) => recordings.map(({ name }) => name));
  });
  after(() => bench.remove());

  async function again(name: string) {
    const target = join(bench.folder, name);
    await mkdir(target);
    return replayRun(measured.folder, target, 'again');
  }
  /** How many recordings the journal names, those of earlier attempts at a block included. */
  const named = () => measured.records.filter(({ kind }) => kind === 'block-energy').length;

  it('should be named with the size and SHA-256 of the file on the disk', async () => {
    expect(names.length).to.equal(2);
    expect(names[0]).to.match(/^recordings\/block-0000-\d\.lfrec$/);
    for (const { recordings = [] } of measured.record.blocks)
      for (const { name, bytes, sha256 } of recordings) {
        const path = join(measured.folder, name);
        expect((await stat(path)).size).to.equal(bytes);
        expect(
          createHash('sha256')
            .update(await readFile(path))
            .digest('hex'),
        ).to.equal(sha256);
      }
    const run = await openRun(measured.folder);
    expect(run.recordings).to.deep.equal({ verified: named(), absent: [] });
    expect(run.record.blocks[0].effectiveResolutionAmps).to.be.within(1e-9, 1e-4);
  });

  it('should be refused by what opens or replays the run, once a byte is another', async () => {
    const path = join(measured.folder, names[1]);
    const bytes = await readFile(path);
    const changed = Buffer.from(bytes);
    changed[changed.length >> 1] ^= 1;
    await writeFile(path, changed);
    expect((await failure(openRun(measured.folder), 'LF_RUN_CORRUPT')).message).to.contain(names[1]);
    await failure(again('changed'), 'LF_RUN_CORRUPT');
    await writeFile(path, bytes);
    expect((await again('restored')).largestDifference).to.equal(0);
  });

  it('should be counted where they are gone, without harm to what is judged', async () => {
    await rm(join(measured.folder, names[0]));
    const run = await openRun(measured.folder);
    expect(run.recordings).to.deep.equal({ verified: named() - 1, absent: [names[0]] });
    expect(run.record.outcome).to.equal(measured.record.outcome);
    await failure(again('gone'), 'LF_RUN_MISSING');
  });
});
