import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { symbolsOf } from '../../emulator/elf.js';
import { headerLayout } from '../../model/pack/blob.js';
import { packagePath } from '../../package-root.js';
import { type Check, fail, pass, skip } from './finding.js';
import type { Rig } from './rig.js';

const pattern = 0xa5;
/** Stack that is left alone while the board waits: what its waiting needs, generously. */
const inUseBytes = 768;
/** Stack that must be left at the end, bytes. Assumed: an interrupt's frame and handler, twice. */
const leastLeft = 256;

/** The free stack of an image, between these addresses. */
async function stackOf({
  prepared: { board, firmware },
}: Rig): Promise<{ limit: number; top: number } | undefined> {
  const elf =
    board.folder === undefined
      ? packagePath('firmware', 'prebuilt', `${board.name}.elf`)
      : join(board.folder, 'build', firmware.entry.file.replace(/\.bin$/, '.elf'));
  if (!existsSync(elf)) return undefined;
  const symbols = symbolsOf(await readFile(elf));
  const [limit, top] = [symbols.get('__stack_limit'), symbols.get('__stack_top')];
  return limit === undefined || top === undefined ? undefined : { limit, top };
}

/** Paints the free stack of an emulated board that rests; `stack` says later how deep it was used. */
export async function paintStack(rig: Rig): Promise<void> {
  const stack = await stackOf(rig);
  if (rig.emulated === undefined || stack === undefined) return;
  const bytes = stack.top - stack.limit - inUseBytes;
  if (bytes > 0)
    await rig.emulated.machine.load([{ address: stack.limit, data: new Uint8Array(bytes).fill(pattern) }]);
}

export const stack: Check = {
  name: 'stack',
  title: 'leaves some of its stack unused after all that was tried',
  look: 'large local arrays in the port or its handlers; PORT_RING_BYTES and PORT_ARENA_BYTES leave the stack what remains of the RAM',
  run: async rig => {
    const place = await stackOf(rig);
    if (rig.emulated === undefined) return skip("a real board's RAM is seen by a debugger only");
    if (place === undefined) return skip('the image has no ELF file beside it');
    const { limit, top } = place;
    const memory = await rig.emulated.machine.read(limit, top - limit);
    const touched = memory.findIndex(byte => byte !== pattern);
    const left = touched < 0 ? memory.length : touched;
    const seen = `${memory.length - left} of ${memory.length} bytes used`;
    return left < leastLeft ? fail(`${seen}, ${left} left`) : pass(seen);
  },
};

export const arena: Check = {
  name: 'arena',
  title: 'refuses a bundle that needs more RAM than it keeps, and one that is damaged',
  look: 'PORT_ARENA_BYTES and the address of the blob in port.mk, image.ld and port_facts',
  run: async rig => {
    const { dut, prepared, bundle } = rig;
    if (dut.flash === undefined) return skip('this bench has no flasher');
    const { entry } = prepared.firmware;
    const tooLarge = bundle.blob.slice();
    const view = new DataView(tooLarge.buffer);
    view.setUint32(headerLayout.offsets.maxArenaBytes, entry.arenaBytes + 4, true);
    view.setUint32(headerLayout.offsets.crc32, crc32(tooLarge.subarray(headerLayout.offsets.version)), true);
    const damaged = bundle.blob.slice();
    damaged[damaged.length - 1] ^= 1;
    const taken: string[] = [];
    for (const [what, blob] of [
      [`an arena of ${entry.arenaBytes + 4} bytes`, tooLarge],
      ['a damaged bundle', damaged],
    ] as const) {
      await dut.flash(blob);
      if ((await dut.client.sync()).blob !== '-') taken.push(what);
    }
    await dut.flash(bundle.blob);
    const again = await dut.client.sync();
    if (again.blob === '-') taken.push('then nothing: the right bundle is refused');
    return taken.length > 0
      ? fail(`it took ${taken.join(' and ')}`)
      : pass(`${entry.arenaBytes} bytes are its limit`);
  },
};
