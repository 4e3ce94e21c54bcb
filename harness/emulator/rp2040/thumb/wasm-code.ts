/** A few WebAssembly 1.0 instructions as byte lists: expressions leave one i32 on the stack, statements nothing. */

export type Code = readonly number[];

/** LEB128 of an unsigned and of a signed number. */
export function unsignedLeb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value >>> 0;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>>= 7;
  } while (rest !== 0);
  return bytes;
}

export function signedLeb(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value | 0; ; rest >>= 7) {
    const last = rest >= -64 && rest < 64;
    bytes.push((rest & 0x7f) | (last ? 0 : 0x80));
    if (last) return bytes;
  }
}

export const get = (local: number): Code => [0x20, local];
export const set = (local: number, value: Code): Code => [...value, 0x21, local];
export const constant = (value: number): Code => [0x41, ...signedLeb(value)];

const binary =
  (opcode: number) =>
  (left: Code, right: Code): Code => [...left, ...right, opcode];

export const add = binary(0x6a);
export const sub = binary(0x6b);
export const mul = binary(0x6c);
export const and = binary(0x71);
export const or = binary(0x72);
export const xor = binary(0x73);
export const shl = binary(0x74);
export const shrSigned = binary(0x75);
export const shrUnsigned = binary(0x76);
export const rotateLeft = binary(0x77);
export const rotateRight = binary(0x78);
export const equal = binary(0x46);
export const notEqual = binary(0x47);
export const lessSigned = binary(0x48);
export const lessUnsigned = binary(0x49);
export const greaterSigned = binary(0x4a);
export const greaterUnsigned = binary(0x4b);
export const notGreaterUnsigned = binary(0x4d);
export const notLessSigned = binary(0x4e);
export const notLessUnsigned = binary(0x4f);
export const isZero = (value: Code): Code => [...value, 0x45];
export const not = (value: Code): Code => xor(value, constant(-1));
/** `condition ? yes : no`, both computed. */
export const select = (yes: Code, no: Code, condition: Code): Code => [...yes, ...no, ...condition, 0x1b];

export const when = (condition: Code, then: Code): Code => [...condition, 0x04, 0x40, ...then, 0x0b];
export const branch = (depth: number): Code => [0x0c, ...unsignedLeb(depth)];

/** Memory access widths: opcode of load and store, alignment (log2). */
export const widths = {
  word: { load: 0x28, store: 0x36, align: 2 },
  unsigned16: { load: 0x2f, store: 0x3b, align: 1 },
  signed16: { load: 0x2e, store: 0x3b, align: 1 },
  unsigned8: { load: 0x2d, store: 0x3a, align: 0 },
  signed8: { load: 0x2c, store: 0x3a, align: 0 },
} as const;
export type Width = keyof typeof widths;

export const load = (width: Width, at: Code, offset = 0): Code => [
  ...at,
  widths[width].load,
  widths[width].align,
  ...unsignedLeb(offset),
];
export const store = (width: Width, at: Code, value: Code, offset = 0): Code => [
  ...at,
  ...value,
  widths[width].store,
  widths[width].align,
  ...unsignedLeb(offset),
];

const section = (id: number, content: Code): Code => [id, ...unsignedLeb(content.length), ...content];
const text = (value: string): Code => [value.length, ...Buffer.from(value, 'latin1')];

/**
 * A module with one function `(i32) -> i32`, exported as `run`, over the imported memory `host.memory`.
 * @param i32Locals number of locals besides the parameter
 */
export function moduleOf(i32Locals: number, body: Code): Uint8Array<ArrayBuffer> {
  const locals: Code = [1, ...unsignedLeb(i32Locals), 0x7f];
  const func: Code = [1, ...unsignedLeb(locals.length + body.length + 1), ...locals];
  const front: Code = [
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, 0x7f, 1, 0x7f]),
    ...section(2, [1, ...text('host'), ...text('memory'), 0x02, 0x00, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...text('run'), 0x00, 0]),
    ...[10, ...unsignedLeb(func.length + body.length + 1), ...func],
  ];
  /* A region's body has tens of thousands of bytes: it is copied once. */
  const bytes = new Uint8Array(front.length + body.length + 1);
  bytes.set(front);
  bytes.set(body, front.length);
  bytes[bytes.length - 1] = 0x0b;
  return bytes;
}
