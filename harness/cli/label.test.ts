import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { littlefirst } from '../testing/cli.js';
import { testJournal, testLevels, writeTestRun } from '../testing/record/run.js';

describe('littlefirst label', () => {
  let folder: string;
  before(async () => {
    folder = await writeTestRun(testJournal({ levels: testLevels.slice(0, 2), windows: 30 }));
  });

  it('writes the label of the block that saves least, or of the one that is named', async () => {
    const own = await littlefirst(folder, 'label', folder);
    expect(own.code, own.err).to.equal(0);
    expect(own.out).to.match(/^label of rp2040\/rp2040\/\d+MHz\/paper\/1B6S\n/);
    expect(await readFile(join(folder, 'label.svg'), 'utf8')).to.contain('MODELLED ENERGY');
    expect((await readFile(join(folder, 'label.pdf'))).subarray(0, 5).toString('latin1')).to.equal('%PDF-');
    const out = await mkdtemp(join(tmpdir(), 'littlefirst-label-'));
    const block = 'rp2040/rp2040/48MHz/paper/1B6S';
    const named = await littlefirst(folder, 'label', folder, '--block', block, '--out', out);
    expect(named.out).to.equal(`label of ${block}\n${join(out, 'label.svg')}\n${join(out, 'label.pdf')}\n`);
  });

  it('is written by every report, which links it', async () => {
    const own = await writeTestRun(testJournal({ windows: 30 }));
    expect((await littlefirst(own, 'report', own)).code).to.equal(0);
    const html = await readFile(join(own, 'report.html'), 'utf8');
    for (const name of ['label.svg', 'label.pdf']) {
      expect(html).to.contain(`<a href="${name}">${name}</a>`);
      expect((await readFile(join(own, name))).length).to.be.above(1000);
    }
    const written = await readFile(join(own, 'label.svg'), 'utf8');
    await littlefirst(own, 'label', own);
    expect(await readFile(join(own, 'label.svg'), 'utf8')).to.equal(written);
  });

  it('refuses a block that is not there, no run and no folder', async () => {
    for (const [args, words] of [
      [['label', folder, '--block', 'other'], /LF_USAGE[\s\S]*rp2040\/rp2040\/24MHz\/paper\/1B6S/],
      [['label', 'no-such-run'], /LF_RUN_MISSING/],
      [['label', folder, '--out', join(folder, 'no', 'such')], /LF_USAGE/],
    ] as const) {
      const ended = await littlefirst(folder, ...args);
      expect(ended.code).to.equal(4);
      expect(ended.err).to.match(words);
    }
  });
});
