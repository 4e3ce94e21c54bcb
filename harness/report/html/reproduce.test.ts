import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadBench } from '../../campaign/bench/load.js';
import { shippedBenches } from '../../campaign/bench/names.js';
import { firstOf, testJournal } from '../../testing/record/run.js';
import { evaluateRun } from '../../verdict/open-run.js';
import { benchOf } from './sections/reproduce.js';

describe('the bench in a report', () => {
  for (const name of ['default', 'paper', 'side-by-side', 'pico-ppk2'])
    it(`should be read again as it was: ${name}`, async () => {
      const bench = await loadBench(join(shippedBenches, `${name}.yaml`));
      const records = testJournal({ windows: 4 });
      firstOf(records, 'campaign').bench = bench;
      const text = benchOf(evaluateRun(records).journal) ?? '';
      expect(text).to.contain('littlefirst:').and.to.not.contain(shippedBenches);
      const file = join(await mkdtemp(join(tmpdir(), 'littlefirst-reproduce-')), 'reproduce.yaml');
      await writeFile(file, text);
      const { file: _again, ...again } = await loadBench(file);
      const { file: _file, ...wanted } = bench;
      expect(JSON.parse(JSON.stringify(again))).to.deep.equal(JSON.parse(JSON.stringify(wanted)));
    });

  it('should publish no path of the machine', () => {
    const records = testJournal({ windows: 4 });
    firstOf(records, 'campaign').bench = {
      duts: [],
      bundles: ['/home/somebody/secret/mine'],
      file: '/home/somebody/b.yaml',
      models: '/home/somebody/models',
    };
    expect(benchOf(evaluateRun(records).journal))
      .to.contain('./mine')
      .and.to.not.contain('somebody');
  });
});
