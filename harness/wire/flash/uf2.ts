import { LittlefirstError } from '../../errors.js';
import type { MemorySegment } from '../../machine/machine.js';

/* UF2 (github.com/microsoft/uf2): 512-byte blocks; the boot ROMs of RP2040 and RP2350 take 256 bytes of payload in each. */
const startMagics = [0x0a324655, 0x9e5d5157] as const;
const endMagic = 0x0ab16f30;
const familyPresent = 0x2000;
const blockBytes = 512;
const payloadBytes = 256;
const dataOffset = 32;

/** Family ids of Microsoft's list, by board; that of the RP2350 is for images of its Arm cores in Secure state. */
export const uf2Families = { rp2040: 0xe48bff56, rp2350: 0xe48bff59 } as const;
export type Uf2Family = keyof typeof uf2Families;

/** @param name of a board, whether it is flashed by UF2 or not */
export const isUf2Family = (name: string): name is Uf2Family => Object.hasOwn(uf2Families, name);

/** How the boot ROM's drive is called (RP2040 data sheet 2.8.4, RP2350 data sheet 5.5.1). */
export const uf2Labels: Readonly<Record<Uf2Family, string>> = { rp2040: 'RPI-RP2', rp2350: 'RP2350' };

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
