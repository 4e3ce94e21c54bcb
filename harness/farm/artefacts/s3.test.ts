import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect } from 'chai';
import { makeFolder } from '../../host/make-folder.js';
import { removeTemporaryFolder } from '../../host/temporary-folder.js';
import { codeOf } from '../../testing/failure.js';
import { startS3Store } from '../../testing/farm/s3-store.js';
import type { ArtefactFiles } from './files.js';
import { s3Files, s3Options } from './s3.js';

const secret = 'a/secret+of/the+store';
const hashOf = (content: Buffer) => createHash('sha256').update(content).digest('hex');

describe('artefacts in an S3 store', () => {
  let store: Awaited<ReturnType<typeof startS3Store>>;
  const made: string[] = [];
  const environment = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'AKTEST',
    AWS_SECRET_ACCESS_KEY: secret,
    AWS_ENDPOINT_URL_S3: store.endpoint,
    ...more,
  });
  const open = async (
    more?: NodeJS.ProcessEnv,
    url = 's3://bench-files/farm/nightly',
  ): Promise<ArtefactFiles> => {
    const files = await s3Files(s3Options(url, environment(more)));
    made.push(files.incoming);
    return files;
  };
  /** Keeps a content under a name. */
  const keep = async (files: ArtefactFiles, content: Buffer, name = hashOf(content)) => {
    makeFolder(files.incoming, 0o700);
    const file = join(files.incoming, name);
    await writeFile(file, content);
    await files.keep(name, file, content.length);
  };

  before(async () => {
    store = await startS3Store(secret);
  });
  after(() => {
    store.close();
    for (const folder of made) removeTemporaryFolder(folder);
  });

  it('are kept, found and given back under their hash below the prefix, large ones too', async () => {
    const files = await open();
    for (const content of [Buffer.from('{}'), Buffer.alloc(0), Buffer.alloc(3_000_001, 7)]) {
      const name = hashOf(content);
      expect(await files.has(name)).to.equal(false);
      expect(await files.open(name)).to.equal(undefined);
      await keep(files, content);
      expect(await files.has(name)).to.equal(true);
      const found = await files.open(name);
      expect(found?.bytes).to.equal(content.length);
      expect(content.equals(await buffer(found!.content))).to.equal(true);
      expect(store.objects.has(`/bench-files/farm/nightly/${name}`)).to.equal(true);
    }
  });

  it('are not taken where the content is not what its name says, or the key is wrong', async () => {
    const files = await open();
    const name = hashOf(Buffer.from('right'));
    expect(await codeOf(keep(files, Buffer.from('wrong'), name))).to.equal('LF_FARM');
    expect(await files.has(name)).to.equal(false);
    const stranger = await open({ AWS_SECRET_ACCESS_KEY: 'another' });
    const error = await stranger.has(name).catch((reason: unknown) => reason);
    expect(error).to.have.property('code', 'LF_FARM');
    const refused = await keep(stranger, Buffer.from('x')).catch((reason: unknown) => reason);
    expect(String(refused)).to.contain('SignatureDoesNotMatch');
  });

  it('say which bucket or store is not there', async () => {
    const nowhere = await open({}, 's3://no-such-bucket');
    expect(String(await keep(nowhere, Buffer.from('x')).catch((e: unknown) => e))).to.contain('NoSuchBucket');
    const gone = await open({ AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' });
    expect(String(await gone.has('0'.repeat(64)).catch((e: unknown) => e))).to.contain('ECONNREFUSED');
  });

  it('need an address and the variables that AWS names', () => {
    for (const url of ['s3://', 's3://UPPER', 's3://a', 's3://bucket/../x y'])
      expect(() => s3Options(url, environment()), url).to.throw(/names no bucket/);
    for (const name of ['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'])
      expect(() => s3Options('s3://bucket', environment({ [name]: '' }))).to.throw(name);
    expect(s3Options('s3://bucket/a/b/', environment({ AWS_ENDPOINT_URL_S3: undefined }))).to.include({
      bucket: 'bucket',
      prefix: 'a/b',
      endpoint: undefined,
    });
  });
});
