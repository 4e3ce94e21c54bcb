import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { LittlefirstError } from '../../errors.js';

/** Bytes so far and, when the server says, in all. */
export interface DownloadProgress {
  bytes: number;
  totalBytes?: number;
}

/** A server that sends nothing for this long is given up. */
const stallMilliseconds = 60_000;

/** Largest archive that is taken; the published ones have some 60 and 80 MB. */
export const maxDownloadBytes = 1 << 28;

/** Status of a server whose file is not longer than what is here: the part is useless. */
const rangeNotSatisfiable = 416;

function failed(url: string, expected: string, received: string, cause?: unknown): LittlefirstError {
  return new LittlefirstError('LF_DATA_DOWNLOAD', `Download of ${url} failed`, {
    expected,
    received,
    hint: 'run the same command again: it continues where it stopped',
    fields: { url },
    cause,
  });
}

function tooLarge(url: string, maxBytes: number, received: string): LittlefirstError {
  return new LittlefirstError('LF_DATA_DOWNLOAD', `Download of ${url} was stopped: it is too large`, {
    expected: `at most ${maxBytes} bytes`,
    received,
    hint: 'check the address of the mirror',
    fields: { url, maxBytes },
  });
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

/** The reason of a network failure; `fetch` hides it in the cause. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}

/** SHA-256 of a file, hexadecimal. */
export async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/**
 * Downloads a file. What arrived stays in `<file>.part` after a failure, and the next call continues it.
 * @throws LF_DATA_DOWNLOAD
 */
export async function download(
  url: string,
  file: string,
  onProgress: (progress: DownloadProgress) => void,
  maxBytes = maxDownloadBytes,
): Promise<void> {
  const part = `${file}.part`;
  const have = await sizeOf(part);
  const abort = new AbortController();
  const stalled = setTimeout(
    () => abort.abort(new Error(`nothing for ${stallMilliseconds / 1000} s`)),
    stallMilliseconds,
  );
  try {
    const response = await fetch(url, {
      headers: { 'accept-encoding': 'identity', ...(have > 0 ? { range: `bytes=${have}-` } : {}) },
      signal: abort.signal,
    });
    const resumed = response.status === 206;
    if (!(resumed || response.status === 200) || response.body === null) {
      await response.body?.cancel();
      if (response.status === rangeNotSatisfiable) await rm(part);
      throw failed(url, 'HTTP status 200', `${response.status} ${response.statusText}`);
    }
    const length = Number(response.headers.get('content-length') ?? Number.NaN);
    let bytes = resumed ? have : 0;
    const totalBytes = Number.isFinite(length) ? bytes + length : undefined;
    if (totalBytes !== undefined && totalBytes > maxBytes) {
      await response.body.cancel();
      throw tooLarge(url, maxBytes, `${totalBytes} bytes`);
    }
    const output = await open(part, resumed ? 'a' : 'w');
    try {
      for await (const chunk of response.body) {
        bytes += chunk.length;
        if (bytes > maxBytes) throw tooLarge(url, maxBytes, 'more');
        await output.writeFile(chunk);
        stalled.refresh();
        onProgress({ bytes, totalBytes });
      }
    } finally {
      await output.close();
    }
    if (totalBytes !== undefined && bytes !== totalBytes) {
      throw failed(url, `${totalBytes} bytes`, `${bytes} bytes`);
    }
  } catch (error) {
    if (error instanceof LittlefirstError) {
      if (error.detail.fields?.maxBytes !== undefined) await rm(part, { force: true });
      throw error;
    }
    throw failed(url, 'the whole file', reasonOf(error), error);
  } finally {
    clearTimeout(stalled);
  }
  await rename(part, file);
}
