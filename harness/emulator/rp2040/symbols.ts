import { readFile } from 'node:fs/promises';
import { packagePath } from '../../package-root.js';

/** Tests only. Address of a function in the prebuilt image, from its symbol table (ELF32, little-endian: System V ABI, "Symbol Table"). */
export async function addressOf(name: string): Promise<number> {
  const elf = await readFile(packagePath('firmware', 'prebuilt', 'rp2040.elf'));
  const sections = Array.from({ length: elf.readUInt16LE(48) }, (_, i) => {
    const at = elf.readUInt32LE(32) + i * elf.readUInt16LE(46);
    const [type, offset, size, link] = [4, 16, 20, 24].map(field => elf.readUInt32LE(at + field));
    return { type, offset, size, link };
  });
  const symbols = sections.find(({ type }) => type === 2)!;
  for (let at = symbols.offset; at < symbols.offset + symbols.size; at += 16) {
    const text = sections[symbols.link].offset + elf.readUInt32LE(at);
    if (elf.toString('latin1', text, elf.indexOf(0, text)) === name) return elf.readUInt32LE(at + 4) & ~1;
  }
  throw new Error(`no symbol ${name}`);
}
