/** Packed little-endian records with natural alignment, as a C compiler for Cortex-M lays them out. */

type Scalar = 'u8' | 'i8' | 'u16' | 'i16' | 'u32' | 'i32';
/** A scalar, an array of scalars, or a NUL-padded text of so many bytes. */
export type FieldType = Scalar | readonly [Scalar | 'char', number];
export type FieldTypes = Readonly<Record<string, FieldType>>;

type FieldValue<T extends FieldType> = T extends Scalar
  ? number
  : T extends readonly ['char', number]
    ? string
    : ArrayLike<number>;
export type RecordValues<F extends FieldTypes> = { [K in keyof F]: FieldValue<F[K]> };

const scalarBytes = { u8: 1, i8: 1, u16: 2, i16: 2, u32: 4, i32: 4, char: 1 } as const;

function putScalar(view: DataView, offset: number, type: Scalar, value: number): void {
  if (type === 'u8') view.setUint8(offset, value);
  else if (type === 'i8') view.setInt8(offset, value);
  else if (type === 'u16') view.setUint16(offset, value, true);
  else if (type === 'i16') view.setInt16(offset, value, true);
  else if (type === 'u32') view.setUint32(offset, value, true);
  else view.setInt32(offset, value, true);
}

function assertRange(name: string, type: Scalar, value: number): void {
  const bits = scalarBytes[type] * 8;
  const [low, high] = type[0] === 'u' ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
  if (!Number.isInteger(value) || value < low || value > high)
    throw new RangeError(`${name} = ${value} does not fit ${type}`);
}

/** One record type of the blob: its size, the offset of each field, and an encoder. */
export class StructLayout<F extends FieldTypes> {
  readonly fields: F;
  readonly offsets: { readonly [K in keyof F]: number };
  /** Size in bytes, a multiple of the largest alignment. */
  readonly bytes: number;

  constructor(fields: F) {
    this.fields = fields;
    const offsets: Record<string, number> = {};
    let end = 0;
    let alignment = 1;
    for (const [name, type] of Object.entries(fields)) {
      const [scalar, count] = typeof type === 'string' ? [type, 1] : type;
      const size = scalarBytes[scalar];
      alignment = Math.max(alignment, size);
      offsets[name] = Math.ceil(end / size) * size;
      end = offsets[name] + size * count;
    }
    this.offsets = offsets as { readonly [K in keyof F]: number };
    this.bytes = Math.ceil(end / alignment) * alignment;
  }

  /**
   * Bytes of one record. Arrays shorter than the field are zero-filled.
   * @throws RangeError when a value does not fit its field
   */
  encode(values: RecordValues<F>): Uint8Array {
    const bytes = new Uint8Array(this.bytes);
    const view = new DataView(bytes.buffer);
    for (const [name, type] of Object.entries(this.fields)) {
      const offset = this.offsets[name] as number;
      const value = values[name] as number | string | ArrayLike<number>;
      if (typeof value === 'string') {
        const text = new TextEncoder().encode(value);
        if (text.length > (type[1] as number)) throw new RangeError(`${name} '${value}' is too long`);
        bytes.set(text, offset);
        continue;
      }
      const [scalar, count] = (typeof type === 'string' ? [type, 1] : type) as [Scalar, number];
      const list = typeof value === 'number' ? [value] : Array.from(value);
      if (list.length > count) throw new RangeError(`${name} has more than ${count} elements`);
      list.forEach((item, i) => {
        assertRange(name, scalar, item);
        putScalar(view, offset + i * scalarBytes[scalar], scalar, item);
      });
    }
    return bytes;
  }
}
