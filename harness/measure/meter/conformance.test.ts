import { DirectMeter } from '../../emulator/instruments/direct.js';
import type { Lpm01aErrors } from '../../emulator/instruments/lpm01a/instrument.js';
import { ScriptedSource } from '../../machine/waveform.js';
import { openLpm01a, openOtii, openPpk2, settle } from '../../testing/instruments/benches.js';
import { meterConformance } from '../../testing/instruments/conformance.js';

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

meterConformance('PPK2', async () => openPpk2(), {
  supplyMillivolts: 3300,
  lossy: { open: async () => openPpk2({ errors: { gaps: [{ at: 1000, count: 40 }] } }), seconds: 0.1 },
  overloadAmps: 400,
});

for (const format of ['ascii', 'binary'] as const) {
  const open =
    (errors: Lpm01aErrors = {}) =>
    async () =>
      openLpm01a({ errors }, { format });
  meterConformance(`LPM01A, ${format}`, open(), {
    supplyMillivolts: 3300,
    hasLogic: false,
    timeScale: format === 'ascii' ? 20 : 1,
    lossy: { open: open({ gaps: [{ at: 1000, count: 40 }] }), seconds: 1.5 },
    overloadAmps: 0.08,
  });
}

meterConformance('Otii', async () => openOtii(), { supplyMillivolts: 3300, timeScale: 25 });
