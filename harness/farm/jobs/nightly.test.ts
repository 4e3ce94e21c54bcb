import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { expandNightly, loadNightly } from './nightly.js';

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
});
