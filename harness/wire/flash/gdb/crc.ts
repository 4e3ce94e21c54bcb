const polynomial = 0x04c11db7;

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit++) value = value & 0x80000000 ? (value << 1) ^ polynomial : value << 1;
  return value >>> 0;
});

/** The checksum of GDB's `qCRC`: CRC-32 polynomial, most significant bit first, start 0xffffffff, nothing inverted. */
export function gdbCrc32(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = ((crc << 8) ^ table[(crc >>> 24) ^ byte]) >>> 0;
  return crc;
}
