import { mkdtemp, rm, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ErrorCode } from '../errors.js';
import { writeTinyUciHar } from '../testing/data/folders.js';
import { failure } from '../testing/failure.js';
import { loadWindows } from './load.js';
import { channelNames } from './types.js';
import { loadUciHar } from './uci-har.js';

describe('UCI HAR loader', () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'littlefirst-data-'));
    await writeTinyUciHar(root);
  });

  afterEach(() => rm(root, { recursive: true }));

  it('gives windows as physical samples in published order', async () => {
    const set = await loadUciHar({ root, split: 'test', order: 'published' });
    expect([...set.starts]).to.deep.equal([0, 64, 192]);
    expect([...set.labels]).to.deep.equal([4, 4, 0]);
    expect([...set.subjects]).to.deep.equal([2, 2, 2]);
    expect([...set.resets]).to.deep.equal([0]);
    expect([...set.samples.subarray(9, 18)]).to.deep.equal(
      channelNames.map((name, c) => (9 + c) * (name.startsWith('body_gyro') ? 2 ** -12 : 2 ** -13)),
    );
  });

  it('sorts by time and resets at each experiment in chronological order', async () => {
    const set = await loadUciHar({ root, split: 'test', order: 'chronological' });
    expect([...set.starts]).to.deep.equal([192, 0, 64]);
    expect([...set.labels]).to.deep.equal([0, 4, 4]);
    expect([...set.resets]).to.deep.equal([0, 1]);
  });

  it('hashes what it gives', async () => {
    const published = await loadUciHar({ root, split: 'test', order: 'published' });
    const again = await loadUciHar({ root, split: 'test', order: 'published' });
    const chronological = await loadUciHar({ root, split: 'test', order: 'chronological' });
    expect(published.sha256)
      .to.match(/^[0-9a-f]{64}$/)
      .and.equal(again.sha256);
    expect(chronological.sha256).to.not.equal(published.sha256);
  });

  it('keeps the first windows when limited', async () => {
    const set = await loadWindows({ data: 'uci-har', split: 'test', order: 'chronological', limit: 1, root });
    expect([...set.starts]).to.deep.equal([192]);
    expect([...set.resets]).to.deep.equal([0]);
    await failure(
      () => loadWindows({ data: 'uci-har', split: 'test', order: 'published', limit: 0, root }),
      'LF_USAGE',
    );
  });

  const file = (name: string): string => join(root, 'uci-har', name);
  const damages: [string, ErrorCode, () => Promise<void>, RegExp][] = [
    ['no folder', 'LF_DATA_MISSING', () => rm(join(root, 'uci-har'), { recursive: true }), /uci-har\.json/],
    ['a missing file', 'LF_DATA_MISSING', () => unlink(file('test.starts.u32')), /test\.starts\.u32/],
    [
      'a truncated file',
      'LF_DATA_CORRUPT',
      () => truncate(file('test.samples.i16'), 5759),
      /test\.samples\.i16[\s\S]*5760 bytes[\s\S]*5759 bytes/,
    ],
    [
      'a file too long',
      'LF_DATA_CORRUPT',
      () => writeFile(file('test.labels.u8'), '12345'),
      /3 bytes[\s\S]*5 bytes/,
    ],
    [
      'an unknown label',
      'LF_DATA_CORRUPT',
      () => writeFile(file('test.labels.u8'), '\x01\x07\x01'),
      /7 at window 1/,
    ],
    [
      'a window beyond the samples',
      'LF_DATA_CORRUPT',
      () => writeFile(file('test.starts.u32'), Uint32Array.of(0, 64, 193)),
      /193 at window 2/,
    ],
    ['no JSON', 'LF_DATA_CORRUPT', () => writeFile(file('uci-har.json'), '{'), /uci-har\.json/],
    ['other fields', 'LF_DATA_CORRUPT', () => writeFile(file('uci-har.json'), '{}'), /windowSamples/],
    [
      'an odd window list',
      'LF_DATA_CORRUPT',
      () => writeFile(file('windows.csv'), 'a,b\n1,2\n'),
      /windows\.csv/,
    ],
    [
      'a ragged window list',
      'LF_DATA_CORRUPT',
      () => writeFile(file('windows.csv'), 'a,b\n1\n'),
      /windows\.csv/,
    ],
  ];
  for (const [damage, code, inflict, message] of damages) {
    it(`refuses ${damage}`, async () => {
      await inflict();
      const error = await failure(() => loadUciHar({ root, split: 'test', order: 'chronological' }), code);
      expect(error.message).to.match(message);
    });
  }

  it('says what to do when no folder is named', async () => {
    const before = process.env.LITTLEFIRST_DATA;
    delete process.env.LITTLEFIRST_DATA;
    try {
      const error = await failure(
        () => loadWindows({ data: 'uci-har', split: 'test', order: 'published' }),
        'LF_DATA_MISSING',
      );
      expect(error.message).to.contain('LITTLEFIRST_DATA').and.contain('synthetic');
    } finally {
      if (before !== undefined) process.env.LITTLEFIRST_DATA = before;
    }
  });
});
