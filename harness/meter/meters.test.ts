import { EmulatedLpm01a } from '../emulator/instruments/lpm01a.js';
import { EmulatedOtii } from '../emulator/instruments/otii.js';
import { EmulatedPpk2 } from '../emulator/instruments/ppk2.js';
import { ScriptedSource } from '../emulator/waveform.js';
import { meterConformance } from './conformance.js';
import { DirectMeter } from './direct.js';
import { Lpm01aMeter } from './lpm01a.js';
import { OtiiMeter } from './otii.js';
import { Ppk2Meter } from './ppk2.js';

const settle = async () => {};

for (const exactEdges of [false, true]) {
  meterConformance(
    `direct, edges ${exactEdges ? 'exact' : 'sampled'}`,
    async () => {
      const source = new ScriptedSource();
      return { source, meter: new DirectMeter({ source, settle, exactEdges }) };
    },
    { supplyMillivolts: 3300 },
  );
}

meterConformance(
  'PPK2',
  async () => {
    const source = new ScriptedSource();
    const instrument = new EmulatedPpk2({ source, settle, power: async () => {} });
    const meter = new Ppk2Meter({
      port: instrument.port,
      elapsed: { seconds: () => instrument.sampledSeconds, jitterSeconds: 0 },
      settled: () => instrument.settled(),
      emulated: true,
    });
    return {
      source,
      meter,
      unplug: async () => {
        instrument.port.destroy();
      },
    };
  },
  { supplyMillivolts: 3300 },
);

for (const format of ['ascii', 'binary'] as const) {
  meterConformance(
    `LPM01A, ${format}`,
    async () => {
      const source = new ScriptedSource();
      const instrument = new EmulatedLpm01a({ source, settle });
      const meter = new Lpm01aMeter({ port: instrument.port, format, emulated: true });
      return {
        source,
        meter,
        unplug: async () => {
          instrument.port.destroy();
        },
      };
    },
    { supplyMillivolts: 3300, hasLogic: false, timeScale: format === 'ascii' ? 20 : 1 },
  );
}

meterConformance(
  'Otii',
  async () => {
    const source = new ScriptedSource();
    const instrument = new EmulatedOtii({ source, settle });
    return {
      source,
      meter: new OtiiMeter({ port: instrument.port, emulated: true }),
      unplug: async () => {
        instrument.port.destroy();
      },
    };
  },
  { supplyMillivolts: 3300, timeScale: 25 },
);
