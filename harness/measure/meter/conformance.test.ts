import { DirectMeter } from '../../emulator/instruments/direct.js';
import { EmulatedLpm01a, type Lpm01aErrors } from '../../emulator/instruments/lpm01a.js';
import { EmulatedOtii } from '../../emulator/instruments/otii.js';
import { EmulatedPpk2, type Ppk2Errors } from '../../emulator/instruments/ppk2.js';
import { ScriptedSource } from '../../machine/waveform.js';
import { meterConformance } from '../../testing/instruments/conformance.js';
import { Lpm01aMeter } from './lpm01a/driver.js';
import { OtiiMeter } from './otii/driver.js';
import { Ppk2Meter } from './ppk2/driver.js';

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

const openPpk2 =
  (errors: Ppk2Errors = {}) =>
  async () => {
    const source = new ScriptedSource();
    const instrument = new EmulatedPpk2({ source, settle, power: async () => {}, errors });
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
  };

meterConformance('PPK2', openPpk2(), {
  supplyMillivolts: 3300,
  lossy: { open: openPpk2({ gaps: [{ at: 1000, count: 40 }] }), seconds: 0.1 },
  overloadAmps: 400,
});

for (const format of ['ascii', 'binary'] as const) {
  const openLpm01a =
    (errors: Lpm01aErrors = {}) =>
    async () => {
      const source = new ScriptedSource();
      const instrument = new EmulatedLpm01a({ source, settle, errors });
      const meter = new Lpm01aMeter({ port: instrument.port, format, emulated: true });
      return {
        source,
        meter,
        unplug: async () => {
          instrument.port.destroy();
        },
      };
    };
  meterConformance(`LPM01A, ${format}`, openLpm01a(), {
    supplyMillivolts: 3300,
    hasLogic: false,
    timeScale: format === 'ascii' ? 20 : 1,
    lossy: { open: openLpm01a({ gaps: [{ at: 1000, count: 40 }] }), seconds: 1.5 },
    overloadAmps: 0.08,
  });
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
