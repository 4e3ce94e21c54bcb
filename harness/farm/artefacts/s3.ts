import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { LittlefirstError } from '../../errors.js';
import { makeTemporaryFolder } from '../../host/temporary-folder.js';
import { loadOptional, optionalModule } from '../../optional-module.js';
import { visible } from '../../visible.js';
import type { ArtefactFiles } from './files.js';

export interface S3Options {
  bucket: string;
  /** Before each name, without slashes at its ends; may be empty. */
  prefix: string;
  /** Of a store that is not AWS's; its buckets are addressed by path. Default: AWS's own of the region. */
  endpoint?: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** No word from the store for so long, milliseconds: it is given up. Assumed: far above what a store needs for an answer's first byte. */
const silenceMilliseconds = 30_000;
const emptyHash = createHash('sha256').update('').digest('hex');

const address = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([\w.\-/]*))?$/;

/**
 * The store of an address `s3://BUCKET[/PREFIX]`, with region, keys and endpoint from the variables that AWS's own tools read.
 * @throws LF_USAGE naming the variable that is missing
 */
export function s3Options(url: string, environment: NodeJS.ProcessEnv): S3Options {
  const [, bucket, prefix = ''] = address.exec(url) ?? [];
  if (bucket === undefined)
    throw new LittlefirstError('LF_USAGE', 'This names no bucket', {
      expected: 's3://BUCKET or s3://BUCKET/PREFIX',
      received: url,
    });
  const needed = (name: string): string => {
    const value = environment[name];
    if (value !== undefined && value !== '') return value;
    throw new LittlefirstError('LF_USAGE', `The store ${url} needs ${name}`, {
      expected: 'AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment',
      received: `no ${name}`,
      hint: 'AWS_ENDPOINT_URL_S3 names a store that is not AWS',
    });
  };
  return {
    bucket,
    prefix: prefix.replace(/^\/+|\/+$/g, ''),
    endpoint: environment.AWS_ENDPOINT_URL_S3 || undefined,
    region: needed('AWS_REGION'),
    accessKeyId: needed('AWS_ACCESS_KEY_ID'),
    secretAccessKey: needed('AWS_SECRET_ACCESS_KEY'),
    sessionToken: environment.AWS_SESSION_TOKEN || undefined,
  };
}

/** SHA-256 and its HMAC as the signer takes them. */
class Sha256 {
  private readonly hash: Hash | Hmac;

  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.hash = key === undefined ? createHash('sha256') : createHmac('sha256', keyBytes(key));
  }

  update(data: Uint8Array): void {
    this.hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.hash.digest();
  }

  reset(): void {
    throw new Error('the signer makes a hash for each text');
  }
}

function keyBytes(key: string | ArrayBuffer | ArrayBufferView): string | Uint8Array {
  if (typeof key === 'string') return key;
  return ArrayBuffer.isView(key)
    ? new Uint8Array(key.buffer, key.byteOffset, key.byteLength)
    : new Uint8Array(key);
}

/**
 * Artefacts as objects of an S3 store (Amazon S3 API reference: PutObject, HeadObject, GetObject; requests signed by Signature Version 4, the content's
 * hash among what is signed, so that the store refuses what was changed on its way).
 * @throws LF_TOOL_MISSING without the signer
 */
export async function s3Files(options: S3Options): Promise<ArtefactFiles> {
  const { SignatureV4 } = await loadOptional(
    () => import('@smithy/signature-v4'),
    optionalModule('@smithy/signature-v4'),
  );
  const { bucket, prefix, region, accessKeyId, secretAccessKey, sessionToken } = options;
  const base = new URL(options.endpoint ?? `https://${bucket}.s3.${region}.amazonaws.com`);
  const top = [
    ...base.pathname.split('/'),
    ...(options.endpoint === undefined ? [] : [bucket]),
    ...prefix.split('/'),
  ].filter(part => part !== '');
  const signer = new SignatureV4({
    ...{ service: 's3', region, sha256: Sha256, uriEscapePath: false },
    credentials: { accessKeyId, secretAccessKey, sessionToken },
  });

  /** One request; the answer's body is still to be read. */
  const ask = async (
    method: 'GET' | 'HEAD' | 'PUT',
    sha256: string,
    content?: { file: string; bytes: number },
  ): Promise<IncomingMessage> => {
    const path = `/${[...top, sha256].join('/')}`;
    const { headers } = await signer.sign({
      ...{ method, protocol: base.protocol, hostname: base.hostname, path, query: {} },
      ...(base.port === '' ? {} : { port: Number(base.port) }),
      headers: {
        host: base.host,
        'x-amz-content-sha256': content === undefined ? emptyHash : sha256,
        ...(content === undefined ? {} : { 'content-length': String(content.bytes) }),
      },
    });
    const send = base.protocol === 'https:' ? httpsRequest : httpRequest;
    const outgoing = send({
      ...{ method, path, headers, hostname: base.hostname, port: base.port, timeout: silenceMilliseconds },
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no word for ${silenceMilliseconds} ms`)));
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve).once('error', reject);
    });
    try {
      /* A store that refuses may answer and hang up before it has taken all. */
      const sent =
        content === undefined ? outgoing.end() : pipeline(createReadStream(content.file), outgoing);
      await Promise.race([answered, Promise.resolve(sent).then(() => answered)]);
      return await answered;
    } catch (cause) {
      throw unreachable(`${base.origin} does not answer`, String((cause as Error).message), cause);
    }
  };

  /** @throws LF_FARM with what the store said */
  const refuse = async (answer: IncomingMessage, what: string): Promise<never> => {
    const said = (await text(answer).catch(() => '')).slice(0, 300);
    throw unreachable(`The store ${what}`, `${answer.statusCode} ${visible(said)}`.trim());
  };

  return {
    incoming: makeTemporaryFolder('artefacts-'),
    keep: async (sha256, file, bytes) => {
      const answer = await ask('PUT', sha256, { file, bytes });
      if (answer.statusCode !== 200) await refuse(answer, 'did not take an artefact');
      answer.resume();
    },
    has: async sha256 => {
      const answer = await ask('HEAD', sha256);
      answer.resume();
      if (answer.statusCode === 200) return true;
      return answer.statusCode === 404 ? false : refuse(answer, 'does not say what it has');
    },
    open: async sha256 => {
      const answer = await ask('GET', sha256);
      if (answer.statusCode === 200)
        return { content: answer as Readable, bytes: Number(answer.headers['content-length']) };
      if (answer.statusCode !== 404) return refuse(answer, 'did not give an artefact');
      answer.resume();
      return undefined;
    },
  };
}

function unreachable(summary: string, received: string, cause?: unknown): LittlefirstError {
  return new LittlefirstError('LF_FARM', summary, {
    expected: 'a store that takes and gives objects with these keys',
    received,
    hint: 'check bucket, region, endpoint and keys, and the host’s clock',
    cause,
  });
}
