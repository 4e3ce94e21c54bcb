/**
 * Consistent Overhead Byte Stuffing (Cheshire and Baker, 1999): content without any 0x00, so that 0x00 can delimit frames.
 */

/** Longest encoding of `length` bytes, without the delimiter. */
export function maxEncodedLength(length: number): number {
  return length + Math.floor(length / 254) + 1;
}

/**
 * Encodes `source[0 .. length - 1]` into `target` from `offset` on; no delimiter is written.
 * @returns the offset after the last byte written
 */
export function cobsEncode(source: Uint8Array, length: number, target: Uint8Array, offset = 0): number {
  let codeAt = offset;
  let write = offset + 1;
  let code = 1;
  for (let read = 0; read < length; read += 1) {
    const byte = source[read];
    if (byte !== 0) {
      target[write++] = byte;
      code += 1;
    }
    if (byte === 0 || code === 0xff) {
      target[codeAt] = code;
      codeAt = write++;
      code = 1;
    }
  }
  target[codeAt] = code;
  return write;
}

/**
 * Decodes one frame without its delimiter.
 * @returns the number of bytes written to `target`, or -1 when the frame is damaged or does not fit
 */
export function cobsDecode(source: Uint8Array, target: Uint8Array): number {
  let read = 0;
  let write = 0;
  while (read < source.length) {
    const code = source[read++];
    if (code === 0 || read + code - 1 > source.length || write + code - 1 > target.length) return -1;
    for (let i = 1; i < code; i += 1) {
      const byte = source[read++];
      if (byte === 0) return -1;
      target[write++] = byte;
    }
    if (code !== 0xff && read < source.length) {
      if (write === target.length) return -1;
      target[write++] = 0;
    }
  }
  return write;
}
