import type { MeterAccuracy, MeterStatus } from '../../../measure/meter/meter.js';
import type { UncertaintyTerm } from '../../../measure/uncertainty.js';
import type { StampedWindow } from './edges.js';

/** One input's window, with the number of inferences in it. */
export interface CountedWindow extends StampedWindow {
  inferences: number;
}

const micro = 1e6;
/** A bridged stretch may be off by its whole power, uniformly. */
const uniform = 1 / Math.sqrt(3);

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/**
 * Uncertainty terms (k = 1) of the mean energy of one inference.
 * @param windows one an input; at least one
 * @param status what the meter's `stop` said, one a window
 */
export function energyTerms(
  windows: readonly CountedWindow[],
  accuracy: MeterAccuracy,
  status: readonly MeterStatus[],
  supplyVolts: number,
): UncertaintyTerm[] {
  const each = windows.map(window => window.joules / window.inferences);
  const joules = mean(each);
  const seconds = mean(windows.map(window => window.seconds / window.inferences));
  const watts = seconds === 0 ? 0 : joules / seconds;
  const perInference = (value: (window: CountedWindow, i: number) => number) =>
    mean(windows.map((window, i) => value(window, i) / window.inferences));
  const spread = windows.reduce((sum, _, i) => sum + (each[i] - joules) ** 2, 0);
  const { source } = accuracy;
  const terms: [string, number, 'A' | 'B', string][] = [
    ['gain', accuracy.gainRelative * joules, 'B', source],
    ['voltage', accuracy.voltageRelative * joules, 'B', source],
    ['clock', accuracy.clockRelative * joules, 'B', source],
    ['offset', accuracy.offsetAmps * supplyVolts * seconds, 'B', source],
    [
      'quantisation',
      (accuracy.resolutionAmps / Math.sqrt(12)) * supplyVolts * seconds,
      'B',
      'one step, uniform, the same in every sample',
    ],
    [
      'edge timing',
      perInference(window => window.edgeJoulesSigma),
      'B',
      'two edges a window, each somewhere in one sample',
    ],
    ['edge latency', perInference(() => accuracy.edgeNs * 1e-9 * watts), 'B', 'logic line against current'],
    [
      'range switching',
      perInference((_, i) => (accuracy.rangeSwitchSeconds ?? 0) * watts * (status[i]?.rangeSwitches ?? 0)),
      'B',
      source,
    ],
    [
      'lost samples',
      perInference(window => uniform * watts * window.bridgedSeconds),
      'B',
      'bridged with the neighbouring power',
    ],
    [
      'repeatability',
      windows.length < 2 ? 0 : Math.sqrt(spread / (windows.length - 1) / windows.length),
      'A',
      `spread of ${windows.length} inputs`,
    ],
  ];
  return terms.map(([term, value, kind, from]) => ({ term, microjoules: value * micro, kind, source: from }));
}
