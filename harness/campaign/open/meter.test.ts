import { expect } from 'chai';
import { constantLoad, Load } from '../../emulator/instruments/load.js';
import { emulatedInstruments } from '../../emulator/instruments/open.js';
import { type Served, serveTcp } from '../../emulator/instruments/serve.js';
import type { Meter } from '../../measure/meter/meter.js';
import type { MeterDriverName } from '../../measure/meter/open.js';
import { meterSchema } from '../bench/meter-schema.js';
import { openBenchMeter } from './meter.js';

/** Mean current that a real bench's meter sees of a load of 5 mA behind the instrument's switch. */
async function meanAmps(driver: MeterDriverName, choice: object): Promise<number> {
  const load = new Load(constantLoad(5e-3));
  let served: Served | undefined;
  let meter: Meter | undefined;
  try {
    served = await serveTcp(
      () =>
        emulatedInstruments[driver]({
          source: load,
          settle: async () => load.advance(),
          power: async on => load.power(on),
        }).port,
      0,
    );
    meter = await openBenchMeter(meterSchema.parse({ driver, link: served.address, ...choice }), {
      boardLink: 'serial:/dev/null',
      supplyMillivolts: 3300,
    });
    let sum = 0;
    let count = 0;
    const isEnough = new Promise<void>((resolve, reject) => {
      meter
        ?.start(({ current }) => {
          for (const amps of current) sum += amps;
          count += current.length;
          if (count > 50) resolve();
        })
        .catch(reject);
      load.advance();
      /* The Otii delivers when it is stopped. */
      if (driver === 'otii') setTimeout(resolve, 100);
    });
    await isEnough;
    await meter?.stop();
    return sum / count;
  } finally {
    await meter?.close();
    await served?.close();
    load.close();
  }
}

describe('meter of a real bench', function () {
  this.timeout(30_000);

  for (const [driver, choice] of [
    ['ppk2', { mode: 'source' }],
    ['ppk2', { mode: 'ampere' }],
    ['ppk2', {}],
    ['lpm01a', {}],
    ['otii', {}],
    ['scpi', {}],
  ] as const)
    it(`should let the DUT's current through a ${driver} ${JSON.stringify(choice)}`, async () => {
      expect(await meanAmps(driver, choice)).to.be.closeTo(5e-3, 1e-4);
    });
});
