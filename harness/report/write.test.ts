import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'csv-parse/sync';
import { runRecordSchema } from '../record/run-record.js';
import { failure } from '../testing/failure.js';
import { firstOf, testJournal, testLevels, writeTestRun } from '../testing/record/run.js';
import { writeReports } from './write.js';

const rowsOf = async (folder: string): Promise<Record<string, string>[]> =>
  parse(await readFile(join(folder, 'windows.csv'), 'utf8'), { columns: true });

describe('files of a run', () => {
  it('should write a run record that keeps the contract and is what it returns', async () => {
    const folder = await writeTestRun(testJournal());
    const { record } = await writeReports(folder);
    const written = JSON.parse(await readFile(join(folder, 'run.json'), 'utf8'));
    expect(runRecordSchema.parse(written)).to.deep.equal(record);
    expect(record.outcome).to.equal('pass');
  });

  it('should write one row a window of every block, with its labels, cycles and energy', async () => {
    const records = testJournal({ windows: 25 });
    firstOf(records, 'campaign').truth[3] = 255;
    const folder = await writeTestRun(records);
    await writeReports(folder);
    const rows = await rowsOf(folder);
    expect(rows).to.have.length(25 * testLevels.length * 2);
    const answered = firstOf(records, 'windows');
    const spent = firstOf(records, 'energy');
    expect(rows[0]).to.include({
      block: '0',
      board: 'rp2040',
      level: '24MHz',
      hertz: '24000000',
      window: '0',
    });
    expect(rows[0]).to.include({
      strategy: 'big-only',
      truth: 'walking',
      path: 'b',
      nets: '3',
      subject: '1',
    });
    expect(rows[3].truth).to.equal('');
    for (const [w, row] of rows.slice(0, 25).entries()) {
      expect(row.label).to.equal(row.golden_label);
      expect(Number(row.big_cycles)).to.equal(answered.bigCycles[w]);
      expect(Number(row.big_uJ)).to.equal(spent.bigMicrojoules[w]);
      expect(Number(row.active_s)).to.be.closeTo(spent.bigSeconds[w] + spent.otherSeconds[w], 1e-12);
      expect(row.energy_provenance).to.equal('modelled');
    }
  });

  it('should leave fields empty that were not measured', async () => {
    const records = testJournal({ windows: 8, energy: 'none' }).filter(
      r => r.kind !== 'energy' && r.kind !== 'block-energy',
    );
    firstOf(records, 'campaign').provenance.meter = { driver: 'none', model: 'no meter', emulated: false };
    for (const record of records) {
      if (record.kind === 'windows') record.gateCycles = record.gateCycles.map(() => null);
    }
    const folder = await writeTestRun(records);
    await writeReports(folder);
    const [row] = await rowsOf(folder);
    expect(row).to.include({ gate_cycles: '', big_uJ: '', active_s: '', energy_provenance: '' });
  });

  it('should evaluate a campaign that was cut off, and call it an error', async () => {
    const { record } = await writeReports(await writeTestRun(testJournal({ isTorn: true })));
    expect(record.outcome).to.equal('error');
  });

  it('should refuse a folder without a run', async () => {
    await failure(writeReports('/nowhere/at/all'), 'LF_RUN_MISSING');
  });

  it('should say when a file cannot be written', async () => {
    const folder = await writeTestRun(testJournal({ windows: 6 }));
    await mkdir(join(folder, 'run.json', 'in-the-way'), { recursive: true });
    const error = await writeReports(folder).catch((reason: unknown) => reason);
    expect(error).to.have.property('code', 'LF_JOURNAL');
  });
});
