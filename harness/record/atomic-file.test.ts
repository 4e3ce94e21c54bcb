import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { failure } from '../testing/failure.js';
import { removeUnfinishedFiles, writeFileAtomically } from './atomic-file.js';

describe('writing a file atomically', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'littlefirst-atomic-'));
    path = join(folder, 'file.txt');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('leaves one of the contents when several write at once, and nothing else', async () => {
    const texts = Array.from({ length: 20 }, (_, i) => String(i).repeat(100_000));
    await Promise.all(texts.map(text => writeFileAtomically(path, text)));
    expect(texts.includes(await readFile(path, 'utf8'))).to.equal(true);
    expect(await readdir(folder)).to.deep.equal(['file.txt']);
  });

  it('keeps the old content and no rest when the new one fails half-way', async () => {
    await writeFileAtomically(path, 'old');
    function* broken() {
      yield 'new';
      throw new Error('no more');
    }
    await failure(writeFileAtomically(path, broken()), 'LF_JOURNAL');
    expect(await readFile(path, 'utf8')).to.equal('old');
    expect(await readdir(folder)).to.deep.equal(['file.txt']);
  });

  it('removes what killed writers left, and only that', async () => {
    for (const name of ['file.txt.123-4.part', 'mine.part', 'file.txt', '.part'])
      await writeFile(join(folder, name), '');
    removeUnfinishedFiles(folder);
    expect(await readdir(folder)).to.have.members(['mine.part', 'file.txt', '.part']);
  });
});
