import { ByteBuffer } from 'flatbuffers';
import { LittlefirstError } from '../../errors.js';

/** No name in a network is longer than this many bytes. */
const maximumStringBytes = 1024;
const decoder = new TextDecoder();

/**
 * The bytes of a FlatBuffers file with every access checked against its end, so that a damaged file is an error and never a
 * wrong number or a huge allocation.
 */
export class FlatFile {
  readonly #buffer: ByteBuffer;
  readonly #bytes: Uint8Array;
  readonly #name: string;

  /**
   * @param bytes the whole file
   * @param name what error messages call the file
   */
  constructor(bytes: Uint8Array, name: string) {
    this.#bytes = bytes;
    this.#buffer = new ByteBuffer(bytes);
    this.#name = name;
  }

  /** The error that this file is damaged. */
  corrupt(what: string, received?: string): LittlefirstError {
    return new LittlefirstError('LF_MODEL_CORRUPT', `${this.#name} is not a readable .tflite file: ${what}`, {
      received,
      hint: 'fetch or convert the file again; it may have been cut short or damaged',
      fields: { file: this.#name },
    });
  }

  /** The root table. */
  root(identifier: string): FlatTable {
    this.#need(0, 8);
    if (!this.#buffer.__has_identifier(identifier)) {
      throw this.corrupt(`bytes 4 to 7 are not "${identifier}"`, JSON.stringify(this.#text(4, 4)));
    }
    return this.table(this.#follow(0));
  }

  /** The table whose position is given. */
  table(position: number): FlatTable {
    this.#need(position, 4);
    const vtable = position - this.#buffer.readInt32(position);
    this.#need(vtable, 4);
    const vtableBytes = this.#buffer.readUint16(vtable);
    this.#need(vtable, Math.max(vtableBytes, 4));
    return new FlatTable(this, position, vtable, vtableBytes);
  }

  uint8(position: number): number {
    this.#need(position, 1);
    return this.#buffer.readUint8(position);
  }
  int8(position: number): number {
    this.#need(position, 1);
    return this.#buffer.readInt8(position);
  }
  uint16(position: number): number {
    this.#need(position, 2);
    return this.#buffer.readUint16(position);
  }
  int32(position: number): number {
    this.#need(position, 4);
    return this.#buffer.readInt32(position);
  }
  uint32(position: number): number {
    this.#need(position, 4);
    return this.#buffer.readUint32(position);
  }
  float32(position: number): number {
    this.#need(position, 4);
    return this.#buffer.readFloat32(position);
  }
  int64(position: number): bigint {
    this.#need(position, 8);
    return this.#buffer.readInt64(position);
  }

  /** Position of the first element and length of the vector that the offset at `position` points to. */
  vector(position: number, elementBytes: number): { start: number; length: number } {
    const target = this.#follow(position);
    const length = this.uint32(target);
    this.#need(target + 4, length * elementBytes);
    return { start: target + 4, length };
  }

  /** The table that the offset at `position` points to. */
  tableAt(position: number): FlatTable {
    return this.table(this.#follow(position));
  }

  /** The string that the offset at `position` points to. */
  stringAt(position: number): string {
    const { start, length } = this.vector(position, 1);
    if (length > maximumStringBytes) throw this.corrupt('a name is too long', `${length} bytes`);
    return this.#text(start, length);
  }

  /** A view, not a copy, of bytes. */
  bytes(start: number, length: number): Uint8Array {
    this.#need(start, length);
    return this.#bytes.subarray(start, start + length);
  }

  #text(start: number, length: number): string {
    return decoder.decode(this.bytes(start, length));
  }

  #follow(position: number): number {
    return position + this.uint32(position);
  }

  #need(position: number, count: number): void {
    if (position < 0 || position + count > this.#bytes.length) {
      throw this.corrupt(
        'an offset points outside the file',
        `${count} bytes at ${position} of ${this.#bytes.length}`,
      );
    }
  }
}

/** One table of a FlatBuffers file: fields by id, absent fields answered by the schema's default. */
export class FlatTable {
  constructor(
    readonly file: FlatFile,
    readonly position: number,
    readonly vtable: number,
    readonly vtableBytes: number,
  ) {}

  /** Absolute position of a field; undefined when the table does not have it. */
  #field(id: number): number | undefined {
    const entry = 4 + 2 * id;
    if (entry + 2 > this.vtableBytes) return undefined;
    const offset = this.file.uint16(this.vtable + entry);
    return offset === 0 ? undefined : this.position + offset;
  }

  has(id: number): boolean {
    return this.#field(id) !== undefined;
  }
  uint8(id: number, absent = 0): number {
    const at = this.#field(id);
    return at === undefined ? absent : this.file.uint8(at);
  }
  int8(id: number, absent = 0): number {
    const at = this.#field(id);
    return at === undefined ? absent : this.file.int8(at);
  }
  int32(id: number, absent = 0): number {
    const at = this.#field(id);
    return at === undefined ? absent : this.file.int32(at);
  }
  uint32(id: number, absent = 0): number {
    const at = this.#field(id);
    return at === undefined ? absent : this.file.uint32(at);
  }
  float32(id: number, absent = 0): number {
    const at = this.#field(id);
    return at === undefined ? absent : this.file.float32(at);
  }
  string(id: number): string {
    const at = this.#field(id);
    return at === undefined ? '' : this.file.stringAt(at);
  }
  table(id: number): FlatTable | undefined {
    const at = this.#field(id);
    return at === undefined ? undefined : this.file.tableAt(at);
  }

  /** Elements of a vector; empty when absent. `limit` bounds what a damaged length may cost. */
  tables(id: number, limit: number): FlatTable[] {
    return this.#list(id, 4, limit, position => this.file.tableAt(position));
  }
  int32s(id: number, limit: number): number[] {
    return this.#list(id, 4, limit, position => this.file.int32(position));
  }
  float32s(id: number, limit: number): number[] {
    return this.#list(id, 4, limit, position => this.file.float32(position));
  }
  int64s(id: number, limit: number): number[] {
    return this.#list(id, 8, limit, position => Number(this.file.int64(position)));
  }
  /** A view of a byte vector; empty when absent. */
  bytes(id: number): Uint8Array {
    const at = this.#field(id);
    if (at === undefined) return new Uint8Array(0);
    const { start, length } = this.file.vector(at, 1);
    return this.file.bytes(start, length);
  }

  #list<T>(id: number, elementBytes: number, limit: number, read: (position: number) => T): T[] {
    const at = this.#field(id);
    if (at === undefined) return [];
    const { start, length } = this.file.vector(at, elementBytes);
    if (length > limit) throw this.file.corrupt('a list is too long', `${length} elements, at most ${limit}`);
    return Array.from({ length }, (_, index) => read(start + index * elementBytes));
  }
}
