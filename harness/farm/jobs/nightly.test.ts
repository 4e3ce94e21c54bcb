import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { zipSync } from 'fflate';
import { expandNightly, loadNightly, packNightly } from './nightly.js';
import { hashOf, packFolder, unpackFolder } from './packed-folder.js';

describe('a nightly', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'littlefirst-nightly-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));
  const load = async (text: string) => {
    const file = join(folder, 'nightly.yaml');
    await writeFile(file, text);
    return loadNightly(file);
  };
  const codeOf = (asked: Promise<unknown>) => asked.catch((error: { code?: string }) => error.code);
  const head = 'schema: littlefirst.nightly/1\nname: n\n';

  it('is one job a combination, without those left out', async () => {
    const jobs = expandNightly(
      await load(
        `${head}matrix: { boards: [rp2040, lm3s6965], chips: [apollo2, ecm3532], bundles: [paper], levels: [24MHz, 64MHz] }
except: [{ board: lm3s6965, level: 24MHz }, { chip: ecm3532, board: rp2040 }]`,
      ),
    );
    expect(jobs.map(({ name }) => name)).to.deep.equal([
      'n: rp2040 apollo2 paper 24MHz',
      'n: rp2040 apollo2 paper 64MHz',
      'n: lm3s6965 apollo2 paper 64MHz',
      'n: lm3s6965 ecm3532 paper 64MHz',
    ]);
    expect(jobs[0].spec).to.deep.include({ levels: ['24MHz'], strategies: 'all', chip: 'apollo2' });
  });

  it('names no path, program or option, and is not too large', async () => {
    for (const bundle of ['../x', '/etc', '--out', 'a b', '.hidden']) {
      const error = await load(`${head}matrix: { boards: [rp2040], bundles: ["${bundle}"] }`).catch(e => e);
      expect(error, bundle).to.include({ code: 'LF_CONFIG_INVALID' });
    }
    const many = Array.from({ length: 64 }, (_, n) => `b${n}`).join(', ');
    const nightly = await load(`${head}matrix: { boards: [${many}], bundles: [${many}], levels: [${many}] }`);
    expect(() => expandNightly(nightly)).to.throw('too large');
  });

  it('packs the folders that it names, equal ones to equal hashes, and crosses all its lists', async () => {
    for (const [name, file] of [
      ['ours', 'bundle.yaml'],
      ['same', 'bundle.yaml'],
      ['fw', 'manifest.json'],
    ]) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, file), 'x: 1');
    }
    const text = `${head}matrix:
  boards: [rp2040]
  bundles: [paper, { name: ours, folder: ours }, { name: same, folder: ./same }]
  firmware: [{ name: fw, folder: fw }]
  strategies: [big-only, 1B6S]
except: [{ bundle: same, firmware: fw }]`;
    const { nightly, inputs } = await packNightly(await load(text), join(folder, 'nightly.yaml'));
    const jobs = expandNightly(nightly);
    expect(jobs.map(({ name }) => name)).to.deep.equal([
      'n: rp2040 fw paper big-only',
      'n: rp2040 fw paper 1B6S',
      'n: rp2040 fw ours big-only',
      'n: rp2040 fw ours 1B6S',
    ]);
    const [ours, same, fw] = inputs.map(({ sha256 }) => sha256);
    expect(ours).to.equal(same);
    expect(jobs[2].spec).to.include({ bundle: 'ours', bundleSha256: ours, firmwareSha256: fw });
    const into = join(folder, 'unpacked');
    await unpackFolder(inputs[0].bytes, ours, into);
    expect(await readFile(join(into, 'bundle.yaml'), 'utf8')).to.equal('x: 1');
    expect(await codeOf(unpackFolder(inputs[0].bytes, fw, join(folder, 'no')))).to.equal('LF_FARM_REFUSED');
    const hostile = zipSync({ '../../out': new Uint8Array(1) });
    expect(await codeOf(unpackFolder(hostile, hashOf(hostile), join(folder, 'no')))).to.equal(
      'LF_FARM_REFUSED',
    );
    expect(await codeOf(packFolder(folder, 'bundle.yaml'))).to.equal('LF_FARM_REFUSED');
  });
});
