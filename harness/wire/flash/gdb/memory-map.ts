import { convert } from 'xmlbuilder2';
import { LittlefirstError } from '../../../errors.js';

/** Elements within elements that a map may have: the XML library takes the square of their number. GDB's has three. */
const mostNested = 8;
/** A map of a thousand regions is a tenth of this. */
export const memoryMapLimit = 1 << 20;

/** A region of the target's memory map. `blockBytes`: erase unit of flash. */
export interface GdbMemoryRegion {
  type: 'ram' | 'rom' | 'flash';
  start: number;
  length: number;
  blockBytes: number;
}

type XmlNode = Record<string, unknown>;

/** Whether more elements are open at once than a map has. Tags in comments and the like count too: GDB's maps have none. */
function isDeep(xml: string): boolean {
  let depth = 0;
  for (const [tag] of xml.matchAll(/<[^<>]*>?/g)) {
    if (/^<[!?]/.test(tag) || tag.endsWith('/>')) continue;
    depth += tag.startsWith('</') ? -1 : 1;
    if (depth > mostNested) return true;
  }
  return false;
}

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
  if (xml.length > memoryMapLimit) throw mapError(where, `${xml.length} characters`);
  if (isDeep(xml)) throw mapError(where, `more than ${mostNested} elements within each other`);
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
