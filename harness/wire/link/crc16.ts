const table = new Uint16Array(256);
for (let byte = 0; byte < 256; byte += 1) {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  table[byte] = crc & 0xffff;
}

/**
 * CRC-16/CCITT-FALSE: polynomial 0x1021, initial value 0xFFFF, no reflection, no final xor. "123456789" gives 0x29B1.
 * @param bytes covered bytes are `bytes[start] .. bytes[end - 1]`
 */
export function crc16(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let crc = 0xffff;
  for (let i = start; i < end; i += 1) crc = ((crc << 8) & 0xffff) ^ table[(crc >> 8) ^ bytes[i]];
  return crc;
}

/** {@link crc16} of the first `end` characters of a line that was read as Latin-1, one byte a character. */
export function crc16OfText(text: string, end = text.length): number {
  let crc = 0xffff;
  for (let i = 0; i < end; i += 1)
    crc = ((crc << 8) & 0xffff) ^ table[(crc >> 8) ^ (text.charCodeAt(i) & 0xff)];
  return crc;
}
