import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { packagePath } from '../package-root.js';
import { loadFirmware } from './manifest.js';

describe('the manifest of images in a folder that others made', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'littlefirst-manifest-'));
    await mkdir(join(folder, 'images', 'rp2040'), { recursive: true });
    const image = await readFile(packagePath('firmware', 'prebuilt', 'rp2040.bin'));
    for (const file of ['outside.bin', 'images/rp2040.bin', 'images/rp2040/rp2040.bin', 'images/.rp2040.bin'])
      await writeFile(join(folder, file), image);
  });
  after(() => rm(folder, { recursive: true }));

  const load = async (file: string) => {
    const text = await readFile(packagePath('firmware', 'prebuilt', 'manifest.json'), 'utf8');
    const { boards } = JSON.parse(text);
    const images = join(folder, 'images');
    await writeFile(
      join(images, 'manifest.json'),
      JSON.stringify({ boards: { rp2040: { ...boards.rp2040, file } } }),
    );
    return loadFirmware('rp2040', images);
  };

  it('names a file beside it or below it', async () => {
    for (const file of ['rp2040.bin', 'rp2040/rp2040.bin'])
      expect((await load(file)).entry.file).to.equal(file);
  });

  it('leads nowhere else', async () => {
    const names = [
      '../outside.bin',
      'rp2040/../../outside.bin',
      join(folder, 'outside.bin'),
      '.rp2040.bin',
      '',
      './rp2040.bin',
    ];
    for (const file of names) {
      const error = await load(file).catch((reason: unknown) => reason);
      expect(error, file).to.have.property('code', 'LF_CONFIG_INVALID');
    }
  });
});
