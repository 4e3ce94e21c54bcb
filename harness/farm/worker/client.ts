import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type ErrorCode, errorActors, LittlefirstError } from '../../errors.js';

/** Longest silence of the server while an answer is waited for, milliseconds: a claim waits 25 s at most. */
const silenceMilliseconds = 60_000;
/** Largest answer, bytes. */
const largestAnswer = 256 * 2 ** 20;

export interface Answer {
  status: number;
  body: unknown;
}

/** Speaks to the farm's server with one token. */
export class FarmClient {
  private readonly base: URL;

  /**
   * @param address of the server, e.g. `https://farm.example`
   * @throws LF_USAGE for what is no http(s) address
   */
  constructor(
    address: string,
    private readonly token: string,
    private readonly traceparent?: string,
  ) {
    try {
      this.base = new URL('/api/v1/', address);
    } catch {
      throw new LittlefirstError('LF_USAGE', 'This is no address of a farm', {
        expected: 'e.g. https://farm.example',
        received: address,
      });
    }
    if (!['http:', 'https:'].includes(this.base.protocol))
      throw new LittlefirstError('LF_USAGE', 'A farm is reached by http or https', { received: address });
  }

  /** Scheme, host and port of the server. */
  get origin(): string {
    return this.base.origin;
  }

  /** The same, whose requests belong to a span. */
  within(traceparent: string | undefined): FarmClient {
    return new FarmClient(this.base.origin, this.token, traceparent);
  }

  private send(
    method: string,
    path: string,
    content: { type: string; text?: string; data?: Uint8Array; file?: string; bytes: number } | undefined,
    signal?: AbortSignal,
  ): Promise<Answer> {
    const url = new URL(path, this.base);
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method,
      signal,
      timeout: silenceMilliseconds,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(this.traceparent !== undefined && { traceparent: this.traceparent }),
        ...(content !== undefined && { 'content-type': content.type, 'content-length': content.bytes }),
      },
    });
    return new Promise((resolve, reject) => {
      request.once('timeout', () => request.destroy(new Error('the server is silent')));
      request.once('error', reject);
      request.once('response', response => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          bytes += chunk.length;
          if (bytes > largestAnswer) request.destroy(new Error('the answer is too large'));
        });
        response.once('error', reject);
        response.once('end', () => {
          try {
            const status = response.statusCode ?? 0;
            const all = Buffer.concat(chunks);
            if (response.headers['content-type'] === 'application/octet-stream' && status === 200)
              return resolve({ status, body: all });
            const text = all.toString('utf8');
            resolve({ status, body: text === '' ? undefined : JSON.parse(text) });
          } catch (error) {
            reject(error);
          }
        });
      });
      if (content?.file !== undefined) createReadStream(content.file).once('error', reject).pipe(request);
      else request.end(content?.data ?? content?.text);
    });
  }

  private async ask(...words: Parameters<FarmClient['send']>): Promise<unknown> {
    let answer: Answer;
    try {
      answer = await this.send(...words);
    } catch (cause) {
      if (words[3]?.aborted === true) throw words[3].reason;
      throw new LittlefirstError('LF_FARM_UNREACHABLE', `The farm at ${this.base.origin} cannot be reached`, {
        received: cause instanceof Error ? cause.message : String(cause),
        hint: 'check address and network; a worker keeps its runs and delivers them later',
        cause,
      });
    }
    const { status, body } = answer;
    if (status >= 200 && status < 300) return body;
    const { code, message } =
      (body as { error?: { code?: string; message?: string } } | undefined)?.error ?? {};
    /* What a proxy or a failing server says is not the farm's answer: it may be right later. */
    const isAnswer = status < 500 && status !== 429 && code !== undefined && Object.hasOwn(errorActors, code);
    const [summary = `status ${status}`] = (message ?? '').split('\n');
    throw new LittlefirstError(
      isAnswer ? (code as ErrorCode) : 'LF_FARM_UNREACHABLE',
      `The farm at ${this.base.origin} said: ${summary.slice(0, 500)}`,
      { received: message?.split('\n').slice(1).join(' ').slice(0, 1000) || undefined, fields: { status } },
    );
  }

  /** @throws the farm's refusals by their codes; LF_FARM_UNREACHABLE for all that may pass */
  call<T>(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
    signal?: AbortSignal,
  ): Promise<T> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const content =
      text === undefined ? undefined : { type: 'application/json', text, bytes: Buffer.byteLength(text) };
    return this.ask(method, path, content, signal) as Promise<T>;
  }

  /** Stores a file under its hash. */
  async upload(sha256: string, file: string, signal?: AbortSignal): Promise<void> {
    const { size } = await stat(file);
    await this.ask(
      'PUT',
      `artefacts/${sha256}`,
      { type: 'application/octet-stream', file, bytes: size },
      signal,
    );
  }

  /** Stores bytes under their hash. */
  async store(sha256: string, bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    const content = { type: 'application/octet-stream', data: bytes, bytes: bytes.length };
    await this.ask('PUT', `artefacts/${sha256}`, content, signal);
  }

  /** The content that a hash names, not yet checked against it. */
  async download(sha256: string, signal?: AbortSignal): Promise<Uint8Array> {
    const bytes = await this.ask('GET', `artefacts/${sha256}`, undefined, signal);
    if (Buffer.isBuffer(bytes)) return bytes;
    throw new LittlefirstError('LF_FARM_UNREACHABLE', `The farm at ${this.base.origin} sent no file`, {
      expected: 'application/octet-stream',
    });
  }
}
