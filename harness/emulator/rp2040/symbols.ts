import { readFile } from 'node:fs/promises';
import { packagePath } from '../../package-root.js';
import { symbolsOf } from '../elf.js';

/** Tests only. Address of a function in the prebuilt image, from its symbol table. */
export async function addressOf(name: string): Promise<number> {
  const address = symbolsOf(await readFile(packagePath('firmware', 'prebuilt', 'rp2040.elf'))).get(name);
  if (address === undefined) throw new Error(`no symbol ${name}`);
  return address;
}
