import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { appendFile, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { LittlefirstError } from '../errors.js';
import { writeReports } from '../report/write.js';
import { testJournal, writeTestRun } from '../testing/record/run.js';
import { Journal } from './journal/journal.js';
import type { RunRecord } from './run-record.js';
import { checkSeal, sealRun } from './seal.js';

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof LittlefirstError ? error.code : String(error);
}

describe('the seal of a run', () => {
  let folder: string;
  let record: RunRecord;
  let keys: { secret: string; open: string; other: string };

  beforeEach(async () => {
    folder = await writeTestRun(testJournal({ windows: 6 }));
    await mkdir(join(folder, 'recordings'));
    await writeFile(join(folder, 'recordings', 'block-0000-1.lfrec'), 'samples');
    ({ record } = await writeReports(folder));
    const [secret, open, other] = ['key.pem', 'public.pem', 'other.pem'].map(name =>
      join(folder, 'keys', name),
    );
    keys = { secret, open, other };
    await mkdir(join(folder, 'keys'));
    const pair = generateKeyPairSync('ed25519');
    await writeFile(secret, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await writeFile(open, pair.publicKey.export({ type: 'spki', format: 'pem' }));
    await writeFile(other, generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('holds while nothing is changed, and says whose it is', async () => {
    const fingerprint = await sealRun(folder, record, keys.secret);
    expect(await checkSeal(folder)).to.include({ fingerprint, isTrusted: false, run: record.id });
    expect(await checkSeal(folder, keys.open)).to.include({ fingerprint, isTrusted: true });
    await writeFile(join(folder, 'junit.xml'), 'written again by check');
    expect(await checkSeal(folder, keys.open)).to.include({ isTrusted: true });
  });

  it('breaks with every file that changes, is added or goes, and with every member of the seal', async () => {
    await sealRun(folder, record, keys.secret);
    const names = [
      'journal.ndjson',
      'run.json',
      'report.html',
      'report.md',
      'windows.csv',
      'label.svg',
      'label.pdf',
      'recordings/block-0000-1.lfrec',
    ];
    for (const name of names) {
      const before = await readFile(join(folder, name));
      await appendFile(join(folder, name), ' ');
      expect(await codeOf(checkSeal(folder)), `${name} changed`).to.equal('LF_RUN_CORRUPT');
      await rm(join(folder, name));
      expect(await codeOf(checkSeal(folder)), `${name} gone`).to.equal('LF_RUN_CORRUPT');
      await writeFile(join(folder, name), before);
    }
    await writeFile(join(folder, 'recordings', 'more.lfrec'), '');
    expect(await codeOf(checkSeal(folder)), 'a file more').to.equal('LF_RUN_CORRUPT');
    await rm(join(folder, 'recordings', 'more.lfrec'));
    const seal = JSON.parse(await readFile(join(folder, 'seal.json'), 'utf8'));
    const changes: [string, unknown][] = [
      ['run', 'another'],
      ['sealedAt', '2020-01-01T00:00:00.000Z'],
      ['files', seal.files.slice(1)],
      ['publicKey', seal.signature],
      ['signature', seal.publicKey],
      ['schema', 'littlefirst.seal/2'],
      ['more', 1],
    ];
    for (const [member, value] of changes) {
      await writeFile(join(folder, 'seal.json'), JSON.stringify({ ...seal, [member]: value }));
      expect(await codeOf(checkSeal(folder)), member).to.equal('LF_RUN_CORRUPT');
    }
    await writeFile(join(folder, 'seal.json'), '{');
    expect(await codeOf(checkSeal(folder))).to.equal('LF_RUN_CORRUPT');
  });

  it('is not looked for in what is no file, nor in one that no run can have', async () => {
    await sealRun(folder, record, keys.secret);
    const seal = join(folder, 'seal.json');
    await truncate(seal, 2 ** 30);
    expect(await codeOf(checkSeal(folder)), 'a gigabyte').to.equal('LF_RUN_CORRUPT');
    await rm(seal);
    execFileSync('mkfifo', [seal]);
    expect(await codeOf(checkSeal(folder)), 'a pipe').to.equal('LF_RUN_CORRUPT');
  });

  it('is none by another key, or where a key is asked for and there is none', async () => {
    expect(await checkSeal(folder)).to.equal(undefined);
    expect(await codeOf(checkSeal(folder, keys.open))).to.equal('LF_RUN_CORRUPT');
    await sealRun(folder, record, keys.secret);
    expect(await codeOf(checkSeal(folder, keys.other))).to.equal('LF_RUN_CORRUPT');
    expect(await codeOf(checkSeal(folder, join(folder, 'nowhere')))).to.equal('LF_USAGE');
  });

  it('closes the run: no second seal, no reports written again, no going on', async () => {
    await sealRun(folder, record, keys.secret);
    expect(await codeOf(sealRun(folder, record, keys.secret))).to.equal('LF_USAGE');
    expect(await codeOf(writeReports(folder))).to.equal('LF_USAGE');
    expect(await codeOf(Journal.resume(folder))).to.equal('LF_USAGE');
  });

  it('is refused to other keys and to runs that ended in an error', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    await writeFile(keys.other, rsa.export({ type: 'pkcs8', format: 'pem' }));
    expect(await codeOf(sealRun(folder, record, keys.other))).to.equal('LF_USAGE');
    expect(await codeOf(sealRun(folder, record, keys.open))).to.equal('LF_USAGE');
    expect(await codeOf(sealRun(folder, { ...record, outcome: 'error' }, keys.secret))).to.equal('LF_USAGE');
    expect(await codeOf(sealRun(folder, { ...record, integrity: 'unchained' }, keys.secret))).to.equal(
      'LF_USAGE',
    );
  });
});
