import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import { loadBench } from '../campaign/bench/load.js';
import { prepareBench } from '../campaign/bench/prepare.js';
import { Campaign } from '../campaign/campaign.js';
import { packagePath } from '../package-root.js';
import { Journal, readJournal } from '../record/journal/journal.js';
import { TestBench } from '../testing/bench/test-bench.js';
import { evaluate } from './evaluation/evaluate.js';

const script = packagePath('docs', 'audit', 'audit.py');

async function hasNumpy(): Promise<boolean> {
  const { exitCode } = await execa('python3', ['-c', 'import numpy'], { reject: false });
  return exitCode === 0;
}

// Debian: python3-numpy; CI installs it.
if (await hasNumpy())
  describe('independent audit of a recorded run', function () {
    this.timeout(900_000);
    let bench: TestBench;
    let folder: string;

    const audit = (run: string) => execa('python3', [script, run], { reject: false, all: true });

    before(async () => {
      bench = await TestBench.make({
        meter: { driver: 'ppk2', record: true },
        bundles: [packagePath('fixtures', 'bundles', 'paper')],
        strategies: ['big-only', '1B6S'],
        levels: ['133MHz'],
        data: { set: 'synthetic', windows: 100, seed: 1 },
      });
      folder = await bench.runFolder();
      const journal = Journal.create(folder);
      await new Campaign(await prepareBench(await loadBench(bench.benchFile)), { id: 'audit', journal })
        .run()
        .finally(() => journal.close());
      const record = evaluate(await readJournal(folder));
      await writeFile(join(folder, 'run.json'), JSON.stringify(record));
    });
    after(() => bench?.remove());

    it('should find the energies within 200 ppm and the intervals within 10 %', async () => {
      const { exitCode, all } = await audit(folder);
      expect(all).to.contain('12 figures compared, 0 differ');
      expect(exitCode).to.equal(0);
    });

    it('should notice an energy that was changed by a thousandth, and an interval that was halved', async () => {
      const text = await readFile(join(folder, 'run.json'), 'utf8');
      for (const change of [{ value: 1.001 }, { u95Meter: 0.5 }, { u95Model: 0.5 }]) {
        const record = JSON.parse(text);
        const energy = record.blocks[0].energyPerWindow_uJ;
        for (const [key, factor] of Object.entries(change)) energy[key] *= factor;
        await writeFile(join(folder, 'run.json'), JSON.stringify(record));
        const { exitCode, all } = await audit(folder);
        expect(all, JSON.stringify(change)).to.contain('DIFFER');
        expect(exitCode).to.equal(1);
      }
      await writeFile(join(folder, 'run.json'), text);
    });

    it('should say that it cannot read what is no run', async () => {
      const empty = await mkdtemp(join(tmpdir(), 'littlefirst-audit-'));
      const { exitCode, all } = await audit(empty);
      await rm(empty, { recursive: true });
      expect(all).to.contain('cannot be audited');
      expect(exitCode).to.equal(2);
    });
  });
