import type { MeterIdentity } from '../measure/meter/meter.js';
import { isExpired } from '../record/conditions.js';
import type { EnergyKind } from '../record/journal/records.js';
import { isInstrument, isRecorded, type MeterChoice } from './bench/meter-schema.js';

/** What of a bench decides what its energies may be called. */
export interface EnergyBench {
  link: string;
  meter: MeterChoice;
  passes?: number;
  warmUpWindows: number;
}

/**
 * A calibration that has expired, in words: the gain that the meter states is then no longer backed by anybody.
 * @param at when the campaign begins
 */
export function expiredCalibration(
  { calibration }: Pick<MeterChoice, 'calibration'>,
  at: Date = new Date(),
): string[] {
  return calibration !== undefined && isExpired(calibration, at)
    ? [
        `the calibration of the meter, of ${calibration.date}, has expired on ${calibration.expires} (meter.calibration)`,
      ]
    : [];
}

/** Rules of the method that a bench with a real board and a real meter waives, in words. */
export function waivedRules(
  { link, meter, passes = 1, warmUpWindows }: EnergyBench,
  at: Date = new Date(),
): string[] {
  if (link === 'emulated:' || !isInstrument(meter.driver)) return [];
  return [
    ...(passes === 1
      ? ['each block is measured once (passes: 1), so that a drift of meter or supply falls on one strategy']
      : []),
    ...(isRecorded({ link, meter })
      ? []
      : ['the raw samples are not kept (meter.record: false), so that nobody can evaluate them again']),
    ...(warmUpWindows === 0 ? ['blocks begin without windows to warm up (warmUpWindows: 0)'] : []),
    ...expiredCalibration(meter, at),
  ];
}

/**
 * What the energies of a run are: measured only with a real board, a real meter, and no rule of the method waived.
 * @param isRealBoard the link leads to silicon
 */
export function energyKind(
  isRealBoard: boolean,
  meter: MeterIdentity,
  waived: readonly string[],
): EnergyKind {
  if (meter.driver === 'none') return 'none';
  if (!isRealBoard || meter.emulated) return 'modelled';
  return waived.length > 0 ? 'indicative' : 'measured';
}
