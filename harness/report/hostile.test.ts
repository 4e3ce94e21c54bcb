import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { expect } from 'chai';
import { main } from '../cli/main.js';
import type { JournalRecord } from '../record/journal/records.js';
import { testJournal, testLevels, writeTestRun } from '../testing/record/run.js';
import { runSuite } from '../verdict/suite/suite.js';
import { viewerScript } from './html/traces/viewer-script.js';
import { writeReports } from './write.js';

/** What a stranger puts into every string that he can. */
const hostile =
  '=HYPERLINK("http://x")\u001b[2J\u009b31m\u202e<script>alert(1)</script>| `[a](javascript:b) *c* @everyone\u0007';

/** Strings of a journal that others wrote: DUTs, meters, tools, models, bench files. */
function poison(records: JournalRecord[]): void {
  for (const record of records) {
    if (record.kind === 'campaign') {
      const { provenance } = record;
      record.id = hostile;
      record.labels = record.labels.map((label, i) => `${hostile}${label}${i}`);
      record.targets = [{ name: hostile, metric: 'energy-saving', atLeast: 0.99 }];
      record.leftOut = [hostile];
      record.waived = [hostile];
      record.conditions = {
        benchId: hostile,
        operator: hostile,
        calibration: { date: '2026-01-01', expires: '2026-12-31', certificate: hostile },
      };
      Object.assign(provenance.dataset, { caution: hostile, split: hostile, order: hostile });
      Object.assign(provenance.meter, {
        model: hostile,
        serial: hostile,
        firmware: hostile,
        calibration: hostile,
      });
      Object.assign(provenance.host, { cpu: hostile, platform: hostile });
      Object.assign(provenance.harness, { version: hostile, commit: hostile });
      provenance.firmware[0].compiler = hostile;
      for (const model of provenance.models) model.name = hostile;
      for (const key of record.plan ?? []) key.board = hostile;
      for (const key of record.plan ?? []) key.bundle = hostile;
    }
    if (record.kind === 'golden') record.bundle = hostile;
    if (record.kind === 'block-start') record.key = { ...record.key, board: hostile, bundle: hostile };
    if (record.kind === 'identity') Object.assign(record, { bundle: hostile, resetReason: hostile });
    if (record.kind === 'block-energy') record.uncertainty[0].source = hostile;
    if (record.kind === 'block-end' && record.block === 1)
      Object.assign(record, { valid: hostile, invalidity: 'method' });
  }
  records.splice(-1, 0, {
    kind: 'fault',
    t: '2026-01-01T00:04:00.000Z',
    code: hostile,
    message: hostile,
    action: hostile,
  });
}

/** Everything but tab, line feed and what shows itself. */
const acting = /(?![\t\n])[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u;

describe('a journal full of hostile strings', function () {
  this.timeout(60_000);
  let folder: string;
  const read = (name: string) => readFile(join(folder, name), 'utf8');
  before(async () => {
    const records = testJournal({ windows: 12, levels: testLevels.slice(0, 2) });
    poison(records);
    folder = await writeTestRun(records);
    await runSuite(folder, (await writeReports(folder)).record);
  });

  for (const name of ['report.html', 'report.md', 'windows.csv', 'junit.xml', 'label.svg', 'journal.ndjson'])
    it(`leaves nothing in ${name} that acts on a terminal`, async () => {
      expect(acting.exec(await read(name))).to.equal(null);
    });

  it('adds no element to the page', async () => {
    const html = await read('report.html');
    const { source } = viewerScript();
    expect(html.split(`<script>${source}</script>`)).to.have.length(2);
    expect(html.replace(`<script>${source}</script>`, '')).to.not.match(/<script|<img|<iframe/i);
    expect(html).to.contain('&lt;script&gt;');
  });

  it('adds no mark-up, no cell and no mention to the Markdown', async () => {
    const markdown = await read('report.md');
    const marks = /<script|(?<!\\)\]\(|[^\\]\*c|@everyone/.exec(markdown.replace(/(?<!\\)`[^`\n]*`/g, ''));
    expect(marks).to.equal(null);
    const tables = markdown
      .split(/\n(?!\|)/)
      .map(part => part.split('\n').filter(line => line.startsWith('|')));
    const cells = (row: string) => row.match(/(?<!\\)\|/g)?.length;
    expect(tables.flat().length).to.be.above(6);
    for (const rows of tables) expect(new Set(rows.map(cells)).size, rows.join('\n')).to.be.at.most(1);
  });

  it('puts no formula into the CSV', async () => {
    const csv = await read('windows.csv');
    expect(csv).to.contain("'=HYPERLINK");
    expect(csv).to.not.match(/(^|[,"\n])[=+@]/);
  });

  it('adds no element to junit.xml', async () => {
    expect(await read('junit.xml')).to.not.match(/<script/);
  });

  it('prints nothing that acts on the terminal but colours of its own', async () => {
    let out = '';
    const stream = new Writable({
      write(chunk, _encoding, done) {
        out += String(chunk);
        done();
      },
    });
    for (const words of [
      ['check', folder],
      ['report', folder, '--markdown'],
      ['check', folder, '--allow', hostile],
    ])
      await main(['node', 'littlefirst', ...words], { out: stream, err: stream, cwd: folder });
    expect(out).to.contain('HYPERLINK');
    const colours = new RegExp(`${String.fromCharCode(27)}\\[\\d{1,2}m`, 'g');
    expect(acting.exec(out.replace(colours, ''))).to.equal(null);
    expect(out).to.not.contain(`${String.fromCharCode(27)}[2J`);
  });
});
