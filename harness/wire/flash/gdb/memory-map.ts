import { convert } from 'xmlbuilder2';
import { LittlefirstError } from '../../../errors.js';

/** A region of the target's memory map. `blockBytes`: erase unit of flash. */
export interface GdbMemoryRegion {
  type: 'ram' | 'rom' | 'flash';
  start: number;
  length: number;
  blockBytes: number;
}

type XmlNode = Record<string, unknown>;

function asList(node: unknown): XmlNode[] {
  if (node === undefined) return [];
  return (Array.isArray(node) ? node : [node]) as XmlNode[];
}

function blockBytesOf(memory: XmlNode): number {
  const blocks = asList(memory.property).find(property => property['@name'] === 'blocksize');
  return Number(blocks?.['#'] ?? 0);
}

/**
 * Parses a GDB memory map (GDB manual, "Memory Map Format").
 * @throws LF_FLASH_FAILED when it is not one
 */
export function parseMemoryMap(xml: string, where: string): GdbMemoryRegion[] {
  let memories: XmlNode[];
  try {
    const document = convert(xml, { format: 'object' }) as XmlNode;
    memories = asList((document['memory-map'] as XmlNode | undefined)?.memory);
  } catch (error) {
    throw mapError(where, xml.slice(0, 200), error);
  }
  return memories.map(memory => {
    const region = {
      type: memory['@type'] as GdbMemoryRegion['type'],
      start: Number(memory['@start']),
      length: Number(memory['@length']),
      blockBytes: blockBytesOf(memory),
    };
    const known = ['ram', 'rom', 'flash'].includes(region.type);
    const needsBlocks = region.type === 'flash' && !(region.blockBytes > 0);
    if (!known || !(region.start >= 0) || !(region.length >= 0) || needsBlocks)
      throw mapError(where, JSON.stringify(memory).slice(0, 200));
    return region;
  });
}

function mapError(where: string, received: string, cause?: unknown): LittlefirstError {
  return new LittlefirstError('LF_FLASH_FAILED', `The GDB server at ${where} has an unreadable memory map`, {
    expected: '<memory type= start= length=>, flash with its blocksize',
    received,
    fields: { where },
    cause,
  });
}
