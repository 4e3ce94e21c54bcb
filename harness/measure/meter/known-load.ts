import { LittlefirstError } from '../../errors.js';
import type { Meter, SampleChunk } from './meter.js';

export interface KnownLoad {
  /** Resistor across the meter's output. */
  ohms: number;
  /** Relative tolerance of the resistor (full width of a uniform distribution is twice this). */
  toleranceRelative: number;
  supplyMillivolts: number;
  sampleRateHz?: number;
  /** How long to measure. */
  seconds: number;
}

export interface KnownLoadResult {
  isPassed: boolean;
  expectedAmps: number;
  measuredAmps: number;
  /** Half-width of the 95 % interval of the difference, amperes. */
  u95Amps: number;
  samples: number;
  problems: string[];
}

/**
 * Measures a known resistor: a drifted, mis-wired or mis-calibrated meter shows here. Run at the start and end of a campaign.
 * @param wait lets the given time pass on the bench; default real time
 * @throws LF_CONFIG_INVALID for a load that makes no sense; whatever the meter throws
 */
export async function measureKnownLoad(
  meter: Meter,
  load: KnownLoad,
  wait: (seconds: number) => Promise<void> = seconds =>
    new Promise(resolve => {
      setTimeout(resolve, seconds * 1000);
    }),
): Promise<KnownLoadResult> {
  if (!(load.ohms > 0 && load.seconds > 0 && load.toleranceRelative >= 0)) {
    throw new LittlefirstError('LF_CONFIG_INVALID', 'this known load makes no sense', {
      expected: 'ohms and seconds above 0, a tolerance of at least 0',
      received: `${load.ohms} ohms, ${load.seconds} s, tolerance ${load.toleranceRelative}`,
    });
  }
  const { supplyMillivolts, sampleRateHz } = load;
  const actual = await meter.configure({ supplyMillivolts, sampleRateHz });
  let coulombs = 0;
  let seconds = 0;
  if (meter.canSwitchSupply !== false) await meter.supply(true);
  await meter.start((chunk: SampleChunk) => {
    for (const amps of chunk.current) {
      coulombs += amps * chunk.periodNs * 1e-9;
      seconds += chunk.periodNs * 1e-9;
    }
  });
  await wait(load.seconds);
  const status = await meter.stop();
  const problems = [...status.problems];
  if (status.saturatedSamples > 0)
    problems.push(`${status.saturatedSamples} samples at the end of the range`);
  if (status.overcurrent) problems.push('an overcurrent');
  if (status.lostSamples > 0) problems.push(`${status.lostSamples} samples lost`);
  const measuredAmps = coulombs / seconds;
  const expectedAmps = actual.supplyMillivolts / 1000 / load.ohms;
  const accuracy = meter.accuracy();
  const u = Math.hypot(
    expectedAmps * accuracy.gainRelative,
    expectedAmps * accuracy.voltageRelative,
    (expectedAmps * load.toleranceRelative) / Math.sqrt(3),
    accuracy.offsetAmps,
    accuracy.resolutionAmps / Math.sqrt(12),
  );
  const u95Amps = 1.96 * u + 1e-9 * expectedAmps;
  return {
    isPassed: problems.length === 0 && Math.abs(measuredAmps - expectedAmps) <= u95Amps,
    expectedAmps,
    measuredAmps,
    u95Amps,
    samples: status.samples,
    problems,
  };
}

/** @throws LF_METER_CHECK when the result is a failure; `when` says at which point of the session */
export function assertKnownLoad(result: KnownLoadResult, when: string): void {
  if (result.isPassed) return;
  const milliamps = (amps: number) => `${(amps * 1e3).toPrecision(5)} mA`;
  throw new LittlefirstError('LF_METER_CHECK', `the known-load check ${when} failed`, {
    expected: `${milliamps(result.expectedAmps)} within ${milliamps(result.u95Amps)}`,
    received: [milliamps(result.measuredAmps), ...result.problems].join('; '),
    hint: 'check the resistor and its value, the wiring, and the calibration of the meter',
  });
}
