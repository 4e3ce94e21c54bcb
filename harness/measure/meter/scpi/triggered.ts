import { LittlefirstError } from '../../../errors.js';
import { ruleLimits } from '../../limits.js';
import { type CombinedUncertainty, combineTerms, type UncertaintyTerm } from '../../uncertainty.js';
import type { Meter, MeterConfig, MeterStatus } from '../meter.js';

export interface TriggeredEnergy {
  /** Energy of the whole loop and of one of its windows, joules. */
  joules: number;
  joulesPerWindow: number;
  seconds: number;
  samples: number;
  /** Budget of one window's mean energy. */
  terms: UncertaintyTerm[];
  /** Of `joulesPerWindow`, joules. */
  combined: CombinedUncertainty;
  status: MeterStatus;
}

const micro = 1e6;

/**
 * Energy of one loop of windows, bounded by the edges of an instrument's trigger input: for instruments that have no marker lines. Gate, Big and idle
 * are not told apart, and what the DUT does between two windows counts; there is one window and hence no spread, so repeatability needs repeated calls.
 * @param meter configured to measure between two trigger edges
 * @param windows windows that the DUT runs in the loop
 * @param run lets the DUT run it; the edges lie inside
 * @throws LF_SEGMENTATION when the loop is too short for the meter (edges above 0.1 % of it) or was not seen; LF_METER_LOSS and LF_METER_RANGE for readings that are
 * missing or beyond the range; whatever the meter throws
 */
export async function measureTriggered(
  meter: Meter,
  config: MeterConfig,
  windows: number,
  run: () => Promise<void>,
): Promise<TriggeredEnergy> {
  await meter.configure(config);
  if (meter.canSwitchSupply !== false) await meter.supply(true);
  let joules = 0;
  let seconds = 0;
  let period = 0;
  const nominal = config.supplyMillivolts / 1000;
  await meter.start(({ current, voltage, periodNs }) => {
    period = periodNs * 1e-9;
    for (const [i, amps] of current.entries()) joules += amps * (voltage?.[i] ?? nominal) * period;
    seconds += current.length * period;
  });
  let status: MeterStatus;
  try {
    await run();
  } finally {
    status = await meter.stop();
  }
  refuse(status, seconds, period);
  const accuracy = meter.accuracy();
  const perWindow = joules / windows;
  const watts = joules / seconds;
  const list: [string, number, string][] = [
    ['gain', accuracy.gainRelative * perWindow, accuracy.source],
    ['voltage', accuracy.voltageRelative * perWindow, accuracy.source],
    ['clock', accuracy.clockRelative * perWindow, accuracy.source],
    ['offset', (accuracy.offsetAmps * nominal * seconds) / windows, accuracy.source],
    [
      'quantisation',
      (accuracy.resolutionAmps * nominal * seconds) / Math.sqrt(12) / windows,
      'one step, uniform, the same in every sample',
    ],
    [
      'edge timing',
      (watts * period * Math.sqrt(2 / 12)) / windows,
      'two edges, each anywhere within one sample period, uniform',
    ],
  ];
  const terms = list.map(([term, value, source]) => ({
    term,
    microjoules: value * micro,
    kind: 'B' as const,
    source,
  }));
  const { u, u95, degrees } = combineTerms(terms, windows);
  return {
    joules,
    joulesPerWindow: perWindow,
    seconds,
    samples: status.samples,
    terms,
    combined: { u: u / micro, u95: u95 / micro, degrees },
    status,
  };
}

function refuse(status: MeterStatus, seconds: number, period: number): void {
  const edgeShare = (2 * period) / seconds;
  if (status.problems.length > 0) {
    throw new LittlefirstError('LF_METER_REPLY', 'the meter reported problems', {
      received: status.problems.join('; '),
    });
  }
  if (!(edgeShare <= ruleLimits.edgeShare)) {
    throw new LittlefirstError('LF_SEGMENTATION', 'the loop is too short for this meter, or was not seen', {
      expected: `two sample periods of at most ${ruleLimits.edgeShare * 100} % of the loop`,
      received: seconds === 0 ? 'no samples between two edges' : `${(edgeShare * 100).toPrecision(3)} %`,
      hint: 'check the trigger wire; run more windows in the loop, or measure faster',
    });
  }
  const lost = status.lostSamples / Math.max(1, status.samples + status.lostSamples);
  if (lost > ruleLimits.dropShare) {
    throw new LittlefirstError('LF_METER_LOSS', 'the meter lost samples', {
      expected: `at most ${ruleLimits.dropShare * 100} %`,
      received: `${(lost * 100).toPrecision(3)} %`,
    });
  }
  if (status.saturatedSamples > 0 || status.overcurrent) {
    throw new LittlefirstError('LF_METER_RANGE', 'the current went beyond the range', {
      received: `${status.saturatedSamples} samples, overcurrent: ${status.overcurrent}`,
      hint: 'take the next range',
    });
  }
}
