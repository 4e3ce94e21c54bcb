import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { LittlefirstError } from '../../errors.js';
import { firstOf, type TestRunOptions, testJournal, testLevels } from '../../testing/record/run.js';
import { evaluateRun } from '../../verdict/open-run.js';
import { historyHtml } from './html.js';
import { readHistory } from './series.js';
import { historyText, sparkline } from './text.js';

async function folderOf(runs: readonly (TestRunOptions & { factor?: number })[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'littlefirst-history-'));
  for (const [i, { factor = 1, ...options }] of runs.entries()) {
    const records = testJournal({ levels: testLevels.slice(0, 1), ...options });
    const campaign = firstOf(records, 'campaign');
    campaign.id = `run-${i}`;
    campaign.t = `2026-01-0${i + 1}T00:00:00.000Z`;
    for (const record of records)
      if (record.kind === 'energy')
        record.bigMicrojoules = record.bigMicrojoules.map(value => value * factor);
    await mkdir(join(folder, campaign.id));
    await writeFile(join(folder, campaign.id, 'run.json'), JSON.stringify(evaluateRun(records).record));
  }
  return folder;
}

describe('history', () => {
  it('should make a line of each block and bench, oldest first, and follow no link twice', async () => {
    const folder = await folderOf([{ factor: 1 }, { factor: 2 }, { factor: 3 }]);
    await symlink('run-2', join(folder, 'latest'));
    const history = await readHistory(folder);
    expect(history.runs).to.equal(3);
    expect(history.series).to.have.length(2);
    expect(history.series[0].points.map(({ run }) => run)).to.deep.equal(['run-0', 'run-1', 'run-2']);
    expect(historyText(history)).to.contain('▁▅█');
    const html = historyHtml(history);
    expect(html.match(/<polyline/g)).to.have.length(4);
    expect(html)
      .to.contain('modelled')
      .and.to.not.match(/NaN|Infinity|undefined/);
  });

  it('should begin a series of its own with another meter, data set or kind of energy', async () => {
    const folder = await folderOf([{}, { dataset: { name: 'synthetic' } }, { energy: 'measured' }]);
    const { series } = await readHistory(folder);
    expect(series).to.have.length(6);
  });

  it('should name runs that it cannot read, and show the others', async () => {
    const folder = await folderOf([{}]);
    await mkdir(join(folder, 'torn'));
    await writeFile(join(folder, 'torn', 'run.json'), '{"schema": ');
    await mkdir(join(folder, 'no-run'));
    const history = await readHistory(folder);
    expect(history.runs).to.equal(1);
    expect(history.unreadable).to.have.length(1);
    expect(historyText(history)).to.contain('not read: torn');
  });

  it('should refuse a folder without runs', async () => {
    for (const folder of [await folderOf([]), join(tmpdir(), 'littlefirst-no-such-folder')]) {
      const error = await readHistory(folder).catch(thrown => thrown);
      expect(error).to.be.instanceOf(LittlefirstError);
      expect(error.code).to.equal('LF_RUN_MISSING');
    }
  });

  it('should draw gaps and equal values', () => {
    expect(sparkline([1, null, 2])).to.equal('▁·█');
    expect(sparkline([3, 3])).to.equal('▄▄');
    expect(sparkline([null])).to.equal('·');
  });
});
