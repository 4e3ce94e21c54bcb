import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { LittlefirstError } from '../../errors.js';
import { makeTemporaryFolder, removeTemporaryFolder } from '../../host/temporary-folder.js';
import { loadBundle } from '../load.js';
import { readWithin } from './file.js';

async function refusal(act: Promise<unknown>): Promise<LittlefirstError> {
  const error = await act.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(LittlefirstError);
  return error as LittlefirstError;
}

describe('files of a bundle', () => {
  let folder = '';
  beforeEach(() => {
    folder = makeTemporaryFolder('hostile');
  });
  afterEach(() => removeTemporaryFolder(folder));

  it('should read a regular file', async () => {
    writeFileSync(join(folder, 'a'), 'content');
    expect((await readWithin(join(folder, 'a'), 100, folder)).toString()).to.equal('content');
  });

  it('should refuse a FIFO that nobody writes to, a device and a folder at once', async () => {
    execFileSync('mkfifo', [join(folder, 'fifo')]);
    for (const [path, what] of [
      [join(folder, 'fifo'), 'a FIFO'],
      ['/dev/zero', 'a device'],
      [folder, 'a folder'],
    ]) {
      const error = await refusal(readWithin(path, 100));
      expect(error.code).to.equal('LF_BUNDLE_INVALID');
      expect(error.message).to.contain(what);
    }
  });

  it('should refuse a file that is too large, with both numbers', async () => {
    writeFileSync(join(folder, 'large'), 'x'.repeat(101));
    const error = await refusal(readWithin(join(folder, 'large'), 100));
    expect(error.message).to.contain('100 bytes').and.to.contain('101 bytes');
  });

  it('should refuse a link out of the folder, and follow one within it', async () => {
    mkdirSync(join(folder, 'bundle'));
    writeFileSync(join(folder, 'secret'), 'secret');
    writeFileSync(join(folder, 'bundle', 'own'), 'own');
    symlinkSync(join(folder, 'secret'), join(folder, 'bundle', 'out'));
    symlinkSync('own', join(folder, 'bundle', 'in'));
    const error = await refusal(readWithin(join(folder, 'bundle', 'out'), 100, join(folder, 'bundle')));
    expect(error.message).to.contain('a link to');
    expect((await readWithin(join(folder, 'bundle', 'in'), 100, join(folder, 'bundle'))).toString()).to.equal(
      'own',
    );
  });

  it('should refuse a bundle.yaml that is a FIFO, huge, deep, or refers to itself without end', async () => {
    const path = join(folder, 'bundle.yaml');
    const aliases = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}]`);
    for (const text of [
      '#'.repeat((1 << 20) + 1),
      '['.repeat(100_000),
      ['a0: &a0 x', ...aliases].join('\n'),
    ]) {
      writeFileSync(path, text);
      expect((await refusal(loadBundle(folder))).code).to.equal('LF_BUNDLE_INVALID');
    }
  });
});
