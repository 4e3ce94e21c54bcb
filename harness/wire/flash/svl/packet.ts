/**
 * Packets of SparkFun's Variable Loader (SVL), the boot loader of Artemis boards, as svl.py and bootloader/src of sparkfun/Apollo3_Uploader_SVL
 * (commit fc89de7f) have them: a length of two bytes that counts what follows, a command, data, and a CRC; all big-endian.
 */
export const svlCommands = { version: 1, enter: 2, next: 3, frame: 4, retry: 5, done: 6 } as const;
export type SvlCommand = keyof typeof svlCommands;

/** Bytes of the program in one frame: what the boot loader has room for. */
export const svlFrameBytes = 2048;
/** The character by whose five rising edges the boot loader measures the line's rate. */
export const svlBaudCharacter = 0x55;
/** Rates that it knows, bits per second. */
export const svlBaudRates = [57_600, 115_200, 230_400, 460_800, 921_600] as const;
/** Where it puts the program in flash. */
export const svlProgramAddress = 0x1_0000;

const lengthBytes = 2;
const commandAndCrc = 3;
const names = new Map<number, SvlCommand>(
  Object.entries(svlCommands).map(([name, code]) => [code, name as SvlCommand]),
);

/** CRC-16 with the polynomial 0x8005, initial value 0, no reflection. "123456789" gives 0xFEE8. */
export function svlCrc(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? ((crc << 1) ^ 0x8005) & 0xffff : crc << 1;
  }
  return crc;
}

/** @param data at most {@link svlFrameBytes} */
export function svlPacket(command: SvlCommand, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const packet = new Uint8Array(lengthBytes + commandAndCrc + data.length);
  const view = new DataView(packet.buffer);
  view.setUint16(0, commandAndCrc + data.length);
  packet[lengthBytes] = svlCommands[command];
  packet.set(data, lengthBytes + 1);
  view.setUint16(packet.length - 2, svlCrc(packet.subarray(lengthBytes, -2)));
  return packet;
}

/** What the beginning of a stream is. `rest`: bytes that it takes up. */
export type SvlToken =
  | { kind: 'packet'; command: SvlCommand; data: Uint8Array; taken: number }
  /** More bytes must come. */
  | { kind: 'partial' }
  /** No packet begins here, or a damaged one. */
  | { kind: 'damaged' };

/** Reads the packet that a stream begins with. @param mostData what the sender may send of data */
export function parseSvl(bytes: Uint8Array, mostData: number): SvlToken {
  if (bytes.length < lengthBytes) return { kind: 'partial' };
  const length = (bytes[0] << 8) | bytes[1];
  if (length < commandAndCrc || length > commandAndCrc + mostData) return { kind: 'damaged' };
  const taken = lengthBytes + length;
  if (bytes.length < taken) return { kind: 'partial' };
  const payload = bytes.subarray(lengthBytes, taken - 2);
  const command = names.get(payload[0]);
  const crc = (bytes[taken - 2] << 8) | bytes[taken - 1];
  if (command === undefined || svlCrc(payload) !== crc) return { kind: 'damaged' };
  return { kind: 'packet', command, data: payload.slice(1), taken };
}
