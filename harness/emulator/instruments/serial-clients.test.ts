import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { SerialPort } from 'serialport';
import { markers } from '../../machine/machine.js';
import { ScriptedSource } from '../../machine/waveform.js';
import type { Meter } from '../../measure/meter/meter.js';
import { meterDrivers, openMeter } from '../../measure/meter/open.js';
import { emulatedInstruments } from './open.js';
import { type Served, serveTerminal } from './serve.js';

const settle = async () => {};

/** Opens a real serial port on an emulated instrument, as any client would, and hands a meter on it to `use`. */
async function throughSerialPort(
  name: 'scpi' | 'ina',
  use: (meter: Meter, source: ScriptedSource) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'littlefirst-'));
  const path = join(folder, name);
  const source = new ScriptedSource();
  let served: Served | undefined;
  let meter: Meter | undefined;
  try {
    served = await serveTerminal(() => emulatedInstruments[name]({ source, settle }).port, path);
    const { baudRate } = meterDrivers[name];
    const port = new SerialPort({ path, baudRate, autoOpen: false });
    await new Promise<void>((resolve, reject) => {
      port.open(error => (error ? reject(error) : resolve()));
    });
    meter = openMeter(name, { port });
    await use(meter, source);
  } finally {
    await meter?.close();
    await served?.close();
    await rm(folder, { recursive: true });
  }
}

async function meanAmps(meter: Meter, play: () => void): Promise<number> {
  let coulombs = 0;
  let seconds = 0;
  await meter.start(({ current, periodNs }) => {
    for (const amps of current) coulombs += amps * periodNs * 1e-9;
    seconds += current.length * periodNs * 1e-9;
  });
  play();
  const status = await meter.stop();
  expect(status.lostSamples).to.equal(0);
  return coulombs / seconds;
}

describe('emulated instruments on a serial port', function () {
  this.timeout(60_000);

  for (const name of ['scpi', 'ina'] as const) {
    it(`should serve a client of the real ${name} instrument`, async () => {
      await throughSerialPort(name, async (meter, source) => {
        const { driver, emulated } = await meter.identify();
        expect({ driver, emulated }).to.deep.equal({ driver: name, emulated: true });
        await meter.configure({ supplyMillivolts: 3300 });
        if (meter.canSwitchSupply !== false) await meter.supply(true);
        const play = () => source.play([{ amps: 0.012, marker: markers.idle, seconds: 1 }]);
        expect(await meanAmps(meter, play)).to.be.closeTo(0.012, 1e-4);
      });
    });
  }
});
