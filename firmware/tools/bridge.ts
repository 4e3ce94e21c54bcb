/** Builds the INA bridge's image (firmware/bridge) and describes what came out. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { segmentsToUf2, uf2Families } from '../../harness/wire/flash/uf2.js';
import { compilerVersion, firmwareFolder, hashSources, type ImageManifest, sha256 } from './build.js';

/** Where flash begins on an RP2040. */
const loadAddress = 0x10000000;

/** Builds in firmware/build; the files of `prebuilt/` by name, manifest included. */
export function buildBridge(): Map<string, Uint8Array> {
  const make = (...targets: string[]) =>
    execFileSync('make', ['-s', '-C', 'bridge', ...targets], {
      cwd: firmwareFolder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  make('all');
  const built = (name: string) => readFileSync(join(firmwareFolder, 'build', 'ina-bridge', name));
  const image = built('ina-bridge.bin');
  const manifest: ImageManifest = {
    file: 'ina-bridge.bin',
    sha256: sha256(image),
    bytes: image.length,
    compiler: compilerVersion(),
    sources: hashSources(make('describe').trim().split(/\s+/)),
    loadAddress,
  };
  return new Map<string, Uint8Array>([
    ['ina-bridge.bin', image],
    ['ina-bridge.elf', built('ina-bridge.elf')],
    ['ina-bridge.uf2', segmentsToUf2([{ address: loadAddress, data: image }], uf2Families.rp2040)],
    ['ina-bridge.json', Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)],
  ]);
}
