import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import { execa } from 'execa';
import { Random } from '../data/random.js';
import type { Machine } from '../machine/machine.js';
import { headerLayout } from '../model/pack/blob.js';
import { packBundle } from '../model/pack/bundle.js';
import { FirmwareBench, testLevels } from '../testing/dut/rp2040.js';
import { randomCase } from '../testing/model/random-bundle.js';
import { type Firmware, loadFirmware } from './manifest.js';
import { createQemuMachine, type QemuBoard } from './qemu/machine.js';
import { createRp2040Machine } from './rp2040/machine.js';

const networks = 4;
const damagedOfEach = 5;
const levelHz = testLevels.map(({ hertz }) => hertz);

interface DamagedBlob {
  blob: Uint8Array;
  windowBytes: number;
}

/** Good blobs of small networks for a board, and each with a few bytes changed and a CRC that fits. */
function damagedBlobs({ entry }: Firmware, seed: number): DamagedBlob[] {
  const random = new Random(seed);
  const { version, crc32: checksum } = headerLayout.offsets;
  return Array.from({ length: networks }, (_, n) => {
    const { network, description } = randomCase(seed + n, { maxSamples: 8, maxFilters: 4 });
    const target = { core: entry.core, levels: testLevels, flashBytes: 128 * 1024 };
    const { blob } = packBundle(
      { description, networks: [{ network }] },
      { ...target, ramArenaBytes: entry.arenaBytes },
    );
    const { samples, channels } = description.window;
    const damage = (): Uint8Array => {
      const damaged = blob.slice();
      for (let changes = random.integer(1, 3); changes > 0; changes -= 1) {
        const at = random.integer(version, blob.length - 1);
        damaged[at] =
          random.uniform() < 0.5 ? random.integer(0, 255) : damaged[at] ^ (1 << random.integer(0, 7));
      }
      const sum = crc32(
        damaged.subarray(version, new DataView(blob.buffer).getUint32(headerLayout.offsets.totalBytes, true)),
      );
      new DataView(damaged.buffer).setUint32(checksum, sum, true);
      return damaged;
    };
    return [blob, ...Array.from({ length: damagedOfEach }, damage)].map(one => ({
      blob: one,
      windowBytes: samples * channels.length,
    }));
  }).flat();
}

/** Starts the board with a blob and runs it on a window. @returns what it said to `infer`, and all that it said */
async function tryBlob(
  bench: FirmwareBench,
  address: number,
  one: DamagedBlob,
): Promise<{ said: string; all: string }> {
  await bench.machine.load([{ address, data: one.blob }]);
  await bench.machine.reset();
  let all = await bench.until('m-ready\r\n');
  const ask = async (command: string) => {
    bench.send(`${command}%`);
    const said = await bench.until('m-ready\r\n');
    all += said;
    return said;
  };
  await ask('lf id 1');
  await ask(`db load ${one.windowBytes}`);
  for (let left = one.windowBytes; left > 0; left -= 100) await ask(`db ${'5a'.repeat(Math.min(100, left))}`);
  const said = await ask('infer 2 1');
  await ask('lf id 2');
  return { said, all };
}

function blobsThatDoNoHarm(board: string, create: () => Promise<Machine>): void {
  it(`should refuse or run damaged blobs with a right CRC on ${board}, and go on`, async function () {
    this.timeout(600_000);
    const firmware = loadFirmware(board);
    const machine = await create();
    let isRefused = 0;
    let isRun = 0;
    try {
      const bench = FirmwareBench.around(machine);
      await machine.load(firmware.segments);
      for (const [i, one] of damagedBlobs(firmware, 5).entries()) {
        const { said, all } = await tryBlob(bench, firmware.entry.blobAddress, one);
        const recipe = `blob ${i}: ${Buffer.from(one.blob).toString('base64')}`;
        expect(all, recipe).not.to.match(/e-\[fault|m-reset-/);
        expect(all.match(/m-init-done/g), recipe).to.have.length(1);
        const hasRun = /m-infer-done\r\n(m-results-\[[^\]]*\])/.exec(said);
        if (i % (damagedOfEach + 1) === 0) expect(hasRun, `undamaged ${recipe}: ${all}`).not.to.equal(null);
        else if (hasRun === null) isRefused += 1;
        else isRun += 1;
      }
    } finally {
      await machine.close();
    }
    expect(isRefused, 'refused').to.be.above(0);
    expect(isRun, 'run').to.be.above(0);
  });
}

describe('whole damaged blobs on emulated boards', () => {
  blobsThatDoNoHarm('rp2040', () => createRp2040Machine({ levelHz }));
});

if (!(await execa('qemu-system-arm', ['--version'], { reject: false })).failed)
  describe('whole damaged blobs on boards in QEMU', () => {
    for (const board of ['lm3s6965', 'lm3s6965-m4'] as const satisfies readonly QemuBoard[])
      blobsThatDoNoHarm(board, () => createQemuMachine({ board, levelHz, datagramInput: true }));
  });
