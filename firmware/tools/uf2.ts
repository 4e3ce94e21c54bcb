/**
 * UF2, the drag-and-drop format of the RP2040's boot loader (github.com/microsoft/uf2): 512-byte blocks of 256 bytes of payload.
 */
const startMagics = [0x0a324655, 0x9e5d5157] as const;
const endMagic = 0x0ab16f30;
const familyPresent = 0x2000;
const blockBytes = 512;
const payloadBytes = 256;
const dataOffset = 32;

/** Family id of the RP2040 in Microsoft's list. */
export const rp2040Family = 0xe48bff56;

/** The UF2 file of one contiguous image. The last block is padded with 0xff. */
export function toUf2(image: Uint8Array, address: number, family = rp2040Family): Uint8Array {
  const count = Math.ceil(image.length / payloadBytes);
  const file = new Uint8Array(count * blockBytes);
  const view = new DataView(file.buffer);
  for (let block = 0; block < count; block++) {
    const at = block * blockBytes;
    const header = [
      ...startMagics,
      familyPresent,
      address + block * payloadBytes,
      payloadBytes,
      block,
      count,
      family,
    ];
    header.forEach((word, index) => {
      view.setUint32(at + 4 * index, word, true);
    });
    const payload = image.subarray(block * payloadBytes, (block + 1) * payloadBytes);
    file.fill(0xff, at + dataOffset, at + dataOffset + payloadBytes);
    file.set(payload, at + dataOffset);
    view.setUint32(at + blockBytes - 4, endMagic, true);
  }
  return file;
}
