import type { SampleChunk } from '../../measure/meter/meter.js';
import { ByteReader, ByteWriter, readBytes, readFloats, writeBytes, writeFloats } from './columns.js';

const hasVoltage = 1;
const hasRange = 2;

function joined(chunks: readonly SampleChunk[], total: number, of: (chunk: SampleChunk) => Float64Array) {
  const values = new Float64Array(total);
  let at = 0;
  for (const chunk of chunks) {
    values.set(of(chunk), at);
    at += chunk.current.length;
  }
  return values;
}

function joinedBytes(chunks: readonly SampleChunk[], total: number, of: (chunk: SampleChunk) => Uint8Array) {
  const values = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    values.set(of(chunk), at);
    at += chunk.current.length;
  }
  return values;
}

/** True where both have voltage and range or both lack them: only such chunks share a frame. */
export function sameColumns(a: SampleChunk, b: SampleChunk): boolean {
  return (
    (a.voltage === undefined) === (b.voltage === undefined) &&
    (a.range === undefined) === (b.range === undefined)
  );
}

/** The body of a sample frame (README.md, "Sample frame"). */
export function encodeSamples(chunks: readonly SampleChunk[]): Buffer {
  const writer = new ByteWriter();
  const total = chunks.reduce((sum, chunk) => sum + chunk.current.length, 0);
  const { voltage, range } = chunks[0];
  writer.uint32(chunks.length);
  writer.uint32(total);
  writer.uint8((voltage === undefined ? 0 : hasVoltage) | (range === undefined ? 0 : hasRange));
  for (const chunk of chunks) writer.uint32(chunk.current.length);
  writeBytes(
    writer,
    Uint8Array.from(chunks, ({ exactEdges }) => (exactEdges === undefined ? 0 : exactEdges ? 2 : 1)),
  );
  writer.float64(chunks.map(chunk => chunk.startNs));
  writer.float64(chunks.map(chunk => chunk.periodNs));
  writer.float64(chunks.map(chunk => chunk.nominalNs ?? Number.NaN));
  writeFloats(
    writer,
    joined(chunks, total, chunk => chunk.current),
  );
  writeBytes(
    writer,
    joinedBytes(chunks, total, chunk => chunk.logic),
  );
  if (voltage !== undefined)
    writeFloats(
      writer,
      joined(chunks, total, chunk => chunk.voltage ?? voltage),
    );
  if (range !== undefined)
    writeBytes(
      writer,
      joinedBytes(chunks, total, chunk => chunk.range ?? range),
    );
  return writer.bytes;
}

/** The chunks of a sample frame, each as it was. @throws RangeError when the body is not one */
export function decodeSamples(body: Buffer): SampleChunk[] {
  const reader = new ByteReader(body);
  const count = reader.uint32();
  const total = reader.uint32();
  const columns = reader.uint8();
  if (4 * count > body.length || total > 64 * body.length) throw new RangeError('lengths beyond the frame');
  const lengths = Array.from({ length: count }, () => reader.uint32());
  const edges = readBytes(reader, count);
  const startNs = reader.float64(count);
  const periodNs = reader.float64(count);
  const nominalNs = reader.float64(count);
  const current = readFloats(reader, total);
  const logic = readBytes(reader, total);
  const voltage = (columns & hasVoltage) === 0 ? undefined : readFloats(reader, total);
  const range = (columns & hasRange) === 0 ? undefined : readBytes(reader, total);
  let from = 0;
  return lengths.map((length, i) => {
    const to = from + length;
    if (to > total) throw new RangeError('chunks beyond the samples');
    const chunk: SampleChunk = {
      startNs: startNs[i],
      periodNs: periodNs[i],
      current: current.subarray(from, to),
      logic: logic.subarray(from, to),
    };
    if (voltage !== undefined) chunk.voltage = voltage.subarray(from, to);
    if (range !== undefined) chunk.range = range.subarray(from, to);
    if (!Number.isNaN(nominalNs[i])) chunk.nominalNs = nominalNs[i];
    if (edges[i] > 0) chunk.exactEdges = edges[i] === 2;
    from = to;
    return chunk;
  });
}
