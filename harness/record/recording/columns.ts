/** Most distinct values that a column's table may have. */
const tableLimit = 65_536;

/** Bytes that grow as they are written; all numbers little-endian. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafe(1 << 16);
  #length = 0;

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  uint32(value: number): void {
    this.reserve(4).writeUInt32LE(value);
  }

  uint8(value: number): void {
    this.reserve(1)[0] = value;
  }

  float64(values: Iterable<number>): void {
    for (const value of values) this.reserve(8).writeDoubleLE(value);
  }

  /** The next `count` bytes, to be filled by the caller. */
  reserve(count: number): Buffer {
    const end = this.#length + count;
    if (end > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(end, 2 * this.#bytes.length));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    const part = this.#bytes.subarray(this.#length, end);
    this.#length = end;
    return part;
  }
}

/** Reads what `ByteWriter` wrote. @throws RangeError beyond the end */
export class ByteReader {
  #at = 0;

  constructor(private readonly bytes: Buffer) {}

  uint32(): number {
    return this.take(4).readUInt32LE();
  }

  uint8(): number {
    return this.take(1)[0];
  }

  float64(count: number): Float64Array {
    const part = this.take(8 * count);
    return Float64Array.from({ length: count }, (_, i) => part.readDoubleLE(8 * i));
  }

  take(count: number): Buffer {
    const end = this.#at + count;
    if (end > this.bytes.length) throw new RangeError(`${end} bytes wanted, ${this.bytes.length} there`);
    const part = this.bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }
}

/**
 * Float column without loss. Instruments have few distinct readings: where there are at most 65,536 the column is a sorted table and,
 * per sample, the difference of its place in the table from the place before, modulo 65,536, low bytes first, then high bytes.
 * Otherwise (table length 0) the values are stored as they are.
 */
export function writeFloats(writer: ByteWriter, values: Float64Array): void {
  const places = new Map<number, number>();
  for (const value of values) {
    places.set(value, 0);
    if (places.size > tableLimit) break;
  }
  if (places.size > tableLimit) {
    writer.uint32(0);
    writer.float64(values);
    return;
  }
  const table = Float64Array.from(places.keys()).sort();
  for (const [place, value] of table.entries()) places.set(value, place);
  writer.uint32(table.length);
  writer.float64(table);
  const low = writer.reserve(2 * values.length);
  let before = 0;
  values.forEach((value, i) => {
    const place = places.get(value) ?? 0;
    const difference = (place - before) & 0xffff;
    low[i] = difference & 0xff;
    low[values.length + i] = difference >> 8;
    before = place;
  });
}

/** @throws RangeError when a place lies beyond the table */
export function readFloats(reader: ByteReader, count: number): Float64Array {
  const length = reader.uint32();
  if (length === 0) return reader.float64(count);
  const table = reader.float64(length);
  const bytes = reader.take(2 * count);
  const values = new Float64Array(count);
  let place = 0;
  for (let i = 0; i < count; i += 1) {
    place = (place + bytes[i] + 256 * bytes[count + i]) & 0xffff;
    if (place >= length) throw new RangeError(`place ${place} in a table of ${length}`);
    values[i] = table[place];
  }
  return values;
}

/** Byte column as the exclusive OR of each with the one before: long runs of equal bytes become runs of zero. */
export function writeBytes(writer: ByteWriter, values: Uint8Array): void {
  const bytes = writer.reserve(values.length);
  let before = 0;
  values.forEach((value, i) => {
    bytes[i] = value ^ before;
    before = value;
  });
}

export function readBytes(reader: ByteReader, count: number): Uint8Array {
  const values = Uint8Array.from(reader.take(count));
  for (let i = 1; i < count; i += 1) values[i] ^= values[i - 1];
  return values;
}
