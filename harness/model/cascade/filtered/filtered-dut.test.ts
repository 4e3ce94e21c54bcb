import { expect } from 'chai';
import { loadFirmware } from '../../../emulator/manifest.js';
import { createRp2040Machine } from '../../../emulator/rp2040/machine.js';
import type { Machine } from '../../../machine/machine.js';
import { randomFiltered, randomWindows } from '../../../testing/model/random-filtered.js';
import { DutClient } from '../../../wire/dut/client.js';
import type { WindowResult } from '../../../wire/dut/replies.js';
import { closeLink, type Link, openLink } from '../../../wire/link/open.js';
import type { Bundle } from '../../load.js';
import { packBundle } from '../../pack/bundle.js';
import { GoldenCascade } from '../golden.js';

const level = { name: 'only', millivolts: 1100, hertz: 12_000_000, registers: [1] };

describe('filtered strategies on the emulated RP2040', function () {
  this.timeout(60_000);
  const firmware = loadFirmware('rp2040');
  let machine: Machine;
  let link: Link;
  let client: DutClient;

  afterEach(async () => {
    client.detach();
    await closeLink(link);
    await machine.close();
  });

  async function boot(bundle: Bundle): Promise<void> {
    const { blob } = packBundle(bundle, {
      core: firmware.entry.core,
      levels: [level],
      flashBytes: 2 ** 20,
      ramArenaBytes: firmware.entry.arenaBytes,
    });
    machine = await createRp2040Machine({ levelHz: [level.hertz], uart: 'fast' });
    await machine.load([...firmware.segments, { address: firmware.entry.blobAddress, data: blob }]);
    await machine.reset();
    link = await openLink('emulated:', { machine, baudRate: 115200 });
    client = new DutClient(link);
    await client.sync();
  }

  async function answers(windows: readonly Int16Array[]): Promise<WindowResult[]> {
    const results: WindowResult[] = [];
    await client.streamWindows(
      {
        count: windows.length,
        windowBytes: windows[0].byteLength,
        payload: index => new Uint8Array(windows[index].buffer),
      },
      { onResult: result => results.push(result) },
    );
    return results;
  }

  for (const seed of [3, 12]) {
    it(`should answer as the golden interpreter, with and without a parameter (bundle ${seed})`, async () => {
      const bundle = randomFiltered(seed);
      await boot(bundle);
      const windows = randomWindows(seed, bundle.description, 24);
      for (const parameter of [undefined, 500]) {
        const golden = new GoldenCascade(bundle, 'little-first', parameter);
        await client.strategy('little-first', parameter);
        const expected = windows.map(window => golden.step(window));
        const results = await answers(windows);
        expect(results.map(({ label, path, nets }) => ({ label, path, nets }))).to.deep.equal(
          expected.map(({ label, path, nets }) => ({ label, path, nets })),
        );
      }
    });
  }
});
