import { LittlefirstError } from '../../errors.js';
import type { MemorySegment } from '../../machine/machine.js';

/* UF2 (github.com/microsoft/uf2): 512-byte blocks; the RP2040's boot ROM takes 256 bytes of payload in each. */
const startMagics = [0x0a324655, 0x9e5d5157] as const;
const endMagic = 0x0ab16f30;
const familyPresent = 0x2000;
const blockBytes = 512;
const payloadBytes = 256;
const dataOffset = 32;

/** Family ids of Microsoft's list. */
export const uf2Families = { rp2040: 0xe48bff56 } as const;

interface Page {
  address: number;
  data: Uint8Array;
}

function pagesOf({ address, data }: MemorySegment): Page[] {
  if (address % payloadBytes !== 0)
    throw new LittlefirstError('LF_FLASH_FAILED', 'A segment does not begin on a flash page', {
      expected: `an address that is a multiple of ${payloadBytes}`,
      received: `0x${address.toString(16)}`,
    });
  return Array.from({ length: Math.ceil(data.length / payloadBytes) }, (_, page) => ({
    address: address + page * payloadBytes,
    data: data.subarray(page * payloadBytes, (page + 1) * payloadBytes),
  }));
}

/**
 * Several segments as one UF2 file, numbered through; a last page that is not full is padded with 0xff.
 * @throws LF_FLASH_FAILED when a segment is not page-aligned
 */
export function segmentsToUf2(segments: readonly MemorySegment[], family: number): Uint8Array {
  const pages = segments.flatMap(pagesOf);
  const file = new Uint8Array(pages.length * blockBytes);
  const view = new DataView(file.buffer);
  pages.forEach(({ address, data }, block) => {
    const at = block * blockBytes;
    const header = [...startMagics, familyPresent, address, payloadBytes, block, pages.length, family];
    header.forEach((word, index) => {
      view.setUint32(at + 4 * index, word, true);
    });
    file.fill(0xff, at + dataOffset, at + dataOffset + payloadBytes);
    file.set(data, at + dataOffset);
    view.setUint32(at + blockBytes - 4, endMagic, true);
  });
  return file;
}
