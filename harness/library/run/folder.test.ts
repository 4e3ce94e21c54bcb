import { readdirSync, readFileSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { LittlefirstError } from '../../errors.js';
import { Journal, journalFileName } from '../../record/journal/journal.js';
import { makeRunFolder, pointLatest } from './folder.js';

const key = { board: 'b', chip: 'c', level: { name: 'l', mV: 1, Hz: 1 }, bundle: 'u', strategy: 's' };

function refusal(act: () => unknown): LittlefirstError {
  try {
    act();
  } catch (error) {
    return error as LittlefirstError;
  }
  throw new Error('nothing was refused');
}

describe('the folder of a run', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'littlefirst-folder-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('may be begun again when the run ended before its first block', async () => {
    const out = makeRunFolder(folder, 'id', 'out');
    const journal = Journal.create(out);
    journal.write({
      kind: 'fault',
      code: 'LF_LINK_OPEN',
      message: 'text with "kind":"block-start"',
      action: '',
    });
    journal.write({ kind: 'finish', outcome: 'aborted' });
    journal.close();
    await writeFile(join(out, 'report.html.123-1.part'), 'half');
    const again = Journal.create(makeRunFolder(folder, 'id', 'out'));
    expect(readFileSync(join(out, journalFileName), 'utf8')).to.equal('');
    expect(readdirSync(out)).to.deep.equal([journalFileName]);
    again.close();
  });

  it('is refused when it holds a block, or a run is under way in it', () => {
    const out = makeRunFolder(folder, 'id', 'out');
    const journal = Journal.create(out);
    const busy = refusal(() => Journal.create(makeRunFolder(folder, 'id', 'out')));
    expect(busy.code).to.equal('LF_USAGE');
    expect(busy.message).to.include(`process ${process.pid}`);
    journal.write({ kind: 'block-start', block: 0, attempt: 1, key });
    journal.close();
    const full = refusal(() => makeRunFolder(folder, 'id', 'out'));
    expect([full.code, full.message]).to.match(/LF_USAGE.*already holds a run/);
    expect(refusal(() => Journal.create(out)).code).to.equal('LF_JOURNAL');
  });

  it('is refused, soon, where none can be', () => {
    for (const out of ['/proc/x', '/proc/self/x/y', '/dev/null/x'])
      expect(refusal(() => makeRunFolder(folder, 'id', out)).code, out).to.equal('LF_USAGE');
  });
});

describe('reports/latest', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'littlefirst-latest-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('points at one of many runs that end together', async () => {
    const runs = Array.from({ length: 40 }, (_, i) => `run-${i}`);
    for (const run of runs) await mkdir(join(folder, run));
    const problems = await Promise.all(runs.map(run => pointLatest(join(folder, run))));
    expect(problems.filter(problem => problem !== undefined)).to.deep.equal([]);
    expect(runs).to.include(await readlink(join(folder, 'latest')));
    expect((await readdir(folder)).sort()).to.deep.equal([...runs, 'latest'].sort());
  });

  it('takes the place of an older link, one that leads nowhere too', async () => {
    await symlink('gone', join(folder, 'latest'));
    await mkdir(join(folder, 'run'));
    expect(await pointLatest(join(folder, 'run'))).to.equal(undefined);
    expect(await readlink(join(folder, 'latest'))).to.equal('run');
  });

  it('leaves a folder or file of that name alone, and says so', async () => {
    await mkdir(join(folder, 'run'));
    await mkdir(join(folder, 'latest'));
    await writeFile(join(folder, 'latest', 'precious'), 'years of work');
    expect(await pointLatest(join(folder, 'run'))).to.include('left as it is');
    expect(await readFile(join(folder, 'latest', 'precious'), 'utf8')).to.equal('years of work');
    await rm(join(folder, 'latest'), { recursive: true });
    await writeFile(join(folder, 'latest'), 'text');
    expect(await pointLatest(join(folder, 'run'))).to.include('left as it is');
    expect((await lstat(join(folder, 'latest'))).isFile()).to.equal(true);
    expect(await readdir(folder)).to.have.members(['run', 'latest']);
  });

  it('never throws, whatever the folder is', async () => {
    expect(await pointLatest(join(folder, 'no', 'such', 'run'))).to.include('does not point');
  });
});
