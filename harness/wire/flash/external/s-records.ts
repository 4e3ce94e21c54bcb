import { readFile } from 'node:fs/promises';

const bytesPerRecord = 32;

function record(type: string, address: number, addressBytes: number, data: Uint8Array): string {
  const body = Buffer.alloc(1 + addressBytes + data.length);
  body[0] = addressBytes + data.length + 1;
  body.writeUIntBE(address, 1, addressBytes);
  body.set(data, 1 + addressBytes);
  const checksum = ~body.reduce((sum, byte) => sum + byte, 0) & 0xff;
  return `S${type}${body.toString('hex').toUpperCase()}${checksum.toString(16).toUpperCase().padStart(2, '0')}\n`;
}

/**
 * Raw binary files as one Motorola S-record file with 32-bit addresses (S0, S3, S7), which GDB loads without an ELF file.
 * Each record: count of what follows, address, data, ones' complement of the sum of all of these.
 */
export async function toSRecords(segments: readonly { path: string; address: number }[]): Promise<string> {
  let text = record('0', 0, 2, Buffer.from('littlefirst'));
  for (const { path, address } of segments) {
    const data = await readFile(path);
    for (let at = 0; at < data.length; at += bytesPerRecord)
      text += record('3', address + at, 4, data.subarray(at, at + bytesPerRecord));
  }
  return text + record('7', segments[0]?.address ?? 0, 4, new Uint8Array(0));
}
