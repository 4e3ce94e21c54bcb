/** ELF32, little-endian (System V ABI, "Section Header" and "Symbol Table"). */
const sectionEntry = { type: 4, offset: 16, size: 20, link: 24 };
const symbolTable = 2;
const symbolBytes = 16;

/** A symbol of an ELF file. */
export interface ElfSymbol {
  name: string;
  /** Of a function in Thumb code without its lowest bit. */
  value: number;
  /** Bytes; 0 where the assembler was not told. */
  size: number;
  isFunction: boolean;
}

/** The symbols of an ELF file, in its order. Several sources may have one of the same name. */
export function symbolListOf(elf: Buffer): ElfSymbol[] {
  const sections = Array.from({ length: elf.readUInt16LE(48) }, (_, i) => {
    const at = elf.readUInt32LE(32) + i * elf.readUInt16LE(46);
    return {
      type: elf.readUInt32LE(at + sectionEntry.type),
      offset: elf.readUInt32LE(at + sectionEntry.offset),
      size: elf.readUInt32LE(at + sectionEntry.size),
      link: elf.readUInt32LE(at + sectionEntry.link),
    };
  });
  const found: ElfSymbol[] = [];
  for (const { type, offset, size, link } of sections) {
    if (type !== symbolTable) continue;
    for (let at = offset; at < offset + size; at += symbolBytes) {
      const text = sections[link].offset + elf.readUInt32LE(at);
      const isFunction = (elf[at + 12] & 15) === 2;
      const value = elf.readUInt32LE(at + 4);
      found.push({
        name: elf.toString('latin1', text, elf.indexOf(0, text)),
        value: isFunction ? value & ~1 : value,
        size: elf.readUInt32LE(at + 8),
        isFunction,
      });
    }
  }
  return found;
}

/** Name -> value of the symbols of an ELF file; of a function in Thumb code without its lowest bit. */
export function symbolsOf(elf: Buffer): Map<string, number> {
  return new Map(symbolListOf(elf).map(({ name, value }) => [name, value]));
}
