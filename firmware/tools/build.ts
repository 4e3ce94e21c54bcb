/** Builds all boards and describes what came out. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packagePath } from '../../harness/package-root.js';
import { isUf2Family, segmentsToUf2, uf2Families } from '../../harness/wire/flash/uf2.js';

export const firmwareFolder = packagePath('firmware');
export const prebuiltFolder = join(firmwareFolder, 'prebuilt');

/** What the manifest of an image says, whatever the image is for. */
export interface ImageManifest {
  file: string;
  sha256: string;
  bytes: number;
  compiler: string;
  /** SHA-256 over path and content of every source file, in sorted order. */
  sources: string;
  loadAddress: number;
}

/** One entry of `prebuilt/manifest.json`; harness/emulator/manifest.ts reads it. */
export interface ManifestEntry extends ImageManifest {
  blobAddress: number;
  arenaBytes: number;
  ringBytes: number;
  core: string;
}

/** A built board: its manifest entry and its files by name. */
export interface BuiltBoard {
  name: string;
  entry: ManifestEntry;
  files: Map<string, Uint8Array>;
}

function run(command: string, args: string[]): string {
  return execFileSync(command, args, {
    cwd: firmwareFolder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

export function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** First line of `arm-none-eabi-gcc --version`. */
export function compilerVersion(): string {
  return run('make', ['-s', 'compiler']).trim();
}

/** SHA-256 over path (below firmware/) and content of every file, in sorted order. */
export function hashSources(paths: string[]): string {
  const hash = createHash('sha256');
  for (const path of [...paths].sort())
    hash.update(`${path}\0`).update(readFileSync(join(firmwareFolder, path)));
  return hash.digest('hex');
}

/** Sizes of the RAM buffers, read from the symbols of the ELF file. */
function bufferBytes(elf: string, symbol: string): number {
  const line = run('arm-none-eabi-nm', ['-S', elf])
    .split('\n')
    .find(candidate => candidate.endsWith(` ${symbol}`));
  if (line === undefined) throw new Error(`${elf} has no symbol ${symbol}`);
  return Number.parseInt(line.split(' ')[1], 16);
}

function describeBoard(line: string, compiler: string): BuiltBoard {
  const [name, core, load, blob, ...sources] = line.trim().split(/\s+/);
  if (!['m0p', 'm3', 'm4'].includes(core))
    throw new Error(`ports/*/port.mk: ${name}.core, .load or .blob is missing`);
  const elf = `build/${name}/${name}.elf`;
  const image = readFileSync(join(firmwareFolder, `build/${name}/${name}.bin`));
  const files = new Map<string, Uint8Array>([
    [`${name}.bin`, image],
    [`${name}.elf`, readFileSync(join(firmwareFolder, elf))],
  ]);
  if (isUf2Family(name))
    files.set(`${name}.uf2`, segmentsToUf2([{ address: Number(load), data: image }], uf2Families[name]));
  const entry: ManifestEntry = {
    file: `${name}.bin`,
    sha256: sha256(image),
    bytes: image.length,
    compiler,
    sources: hashSources(sources),
    loadAddress: Number(load),
    blobAddress: Number(blob),
    arenaBytes: bufferBytes(elf, 'arena'),
    ringBytes: bufferBytes(elf, 'ring_memory'),
    core,
  };
  return { name, entry, files };
}

/** Builds in firmware/build and returns every board. */
export function buildAll(): BuiltBoard[] {
  run('make', ['-s', '-j2']);
  const compiler = compilerVersion();
  return run('make', ['-s', 'describe'])
    .split('\n')
    .filter(line => line !== '')
    .map(line => describeBoard(line, compiler));
}

/** The manifest as it is written. */
export function manifestText(boards: BuiltBoard[]): string {
  const sorted = [...boards].sort((a, b) => a.name.localeCompare(b.name));
  return `${JSON.stringify({ boards: Object.fromEntries(sorted.map(({ name, entry }) => [name, entry])) }, null, 2)}\n`;
}
