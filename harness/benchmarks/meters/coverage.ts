import { normalSource, uniformSource } from '../../emulator/instruments/noise.js';
import { type EmulatedMeterOptions, openEmulatedMeter } from '../../emulator/instruments/open.js';
import { EmulatedPpk2 } from '../../emulator/instruments/ppk2/instrument.js';
import { LittlefirstError } from '../../errors.js';
import { markers } from '../../machine/machine.js';
import { ScriptedSource } from '../../machine/waveform.js';
import { BlockEnergyCollector } from '../../measure/energy/collector.js';
import { checkBlock } from '../../measure/energy/rules/check.js';
import type { Meter, MeterAccuracy } from '../../measure/meter/meter.js';
import { type MeterDriverName, openMeter } from '../../measure/meter/open.js';
import { nominalPpk2Ranges } from '../../measure/meter/ppk2/metadata.js';

/** How often a meter's 95 % interval holds the truth, and how wide it is against what the injected errors require. */
export interface CoverageResult {
  meter: string;
  /** Random cases whose block kept the rules; only these have a figure. */
  cases: number;
  covered: number;
  /** Median over those cases of the interval's width, in units of the width that the injected errors require. */
  medianWidthRatio: number;
  /** Cases whose block was invalid, by the rule that was broken first. They are counted apart: such a block has no figure. */
  refused: Record<string, number>;
}

interface Injected {
  gain: number;
  offsetAmps: number;
  noiseAmps: number;
  seed: number;
}

export interface StudiedMeter {
  name: string;
  driver: MeterDriverName;
  /** Standard deviations of the injected errors, which the driver is told; noise is of one sample, and it finds that itself. */
  gainRelative: number;
  offsetAmps: number;
  noiseAmps: number;
  /** One step of the instrument's numbers, amperes; 0 where it follows the current. */
  stepAmps: number;
  /** Currents of the study, amperes. */
  amps: readonly [number, number];
  /** Durations of a window, seconds. */
  seconds: readonly [number, number];
  /** Rate for windows of this length; default: the driver's own. Long windows need no fast samples. */
  rateHz?: (seconds: number) => number;
  errors: (injected: Injected) => Partial<EmulatedMeterOptions>;
  /** Opens the instrument, where its options go beyond the errors. */
  open?: (source: ScriptedSource, injected: Injected, accuracy: Partial<MeterAccuracy>) => Meter;
}

const settle = async () => {};
const uniform = 1 / Math.sqrt(3);
/** Input offset of the converter, as real calibrations have it: small negative currents still count. */
const ppk2Ranges = nominalPpk2Ranges().map(range => ({ ...range, O: 400 }));
const span = { amps: [1e-6, 0.1], seconds: [1e-3, 10] } as const;
const samplesPerWindow = (count: number, least: number, most: number) => (seconds: number) =>
  Math.min(most, Math.max(least, count / seconds));

