import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';
import { LittlefirstError } from '../../errors.js';
import { makeFolder } from '../../host/make-folder.js';
import type { SampleChunk } from '../../measure/meter/meter.js';
import { refuseStrange } from '../run-folder.js';
import { decodeSamples, encodeSamples, sameColumns } from './sample-frame.js';
import {
  endSchema,
  headerSchema,
  type RecordingEnd,
  type RecordingHeader,
  recordingVersion,
} from './schema.js';

const magic = Buffer.from('LFREC1\n\0', 'latin1');
const frameKinds = { header: 1, samples: 2, end: 3 } as const;
const frameHeadBytes = 5;
/** A frame this large is none, packed or unpacked. */
const maxFrameBytes = 1 << 28;
/** Samples gathered before a frame is written: what a crash loses at most, and what is held in memory. */
const frameSamples = 65_536;
/** Higher levels cost more time than they save space on readings. */
const deflateLevel = 3;

/** Writes a block's raw samples while they come: memory is bounded by one frame, the file grows with the samples. */
export class RecordingWriter {
  #file: number | undefined;
  #chunks: SampleChunk[] = [];
  #samples = 0;
  #bytes = 0;
  readonly #hash = createHash('sha256');

  /** @throws LF_JOURNAL when the file cannot be made */
  constructor(
    readonly path: string,
    header: RecordingHeader,
  ) {
    this.#guard(() => {
      makeFolder(dirname(path));
      this.#file = openSync(path, 'w');
      this.#write(magic);
    });
    this.#frame(frameKinds.header, Buffer.from(JSON.stringify(header)));
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#bytes;
  }

  push(chunk: SampleChunk): void {
    if (chunk.current.length === 0) return;
    if (this.#chunks.length > 0 && !sameColumns(this.#chunks[0], chunk)) this.#flush();
    this.#chunks.push(chunk);
    this.#samples += chunk.current.length;
    if (this.#samples >= frameSamples) this.#flush();
  }

  /** Ends and closes the file. @returns its size and SHA-256 as they were written */
  finish(end: RecordingEnd): { bytes: number; sha256: string } {
    this.#flush();
    this.#frame(frameKinds.end, Buffer.from(JSON.stringify(end)));
    const file = this.#file;
    if (file !== undefined) this.#guard(() => fsyncSync(file));
    this.close();
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  /** Closes the file as it is: without its end it is not a whole recording. */
  close(): void {
    if (this.#file === undefined) return;
    closeSync(this.#file);
    this.#file = undefined;
  }

  #flush(): void {
    if (this.#chunks.length === 0) return;
    const body = encodeSamples(this.#chunks);
    this.#chunks = [];
    this.#samples = 0;
    this.#frame(frameKinds.samples, body);
  }

  #frame(kind: number, body: Buffer): void {
    const payload = deflateSync(body, { level: deflateLevel });
    const head = Buffer.alloc(frameHeadBytes);
    head.writeUInt8(kind, 0);
    head.writeUInt32LE(payload.length, 1);
    this.#guard(() => {
      this.#write(head);
      this.#write(payload);
    });
  }

  #write(bytes: Buffer): void {
    if (this.#file === undefined) throw new Error('the recording is closed');
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#file, bytes, done);
    this.#bytes += bytes.length;
    this.#hash.update(bytes);
  }

  #guard(action: () => void): void {
    try {
      action();
    } catch (cause) {
      throw new LittlefirstError('LF_JOURNAL', `The recording ${this.path} cannot be written`, {
        received: cause instanceof Error ? cause.message : String(cause),
        hint: 'check free space and permissions of the run folder',
        fields: { file: this.path },
        cause,
      });
    }
  }
}

function corrupt(path: string, what: string, cause?: unknown): LittlefirstError {
  return new LittlefirstError('LF_RUN_CORRUPT', `The recording ${path} is not whole: ${what}`, {
    expected: 'a header, samples, and an end frame, each with its checksum',
    received: cause instanceof Error ? cause.message : undefined,
    hint: 'the run was interrupted in this block or the file was damaged: measure the block again',
    fields: { file: path },
    cause,
  });
}

function parseHeader(path: string, body: Buffer): RecordingHeader {
  const header = JSON.parse(body.toString()) as RecordingHeader;
  if (header?.schema !== recordingVersion)
    throw new LittlefirstError('LF_RUN_CORRUPT', `The recording ${path} is of another version`, {
      expected: recordingVersion,
      received: String(header?.schema),
      hint: 'read it with the version of littlefirst that made it, or a later one',
      fields: { file: path },
    });
  const result = headerSchema.safeParse(header);
  if (result.success) return header;
  throw corrupt(path, 'its header is none', result.error);
}

function parseEnd(path: string, body: Buffer): RecordingEnd {
  const end: unknown = JSON.parse(body.toString());
  const result = endSchema.safeParse(end);
  if (result.success) return end as RecordingEnd;
  throw corrupt(path, 'its end is none', result.error);
}

/**
 * Plays a recording back, frame by frame.
 * @returns its header and end
 * @throws LF_RUN_MISSING without the file, LF_RUN_CORRUPT when it is cut off or damaged
 */
export async function readRecording(
  path: string,
  onHeader: (header: RecordingHeader) => void,
  onChunk: (chunk: SampleChunk) => void,
): Promise<RecordingEnd> {
  refuseStrange(path);
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw new LittlefirstError('LF_RUN_MISSING', `There is no recording ${path}`, {
      expected: 'a run whose bench file says meter: { record: true }',
      received: cause instanceof Error ? cause.message : String(cause),
      fields: { file: path },
      cause,
    });
  });
  const { size } = await file.stat();
  let taken = 0;
  const take = async (count: number, what: string): Promise<Buffer> => {
    taken += count;
    if (taken > size) throw corrupt(path, `it ends within ${what}`);
    const bytes = Buffer.alloc(count);
    const { bytesRead } = await file.read(bytes, 0, count, null);
    if (bytesRead < count) throw corrupt(path, `it ends within ${what}`);
    return bytes;
  };
  try {
    if (!(await take(magic.length, 'its first bytes')).equals(magic))
      throw corrupt(path, 'it does not begin like a recording');
    for (let frames = 0; ; frames += 1) {
      const head = await take(frameHeadBytes, `frame ${frames}`);
      const length = head.readUInt32LE(1);
      if (length > maxFrameBytes) throw corrupt(path, `frame ${frames} has an impossible length`);
      const payload = await take(length, `frame ${frames}`);
      try {
        const body = inflateSync(payload, { maxOutputLength: maxFrameBytes });
        const kind = head.readUInt8(0);
        if (frames === 0 && kind === frameKinds.header) onHeader(parseHeader(path, body));
        else if (frames > 0 && kind === frameKinds.samples) decodeSamples(body).forEach(onChunk);
        else if (frames > 0 && kind === frameKinds.end) return parseEnd(path, body);
        else throw new RangeError(`kind ${kind}`);
      } catch (cause) {
        if (cause instanceof LittlefirstError) throw cause;
        throw corrupt(path, `frame ${frames} is damaged`, cause);
      }
    }
  } finally {
    await file.close();
  }
}
