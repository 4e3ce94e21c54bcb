import { EmulatedLpm01a } from '../emulator/instruments/lpm01a.js';
import { normalSource, uniformSource } from '../emulator/instruments/noise.js';
import { EmulatedOtii } from '../emulator/instruments/otii.js';
import { EmulatedPpk2 } from '../emulator/instruments/ppk2.js';
import { markers } from '../emulator/machine.js';
import { ScriptedSource } from '../emulator/waveform.js';
import { BlockEnergyCollector } from '../energy/collector.js';
import { Lpm01aMeter } from './lpm01a.js';
import type { Meter, MeterAccuracy } from './meter.js';
import { OtiiMeter } from './otii.js';
import { Ppk2Meter } from './ppk2.js';
import { defaultPpk2Ranges } from './ppk2-protocol.js';

/** How often a meter's 95 % interval holds the truth, and how wide it is against what the injected errors require. */
export interface CoverageResult {
  meter: string;
  cases: number;
  covered: number;
  medianWidthRatio: number;
}

interface Claim {
  gainRelative: number;
  offsetAmps: number;
}

interface Injected {
  gain: number;
  offsetAmps: number;
  seed: number;
}

interface StudiedMeter {
  name: string;
  claim: Claim;
  /** Currents of the study, amperes. */
  amps: readonly [number, number];
  /** Durations of a window, seconds. */
  seconds: readonly [number, number];
  open: (source: ScriptedSource, injected: Injected, accuracy: Partial<MeterAccuracy>) => Meter;
}

const settle = async () => {};
/** Input offset of the converter, as real calibrations have it: small negative currents still count. */
const ppk2Ranges = defaultPpk2Ranges().map(range => ({ ...range, O: 400 }));

export const studiedMeters: readonly StudiedMeter[] = [
  {
    name: 'ppk2',
    claim: { gainRelative: 0.01, offsetAmps: 1e-7 },
    amps: [1e-6, 0.1],
    seconds: [1e-3, 10],
    open: (source, errors, accuracy) => {
      const instrument = new EmulatedPpk2({ source, settle, errors, ranges: ppk2Ranges });
      return new Ppk2Meter({
        port: instrument.port,
        elapsed: { seconds: () => instrument.sampledSeconds, jitterSeconds: 0 },
        settled: () => instrument.settled(),
        emulated: true,
        accuracy,
      });
    },
  },
  {
    name: 'lpm01a',
    claim: { gainRelative: 0.01, offsetAmps: 1e-7 },
    amps: [1e-6, 0.05],
    seconds: [2e-3, 10],
    open: (source, errors, accuracy) => {
      const instrument = new EmulatedLpm01a({ source, settle, errors: { ...errors, noiseAmps: 1e-7 } });
      return new Lpm01aMeter({ port: instrument.port, format: 'ascii', emulated: true, accuracy });
    },
  },
  {
    name: 'otii',
    claim: { gainRelative: 0.005, offsetAmps: 5e-8 },
    amps: [1e-6, 0.1],
    seconds: [2e-3, 10],
    open: (source, errors, accuracy) => {
      const { port } = new EmulatedOtii({ source, settle, errors: { ...errors, noiseAmps: 5e-8 } });
      return new OtiiMeter({ port, emulated: true, accuracy });
    },
  },
];

const supplyMillivolts = 3300;
const windows = 6;

/**
 * Injects random gain and offset errors of the claimed size and compares reported energy with the truth.
 * @param cases number of random cases; currents and durations are log-uniform over the meter's span
 */
export async function studyCoverage(
  meter: StudiedMeter,
  cases: number,
  seed: number,
): Promise<CoverageResult> {
  const uniform = uniformSource(seed);
  const normal = normalSource(seed + 1);
  const logUniform = ([low, high]: readonly [number, number]) => low * (high / low) ** uniform();
  let covered = 0;
  const ratios: number[] = [];
  for (let i = 0; i < cases; i += 1) {
    const amps = logUniform(meter.amps);
    const seconds = logUniform(meter.seconds);
    const injected = {
      gain: meter.claim.gainRelative * normal(),
      offsetAmps: meter.claim.offsetAmps * normal(),
      seed: seed + i,
    };
    const { joules, u95 } = await measure(meter, injected, amps, seconds, uniform);
    const truth = (amps * seconds * supplyMillivolts) / 1000;
    const required =
      1.96 *
      Math.hypot(
        meter.claim.gainRelative * truth,
        (meter.claim.offsetAmps * seconds * supplyMillivolts) / 1000,
      );
    if (Math.abs(joules - truth) <= u95) covered += 1;
    ratios.push(u95 / required);
  }
  ratios.sort((a, b) => a - b);
  return { meter: meter.name, cases, covered, medianWidthRatio: ratios[Math.floor(cases / 2)] };
}

async function measure(
  studied: StudiedMeter,
  injected: Injected,
  amps: number,
  seconds: number,
  uniform: () => number,
): Promise<{ joules: number; u95: number }> {
  const source = new ScriptedSource();
  const exact = { voltageRelative: 0, clockRelative: 0, rangeSwitchSeconds: 0 };
  const meter = studied.open(source, injected, { ...studied.claim, ...exact });
  const { sampleRateHz } = await meter.configure({ supplyMillivolts });
  const collector = new BlockEnergyCollector({
    accuracy: () => meter.accuracy(),
    supplyMillivolts,
    expectedWindows: windows,
  });
  const idleSeconds = () => (40 + uniform()) / sampleRateHz;
  const idle = () => ({ amps: amps / 20, marker: markers.idle, seconds: idleSeconds() });
  await meter.start(chunk => collector.push(chunk));
  source.play([idle()]);
  for (let i = 0; i < windows; i += 1) source.play([{ amps, marker: markers.gate, seconds }, idle()]);
  source.play([idle()]);
  const { facts } = collector.finish(await meter.stop());
  await meter.close();
  return { joules: facts.meanJoules, u95: facts.combined.u95 };
}
