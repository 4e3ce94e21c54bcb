import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();

/** What the store says of errors (Amazon S3 API reference, "Error responses"). */
const refusal = (code: string): string => `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`;

/**
 * Why a request's signature is not right, or undefined. After "Signature Version 4 signing process" of AWS's general reference: canonical request, string to
 * sign, signing key, each computed from what came over the wire.
 */
function misfit(request: IncomingMessage, body: Buffer, secretAccessKey: string): string | undefined {
  const { authorization = '', ...headers } = request.headers;
  const [, scope, names, signature] =
    /^AWS4-HMAC-SHA256 Credential=AKTEST\/(\d{8}\/[\w-]+\/s3\/aws4_request), ?SignedHeaders=([\w;-]+), ?Signature=([0-9a-f]{64})$/.exec(
      authorization,
    ) ?? [];
  if (scope === undefined) return 'AccessDenied';
  const stamp = String(headers['x-amz-date']);
  const claimed = String(headers['x-amz-content-sha256']);
  if (claimed !== sha256(body)) return 'XAmzContentSHA256Mismatch';
  const signed = names.split(';');
  if (!['host', 'x-amz-content-sha256', 'x-amz-date'].every(name => signed.includes(name)))
    return 'AccessDenied';
  const { pathname, searchParams } = new URL(request.url!, 'http://store');
  const canonical = [
    request.method,
    pathname,
    [...searchParams]
      .map(pair => pair.map(encodeURIComponent).join('='))
      .sort()
      .join('&'),
    ...signed.map(name => `${name}:${String(headers[name]).trim()}`),
    '',
    names,
    claimed,
  ].join('\n');
  const [day, region, service, end] = scope.split('/');
  const key = [region, service, end].reduce(hmac, hmac(`AWS4${secretAccessKey}`, day));
  const toSign = ['AWS4-HMAC-SHA256', stamp, scope, sha256(canonical)].join('\n');
  return hmac(key, toSign).toString('hex') === signature ? undefined : 'SignatureDoesNotMatch';
}

/** A store with PutObject, HeadObject and GetObject, addressed by path, that checks each request's signature and content. */
export async function startS3Store(secretAccessKey: string) {
  const objects = new Map<string, Buffer>();
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request);
    const problem = misfit(request, body, secretAccessKey);
    const path = request.url!;
    const end = (status: number, content: string | Buffer = '') =>
      response.writeHead(status, { 'content-length': Buffer.byteLength(content) }).end(content);
    if (problem !== undefined) end(403, refusal(problem));
    else if (!path.startsWith('/bench-files/')) end(404, refusal('NoSuchBucket'));
    else if (request.method === 'PUT') {
      objects.set(path, body);
      end(200);
    } else {
      const object = objects.get(path);
      if (object === undefined) end(404, refusal('NoSuchKey'));
      else end(200, object);
    }
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
