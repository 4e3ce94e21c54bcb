import { createHash } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { strToU8, zipSync } from 'fflate';
import { channelsOf, haptArchive, rows, uciHarArchive, zip } from '../../testing/data/archives.js';
import { failure } from '../../testing/failure.js';
import { loadWindows } from '../load.js';
import { Archive } from './archive.js';
import { download } from './download.js';
import { type FetchProgress, fetchDataSets } from './fetch.js';

describe('Fetching data sets', () => {
  const whole = { '341': haptArchive(), '240': uciHarArchive() };
  let served: Record<string, Uint8Array | number>;
  let requests: { url: string; range?: string }[];
  let cutAfter: number | undefined;
  let server: Server;
  let baseUrl: string;
  let target: string;

  beforeEach(async () => {
    served = { ...whole };
    requests = [];
    cutAfter = undefined;
    target = await mkdtemp(join(tmpdir(), 'littlefirst-fetch-'));
    server = createServer((request, response) => {
      const url = request.url ?? '';
      const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
      requests.push({ url, range: request.headers.range });
      const content = served[url.split('/')[2]];
      if (typeof content === 'number') {
        response.writeHead(content).end();
        return;
      }
      const from = range === null ? 0 : Number(range[1]);
      response.writeHead(from > 0 ? 206 : 200, { 'content-length': content.length - from });
      if (cutAfter === undefined) response.end(content.subarray(from));
      else response.write(content.subarray(from, from + cutAfter));
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/public/`;
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
    await rm(target, { recursive: true });
  });

  const fetchAll = (onProgress?: (progress: FetchProgress) => void) =>
    fetchDataSets({ target, baseUrl, sha256: 'record', onProgress });

  it('converts both archives to the layout that the loaders read', async () => {
    const steps: string[] = [];
    const results = await fetchAll(progress => steps.push(`${progress.name} ${progress.step}`));
    expect(requests.map(({ url }) => url)).to.deep.equal([
      '/public/341/smartphone+based+recognition+of+human+activities+and+postural+transitions.zip',
      '/public/240/human+activity+recognition+using+smartphones.zip',
    ]);
    expect(results.map(({ name, fetched, verified }) => [name, fetched, verified])).to.deep.equal([
      ['hapt', true, false],
      ['uci-har', true, false],
    ]);
    expect(new Set(steps)).to.have.property('size', 4);
    expect((await readdir(target)).sort()).to.deep.equal(['hapt', 'uci-har']);

    const train = await loadWindows({ data: 'uci-har', split: 'train', order: 'published', root: target });
    expect([...train.starts]).to.deep.equal([0, 64, 192]);
    expect([...train.labels]).to.deep.equal([4, 4, 0]);
    const channels = channelsOf(1);
    for (let i = 0; i < 128 * 9; i++) {
      expect(train.samples[192 * 9 + i]).to.be.closeTo(channels[400 * 9 + i], 2 ** -13 + 1e-6);
    }
    const test = await loadWindows({ data: 'uci-har', split: 'test', order: 'chronological', root: target });
    expect([...test.labels]).to.deep.equal([5, 0]);

    const stream = await loadWindows({ data: 'hapt', split: 'test', order: 'chronological', root: target });
    expect([...stream.labels]).to.deep.equal([255, 255, 0, 0, 0, 0, 255, 255]);
    expect(await readFile(join(target, 'hapt', 'windows.csv'), 'utf8')).to.equal(
      [
        'split,index,label,subject,experiment,sourceStart',
        'train,0,5,1,1,0',
        'train,1,5,1,1,64',
        'train,2,5,1,1,128',
        ...[100, 164, 228, 292, 356].map((start, i) => `test,${i},1,2,2,${start}`),
        '',
      ].join('\n'),
    );
  });

  it('leaves alone what is there', async () => {
    await fetchAll();
    requests.length = 0;
    const results = await fetchAll();
    expect(requests).to.deep.equal([]);
    expect(results.every(({ fetched }) => !fetched)).to.equal(true);
  });

  it('checks hashes, and throws a wrong archive away', async () => {
    const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
    const error = await failure(() => fetchDataSets({ target, baseUrl }), 'LF_DATA_DOWNLOAD');
    expect(error.message).to.contain(hash(whole['341']));
    expect(await readdir(target)).to.deep.equal([]);
    const sha256 = { hapt: hash(whole['341']), 'uci-har': hash(whole['240']) };
    const results = await fetchDataSets({ target, baseUrl, sha256 });
    expect(results.map(result => [result.sha256, result.verified])).to.deep.equal([
      [sha256.hapt, true],
      [sha256['uci-har'], true],
    ]);
  });

  it('continues an interrupted download', async () => {
    cutAfter = 1000;
    const error = await failure(
      () =>
        fetchAll(progress => {
          if (progress.step === 'download' && progress.bytes === 1000) server.closeAllConnections();
        }),
      'LF_DATA_DOWNLOAD',
    );
    expect(error.message).to.contain('341');
    cutAfter = undefined;
    await fetchAll();
    expect(requests.map(({ range }) => range)).to.deep.equal([undefined, 'bytes=1000-', undefined]);
  });

  it('stops a download that is too large, whether the server says its length or not', async () => {
    const file = join(target, 'file');
    const lavish = createServer((request, response) => {
      const chunk = Buffer.alloc(1000);
      if (request.url === '/said') response.writeHead(200, { 'content-length': 1_000_000 });
      const pour = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', pour);
      pour();
    });
    await new Promise<void>(resolve => lavish.listen(0, '127.0.0.1', resolve));
    for (const path of ['said', 'endless']) {
      const url = `http://127.0.0.1:${(lavish.address() as AddressInfo).port}/${path}`;
      const error = await failure(() => download(url, file, () => {}, 100_000), 'LF_DATA_DOWNLOAD');
      expect(error.message).to.contain('too large');
      expect(await readdir(target)).to.deep.equal([]);
    }
    lavish.closeAllConnections();
    await new Promise(resolve => lavish.close(resolve));
  });

  it('unpacks no file that is larger than any published one', async () => {
    const bomb = zip({ 'test/y_test.txt': '1 ' });
    const view = Buffer.from(bomb.buffer, bomb.byteOffset, bomb.length);
    const entry = view.indexOf('PK\x01\x02', 0, 'latin1');
    view.writeUInt32LE(0xf000_0000, entry + 24); // uncompressed size in the central directory (APPNOTE.TXT 4.3.12)
    await failure(async () => new Archive('bomb.zip', bomb).numbers('y_test.txt', 1), 'LF_DATA_CORRUPT');
  });

  it('unpacks no more altogether, and of files of one name only the first', async () => {
    const whole = zip({ 'test/y_test.txt': '7 ', 'other/test/y_test.txt': 'x' });
    expect([...new Archive('two.zip', whole).numbers('test/y_test.txt', 1)]).to.deep.equal([7]);
    const many = zip(Object.fromEntries(Array.from({ length: 3 }, (_, i) => [`${i}.zip`, 'x'])));
    const view = Buffer.from(many.buffer, many.byteOffset, many.length);
    for (let at = view.indexOf('PK\x01\x02', 0, 'latin1'); at >= 0; ) {
      view.writeUInt32LE(0x0c00_0000, at + 24); // 192 MiB each
      at = view.indexOf('PK\x01\x02', at + 1, 'latin1');
    }
    const error = await failure(async () => new Archive('many.zip', many).names(), 'LF_DATA_CORRUPT');
    expect(error.message).to.match(/would unpack to \d+ bytes/);
  });

  it('looks into an archive within an archive, and not into any depth or number of them', async () => {
    let nested = zip({ 'y_test.txt': '7 ' });
    const around = (inner: Uint8Array) => zipSync({ 'inner.zip': inner });
    for (let depth = 1; depth <= 2; depth += 1) {
      nested = around(nested);
      expect([...new Archive('a.zip', nested).numbers('y_test.txt', 1)]).to.deep.equal([7]);
    }
    for (let depth = 3; depth <= 30; depth += 1) nested = around(nested);
    for (const look of [
      (archive: Archive) => archive.names(),
      (archive: Archive) => archive.numbers('y_test.txt', 1),
    ])
      await failure(async () => look(new Archive('deep.zip', nested)), 'LF_DATA_CORRUPT');
    const inner = zip({ 'x.txt': '7 ' });
    const wide = zipSync(Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`${i}.zip`, inner])));
    await failure(async () => new Archive('wide.zip', wide).names(), 'LF_DATA_CORRUPT');
  });

  it('leaves nothing of a fetch that was killed while it converted', async () => {
    const folder = `littlefirst-fetch-${/\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0]}-999999999-abcdef`;
    await mkdir(join(target, folder));
    await fetchAll();
    expect(await readdir(target)).to.have.members(['hapt', 'uci-har']);
  });

  it('starts anew when the server has nothing to continue with', async () => {
    await writeFile(join(target, '.hapt.zip.part'), 'too much');
    served['341'] = 416;
    await failure(() => fetchAll(), 'LF_DATA_DOWNLOAD');
    served['341'] = whole['341'];
    await fetchAll();
    expect(requests.slice(0, 2).map(({ range }) => range)).to.deep.equal(['bytes=8-', undefined]);
  });

  it('reports a refusing and an absent server', async () => {
    served['341'] = 503;
    const refusal = await failure(() => fetchAll(), 'LF_DATA_DOWNLOAD');
    expect(refusal.message).to.contain('503');
    await failure(
      () => fetchDataSets({ target, baseUrl: 'http://127.0.0.1:1/', sha256: 'record' }),
      'LF_DATA_DOWNLOAD',
    );
    expect(await readdir(target)).to.deep.equal([]);
  });

  const badArchives: [string, () => void, RegExp][] = [
    [
      'no zip archive',
      () => {
        served['341'] = strToU8('<html>sorry</html>');
      },
      /cannot be unpacked/,
    ],
    [
      'an archive without recordings',
      () => {
        served['341'] = zip({ 'a.txt': 'a' });
      },
      /RawData/,
    ],
    [
      'text for a number',
      () => {
        served['341'] = haptArchive(files => {
          files['RawData/labels.txt'] = '1 1 5 one 300';
        });
      },
      /"one"/,
    ],
    [
      'a ragged file',
      () => {
        served['341'] = haptArchive(files => {
          files['RawData/labels.txt'] = '1 1 5 1';
        });
      },
      /5 numbers a row/,
    ],
    [
      'a value off the sensor’s steps',
      () => {
        served['341'] = haptArchive(files => {
          files['RawData/acc_exp01_user01.txt'] = '0.001 0 0\n'.repeat(rows);
        });
      },
      /step/,
    ],
    [
      'sensors of unequal length',
      () => {
        served['341'] = haptArchive(files => {
          files['RawData/acc_exp01_user01.txt'] = '0 0 0';
        });
      },
      /1 rows/,
    ],
    [
      'a missing signal',
      () => {
        served['240'] = uciHarArchive(files => {
          delete files['UCI HAR Dataset/test/Inertial Signals/body_gyro_y_test.txt'];
        });
      },
      /body_gyro_y_test/,
    ],
    [
      'fewer subjects than windows',
      () => {
        served['240'] = uciHarArchive(files => {
          files['UCI HAR Dataset/test/subject_test.txt'] = '2';
        });
      },
      /subject_test/,
    ],
    [
      'windows of nobody’s recording',
      () => {
        served['240'] = uciHarArchive(files => {
          files['UCI HAR Dataset/test/subject_test.txt'] = '2\n1\n';
        });
      },
      /test window 1/,
    ],
  ];
  for (const [what, arrange, message] of badArchives) {
    it(`refuses ${what} and leaves no half-made folder`, async () => {
      arrange();
      const error = await failure(() => fetchAll(), 'LF_DATA_CORRUPT');
      expect(error.message).to.match(message);
      const left = await readdir(target);
      expect(left.filter(name => !name.endsWith('.zip') && name !== 'hapt')).to.deep.equal([]);
    });
  }
});
