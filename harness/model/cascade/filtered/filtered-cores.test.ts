import { expect } from 'chai';
import { execa } from 'execa';
import { loadFirmware } from '../../../emulator/manifest.js';
import { createQemuMachine, type QemuBoard } from '../../../emulator/qemu/machine.js';
import { randomFiltered, randomWindows } from '../../../testing/model/random-filtered.js';
import { DutClient } from '../../../wire/dut/client.js';
import { closeLink, openLink } from '../../../wire/link/open.js';
import type { Bundle } from '../../load.js';
import { packBundle } from '../../pack/bundle.js';
import { GoldenCascade } from '../golden.js';

const level = { name: 'only', millivolts: 1100, hertz: 12_000_000, registers: [1] };
const levelHz = [level.hertz];
/** Cores whose features have assembler of their own; the Cortex-M0+ is `filtered-dut.test.ts`'s. */
const boards: QemuBoard[] = ['lm3s6965', 'lm3s6965-m4'];
const hasQemu = !(await execa('qemu-system-arm', ['--version'], { reject: false })).failed;

/** Windows that overlap by half, as those of a recording, in one memory. */
function overlapping(bundle: Bundle, seed: number): Int16Array[] {
  const { samples, channels } = bundle.description.window;
  const recording = Int16Array.from(
    randomWindows(seed, bundle.description, 10).flatMap(window => [...window]),
  );
  const values = samples * channels.length;
  const count = Math.floor((2 * recording.length) / values) - 1;
  return Array.from({ length: count }, (_, i) =>
    recording.subarray((i * values) / 2, (i * values) / 2 + values),
  );
}

/** Seeds that bring every decimation and lags that leave terms over behind fours. */
const seeds = [15, 6, 9, 10];

describe('windows that continue, on each core', function () {
  this.timeout(300_000);
  it('are of all decimations', () => {
    const kinds = seeds.map(seed => {
      const [strategy] = randomFiltered(seed, { wearable: true }).description.strategies;
      return strategy.kind === 'filtered' ? strategy.features.decimation : 0;
    });
    expect([...new Set(kinds)].sort()).to.deep.equal([1, 2, 4, 8]);
  });

  for (const board of hasQemu ? boards : [])
    it(`get the golden interpreter's answers on ${board}, with and without the gaps between them`, async () => {
      const { entry, segments } = loadFirmware(board);
      const machine = await createQemuMachine({ board, levelHz, datagramInput: true });
      try {
        for (const seed of seeds) {
          const bundle = randomFiltered(seed, { wearable: true });
          const { blob } = packBundle(bundle, {
            ...{ core: entry.core, levels: [level] },
            ...{ flashBytes: 2 ** 18, ramArenaBytes: entry.arenaBytes },
          });
          await machine.load([...segments, { address: entry.blobAddress, data: blob }]);
          await machine.reset();
          const link = await openLink('emulated:', { machine, baudRate: 115200 });
          const client = new DutClient(link);
          try {
            await client.sync();
            await client.strategy('little-first');
            const windows = overlapping(bundle, seed);
            const bytes = windows[0].byteLength;
            const whole = (i: number) => new Uint8Array(windows[i].buffer, windows[i].byteOffset, bytes);
            const golden = new GoldenCascade(bundle, 'little-first');
            const expected = windows.map(window => golden.step(window));
            const results: { label: number; path: string; nets: number }[] = [];
            await client.streamWindows(
              {
                ...{ count: windows.length, windowBytes: bytes, payload: whole },
                tail: { bytes: bytes / 2, of: i => (i % 7 === 0 ? undefined : whole(i).subarray(bytes / 2)) },
              },
              { onResult: ({ label, path, nets }) => results.push({ label, path, nets }) },
            );
            const answers = expected.map(({ label, path, nets }) => ({ label, path, nets }));
            expect(results, `bundle ${seed}`).to.deep.equal(answers);
          } finally {
            client.detach();
            await closeLink(link);
          }
        }
      } finally {
        await machine.close();
      }
    });
});
