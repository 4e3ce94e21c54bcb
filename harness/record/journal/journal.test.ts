import { execFileSync } from 'node:child_process';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import { LittlefirstError } from '../../errors.js';
import { moduleHref, nodeWords } from '../../testing/child.js';
import { codeOf } from '../../testing/failure.js';
import { firstOf, testJournal } from '../../testing/record/run.js';
import { Journal, journalFileName, readJournal } from './journal.js';
import type { JournalRecord } from './records.js';

const fault = (message: string) =>
  ({ kind: 'fault', code: 'LF_DUT_REPLY', message, action: 'none' }) as const;

describe('Journal', () => {
  let folder: string;
  /** A journal whose faults wait for nothing any more. */
  const begun = () => {
    const journal = Journal.create(folder);
    journal.write({ kind: 'finish', outcome: 'aborted' });
    return journal;
  };
  const faultsOf = (records: readonly JournalRecord[]) =>
    records.flatMap(record => (record.kind === 'fault' ? [record.message] : []));
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'littlefirst-journal-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('gives back what was written, with its time, before it is closed', async () => {
    const journal = begun();
    journal.write(fault('one'));
    journal.write(fault('two ü'));
    const records = await readJournal(folder);
    expect(faultsOf(records)).to.deep.equal(['one', 'two ü']);
    expect(records[0].t).to.match(/^\d{4}-\d\d-\d\dT/);
    journal.close();
    journal.close();
  });

  it('ignores a torn last line and writes on behind the whole ones', async () => {
    const journal = begun();
    journal.write(fault('one'));
    journal.close();
    await appendFile(join(folder, journalFileName), '{"kind":"fault","t":"20');
    expect(faultsOf(await readJournal(folder))).to.deep.equal(['one']);
    const resumed = await Journal.resume(folder);
    expect(faultsOf(resumed.records)).to.deep.equal(['one']);
    resumed.journal.write(fault('two'));
    resumed.journal.close();
    expect(faultsOf(await readJournal(folder))).to.deep.equal(['one', 'two']);
    expect(await readFile(join(folder, journalFileName), 'utf8')).to.not.include('"t":"20{');
  });

  it('drops a last line that came twice, when it is read and when it is gone on with', async () => {
    const journal = begun();
    journal.write(fault('one'));
    journal.write(fault('two'));
    journal.close();
    const path = join(folder, journalFileName);
    const lines = (await readFile(path, 'utf8')).split('\n');
    await appendFile(path, `${lines[2]}\n`);
    expect(faultsOf(await readJournal(folder))).to.deep.equal(['one', 'two']);
    const resumed = await Journal.resume(folder);
    resumed.journal.write(fault('three'));
    resumed.journal.close();
    const records = await readJournal(folder);
    expect(faultsOf(records)).to.deep.equal(['one', 'two', 'three']);
  });

  it('stays whole when a line does not fit the disk any more', async () => {
    const module = moduleHref('record/journal/journal');
    const script = `const { Journal } = await import(${JSON.stringify(module)});
      const journal = Journal.create(${JSON.stringify(folder)});
      journal.write({ kind: 'finish', outcome: 'aborted' });
      const write = message => journal.write({ kind: 'fault', code: 'C', message, action: '' });
      write('before');
      try { write('x'.repeat(100_000)); } catch (error) { console.log(error.code); }
      write('after');`;
    /* A limit of the size of files stands for the full disk: part of the line is written, the rest is refused. */
    const limited = `trap '' XFSZ; ulimit -f 40; exec "$@"`;
    const words = [process.execPath, ...nodeWords, '--input-type=module', '-e', script];
    const { stdout } = await execa('bash', ['-c', limited, 'bash', ...words], {
      env: { TSX_DISABLE_CACHE: '1' },
    });
    expect(stdout).to.equal('LF_JOURNAL');
    const records = await readJournal(folder);
    expect(faultsOf(records)).to.deep.equal(['before', 'after']);
  });

  it('keeps the campaign on the first line, whatever went wrong before it was known', async () => {
    const journal = Journal.create(folder);
    const said: string[] = [];
    journal.onRecord = ({ kind }) => said.push(kind);
    journal.write(fault('early'));
    expect(said).to.deep.equal(['fault']);
    const { t, ...campaign } = firstOf(testJournal(), 'campaign');
    journal.write(campaign);
    journal.write(fault('late'));
    journal.close();
    const records = await readJournal(folder);
    expect(records.map(({ kind }) => kind)).to.deep.equal(['campaign', 'fault', 'fault']);
    expect(faultsOf(records)).to.deep.equal(['early', 'late']);
    expect(records[1].t <= records[0].t).to.equal(true);
  });

  it('tells of what went wrong where no campaign began', async () => {
    const journal = Journal.create(folder);
    journal.write(fault('early'));
    journal.write({ kind: 'finish', outcome: 'aborted' });
    journal.close();
    expect((await readJournal(folder)).map(({ kind }) => kind)).to.deep.equal(['fault', 'finish']);
  });

  it('names the line that is no record', async () => {
    const path = join(folder, journalFileName);
    for (const line of ['nonsense', '[1]', '{"kind":"other"}', '7']) {
      await writeFile(path, `{"kind":"finish","t":"","outcome":"complete"}\n${line}\n`);
      expect(await codeOf(readJournal(folder)), line).to.equal('LF_RUN_CORRUPT');
    }
  });

  it('is no pipe that nobody writes into: strangers make run folders, too', async () => {
    execFileSync('mkfifo', [join(folder, journalFileName)]);
    expect(await codeOf(readJournal(folder))).to.equal('LF_RUN_CORRUPT');
    expect(() => Journal.create(folder))
      .to.throw(LittlefirstError)
      .with.property('code', 'LF_RUN_CORRUPT');
  });

  it('says that there is no run, and never writes over one', async () => {
    expect(await codeOf(readJournal(join(folder, 'absent')))).to.equal('LF_RUN_MISSING');
    const journal = Journal.create(folder);
    const key = { board: 'b', chip: 'c', level: { name: 'l', mV: 1, Hz: 1 }, bundle: 'u', strategy: 's' };
    journal.write({ kind: 'block-start', block: 0, attempt: 1, key });
    journal.close();
    expect(() => Journal.create(folder))
      .to.throw(LittlefirstError)
      .with.property('code', 'LF_JOURNAL');
  });
});