/** Errors are of the size that each driver states of its instrument, or of a calibrated one of its kind. */
export const studiedMeters: readonly StudiedMeter[] = [
  {
    name: 'ppk2',
    driver: 'ppk2',
    ...{ gainRelative: 0.01, offsetAmps: 1e-7, noiseAmps: 0, stepAmps: 0 },
    ...span,
    errors: () => ({}),
    open: (source, { gain, offsetAmps, seed }, accuracy) => {
      const errors = { gain, offsetAmps, seed };
      const instrument = new EmulatedPpk2({ source, settle, errors, ranges: ppk2Ranges });
      return openMeter('ppk2', {
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
    driver: 'lpm01a',
    ...{ gainRelative: 0.01, offsetAmps: 1e-7, noiseAmps: 1e-7, stepAmps: 0 },
    ...span,
    errors: lpm01aErrors => ({ lpm01aErrors }),
  },
  {
    name: 'otii',
    driver: 'otii',
    ...{ gainRelative: 0.005, offsetAmps: 5e-8, noiseAmps: 5e-8, stepAmps: 0 },
    ...span,
    errors: otiiErrors => ({ otiiErrors }),
  },
  {
    name: 'scpi',
    driver: 'scpi',
    ...{ gainRelative: 2.5e-4 * uniform, offsetAmps: 1e-5 * uniform, noiseAmps: 2e-6, stepAmps: 1e-6 },
    ...span,
    errors: scpiErrors => ({ scpiErrors }),
  },
  {
    name: 'ina',
    driver: 'ina',
    ...{ gainRelative: 1e-2 * uniform, offsetAmps: 1e-6 * uniform, noiseAmps: 2e-6, stepAmps: 3.125e-7 },
    ...span,
    rateHz: samplesPerWindow(600, 100, 3000),
    errors: inaErrors => ({ inaErrors }),
  },
  {
    name: 'ina226',
    driver: 'ina',
    ...{ gainRelative: 1e-2 * uniform, offsetAmps: 2e-5 * uniform, noiseAmps: 5e-6, stepAmps: 5e-6 },
    ...span,
    rateHz: samplesPerWindow(600, 100, 3000),
    errors: inaErrors => ({
      inaErrors,
      inaType: 'ina226',
      inaShuntOhms: 0.5,
      settings: { inaShuntOhms: 0.5 },
    }),
  },
  {
    name: 'joulescope',
    driver: 'joulescope',
    ...{ gainRelative: 3e-3 * uniform, offsetAmps: 5e-8, noiseAmps: 2e-7, stepAmps: 0 },
    ...span,
    rateHz: samplesPerWindow(1000, 1000, 1e6),
    errors: joulescopeErrors => ({ joulescopeErrors }),
  },
];

const supplyMillivolts = 3300;
/** A block has at least 6 windows, and about half a second of them, at most 60. */
const blockWindows = (seconds: number) => Math.max(6, Math.min(60, Math.round(0.5 / seconds)));
/** Clock of the DUT that the clock rule compares with. */
const hertz = 133_000_000;
/** Attempts for one case that keeps the rules, at most. */
const attemptsPerCase = 5;

/**
 * Injects random gain and offset errors of the claimed size, with noise and converter steps, and compares reported energy with the truth.
 * @param cases random cases that keep the rules; currents and durations are log-uniform over the meter's span. Fewer when too many are refused
 */
export async function studyCoverage(
  meter: StudiedMeter,
  cases: number,
  seed: number,
): Promise<CoverageResult> {
  const uniformly = uniformSource(seed);
  const normal = normalSource(seed + 1);
  const logUniform = ([low, high]: readonly [number, number]) => low * (high / low) ** uniformly();
  let covered = 0;
  const ratios: number[] = [];
  const refused: Record<string, number> = {};
  for (let i = 0; ratios.length < cases && i < attemptsPerCase * cases; i += 1) {
    const amps = logUniform(meter.amps);
    const seconds = logUniform(meter.seconds);
    const injected = {
      gain: meter.gainRelative * normal(),
      offsetAmps: meter.offsetAmps * normal(),
      noiseAmps: meter.noiseAmps,
      seed: seed + i,
    };
    const outcome = await measure(meter, injected, amps, seconds, uniformly);
    if ('rule' in outcome) {
      refused[outcome.rule] = (refused[outcome.rule] ?? 0) + 1;
      continue;
    }
    const truth = (amps * seconds * supplyMillivolts) / 1000;
    if (Math.abs(outcome.joules - truth) <= outcome.u95) covered += 1;
    ratios.push(outcome.u95 / requiredWidth(meter, amps, seconds, outcome.sampleRateHz));
  }
  const sorted = ratios.toSorted((a, b) => a - b);
  return {
    meter: meter.name,
    cases: ratios.length,
    covered,
    medianWidthRatio: sorted[Math.floor(sorted.length / 2)],
    refused,
  };
}

/** Half-width of the 95 % interval of someone who knows the injected distributions: gain, offset, noise of the mean, undithered steps. Joules. */
function requiredWidth(meter: StudiedMeter, amps: number, seconds: number, rateHz: number): number {
  const { gainRelative, offsetAmps, noiseAmps, stepAmps } = meter;
  const samples = Math.max(1, blockWindows(seconds) * seconds * rateHz);
  const isDithered = noiseAmps >= stepAmps / 2;
  const step = stepAmps / Math.sqrt(12) / (isDithered ? Math.sqrt(samples) : 1);
  const sigmaAmps = Math.hypot(gainRelative * amps, offsetAmps, noiseAmps / Math.sqrt(samples), step);
  return (1.96 * sigmaAmps * seconds * supplyMillivolts) / 1000;
}

type Outcome = { joules: number; u95: number; sampleRateHz: number } | { rule: string };

async function measure(
  studied: StudiedMeter,
  injected: Injected,
  amps: number,
  seconds: number,
  uniformly: () => number,
): Promise<Outcome> {
  const source = new ScriptedSource();
  const windows = blockWindows(seconds);
  const { gainRelative, offsetAmps } = studied;
  const accuracy = {
    ...{ gainRelative, offsetAmps, voltageRelative: 0, clockRelative: 0, rangeSwitchSeconds: 0 },
    ...{ edgeNs: 0, linearityRelative: 0 },
  };
  const meter =
    studied.open?.(source, injected, accuracy) ??
    openEmulatedMeter(studied.driver, { source, settle, accuracy, ...studied.errors(injected) });
  const { sampleRateHz } = await meter.configure({
    supplyMillivolts,
    sampleRateHz: studied.rateHz?.(seconds),
  });
  if (meter.canSwitchSupply !== false) await meter.supply(true);
  const collector = new BlockEnergyCollector({
    accuracy: () => meter.accuracy(),
    supplyMillivolts,
    expectedWindows: windows,
  });
  const idleSeconds = () => (40 + uniformly()) / sampleRateHz;
  const idle = () => ({ amps: amps / 20, marker: markers.idle, seconds: idleSeconds() });
  await meter.start(chunk => collector.push(chunk));
  source.play([idle()]);
  for (let i = 0; i < windows; i += 1) source.play([{ amps, marker: markers.gate, seconds }, idle()]);
  source.play([idle()]);
  const status = await meter.stop();
  await meter.close();
  try {
    const { facts } = collector.finish(status);
    const dutCycles = windows * seconds * hertz;
    const [broken] = checkBlock({ facts, hertz, dutCycles, dutBigWindows: 0 });
    if (broken !== undefined) return { rule: broken.rule };
    return { joules: facts.meanJoules, u95: facts.combined.u95, sampleRateHz };
  } catch (error) {
    if (error instanceof LittlefirstError && error.code === 'LF_SEGMENTATION')
      return { rule: 'segmentation' };
    throw error;
  }
}
