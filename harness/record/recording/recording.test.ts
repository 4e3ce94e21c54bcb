import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { expect } from 'chai';
import fc from 'fast-check';
import type { SampleChunk } from '../../measure/meter/meter.js';
import { failure } from '../../testing/failure.js';
import { RecordingWriter, readRecording } from './recording.js';
import { decodeSamples, encodeSamples } from './sample-frame.js';
import type { RecordingEnd, RecordingHeader } from './schema.js';

const header: RecordingHeader = {
  schema: 'littlefirst.recording/1',
  block: 3,
  attempt: 1,
  meter: { driver: 'ppk2', model: 'a meter of this test', emulated: true },
  supplyMillivolts: 3300,
  expectedWindows: 10,
};
const end: RecordingEnd = {
  status: {
    samples: 1,
    lostSamples: 0,
    saturatedSamples: 0,
    overcurrent: false,
    rangeSwitches: 2,
    problems: [],
  },
  accuracy: {
    gainRelative: 0.02,
    offsetAmps: 1e-7,
    resolutionAmps: 1e-6,
    edgeNs: 0,
    voltageRelative: 0.01,
    clockRelative: 1e-4,
    source: 'this test',
  },
  hostSeconds: 1.25,
};

/** Readings of a converter: few distinct values, noisy. */
function readings(count: number, startNs = 0, distinct = 300): SampleChunk {
  return {
    startNs,
    periodNs: 10_000,
    current: Float64Array.from({ length: count }, (_, i) => ((i * 7919) % distinct) * 4.67e-5),
    logic: Uint8Array.from({ length: count }, (_, i) => (i >> 6) & 3),
    range: Uint8Array.from({ length: count }, (_, i) => (i >> 8) % 5),
  };
}

describe('recordings', () => {
  let folder: string;
  let path: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'littlefirst-recording-'));
    path = join(folder, 'recordings', 'one.lfrec');
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function write(chunks: readonly SampleChunk[]): Promise<void> {
    const writer = new RecordingWriter(path, header);
    for (const chunk of chunks) writer.push(chunk);
    writer.finish(end);
    expect((await stat(path)).size).to.equal(writer.bytes);
  }

  async function read(): Promise<{ headers: RecordingHeader[]; chunks: SampleChunk[]; end: RecordingEnd }> {
    const headers: RecordingHeader[] = [];
    const chunks: SampleChunk[] = [];
    const last = await readRecording(
      path,
      found => headers.push(found),
      chunk => chunks.push(chunk),
    );
    return { headers, chunks, end: last };
  }

  it('give back every chunk as it was, but for the sign of a zero', () => {
    const sample = fc.record({
      startNs: fc.double({ noNaN: true, noDefaultInfinity: true }),
      periodNs: fc.double({ min: 1, max: 1e9, noNaN: true }),
      current: fc.array(fc.double(), { maxLength: 40 }),
      nominalNs: fc.option(fc.double({ min: 1, max: 1e9, noNaN: true }), { nil: undefined }),
      exactEdges: fc.option(fc.boolean(), { nil: undefined }),
      seed: fc.integer({ min: 0, max: 255 }),
    });
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 6 }), fc.boolean(), (raw, isFull) => {
        const chunks = raw.map(({ current, seed, nominalNs, exactEdges, startNs, periodNs }): SampleChunk => {
          const bytes = () => Uint8Array.from(current, (_, i) => (seed * (i + 1)) & 0xff);
          const chunk: SampleChunk = {
            startNs,
            periodNs,
            current: Float64Array.from(current),
            logic: bytes(),
          };
          if (isFull) Object.assign(chunk, { voltage: Float64Array.from(current).reverse(), range: bytes() });
          if (nominalNs !== undefined) chunk.nominalNs = nominalNs;
          if (exactEdges !== undefined) chunk.exactEdges = exactEdges;
          return chunk;
        });
        const zeroes = (chunk: SampleChunk) => ({
          ...chunk,
          current: chunk.current.map(v => v + 0),
          ...(chunk.voltage && { voltage: chunk.voltage.map(v => v + 0) }),
        });
        expect(decodeSamples(encodeSamples(chunks)).map(zeroes)).to.deep.equal(chunks.map(zeroes));
      }),
    );
  });

  it('keep readings that no table holds', () => {
    const current = Float64Array.from({ length: 70_000 }, (_, i) => Math.sin(i));
    const chunk = { startNs: 0, periodNs: 10, current, logic: new Uint8Array(current.length) };
    expect(decodeSamples(encodeSamples([chunk]))).to.deep.equal([chunk]);
  });

  it('hold header, samples and end, in less than a byte and a half a sample of a noisy meter', async () => {
    const chunks = Array.from({ length: 50 }, (_, i) => readings(4000, i * 4e7));
    await write(chunks);
    expect(await read()).to.deep.equal({ headers: [header], chunks, end });
    expect((await stat(path)).size).to.be.below(1.5 * 200_000);
  });

  it('are refused when a frame would unpack to more than memory holds', async () => {
    const body = deflateSync(Buffer.alloc(0x1000_0001));
    const head = Buffer.alloc(5);
    head.writeUInt8(1, 0);
    head.writeUInt32LE(body.length, 1);
    await writeFile(path, Buffer.concat([Buffer.from('LFREC1\n\0', 'latin1'), head, body]));
    expect((await failure(read())).code).to.equal('LF_RUN_CORRUPT');
  });

  it('are refused when a later version made them', async () => {
    const later = { ...header, schema: 'littlefirst.recording/9' } as unknown as RecordingHeader;
    new RecordingWriter(path, later).finish(end);
    const error = await failure(read());
    expect([error.code, error.message].join()).to.match(/LF_RUN_CORRUPT.*recording\/9/s);
  });

  it('are refused when they are cut off anywhere', async () => {
    await write([readings(3000)]);
    const whole = await readFile(path);
    for (const length of [0, 4, 9, 40, whole.length >> 1, whole.length - 1]) {
      await writeFile(path, whole);
      await truncate(path, length);
      const error = await failure(read());
      expect(error.code, `${length} bytes`).to.equal('LF_RUN_CORRUPT');
    }
  });

  it('are refused when a byte is wrong anywhere', async () => {
    await write([readings(500)]);
    const whole = await readFile(path);
    for (let at = 0; at < whole.length; at += 17) {
      const damaged = Buffer.from(whole);
      damaged[at] ^= 0x10;
      await writeFile(path, damaged);
      expect((await failure(read())).code, `byte ${at}`).to.equal('LF_RUN_CORRUPT');
    }
  });

  it('are missed by name', async () => {
    const error = await failure(
      readRecording(
        join(folder, 'none.lfrec'),
        () => {},
        () => {},
      ),
    );
    expect(error.code).to.equal('LF_RUN_MISSING');
    expect(error.message).to.match(/none\.lfrec/);
  });
});
