import { LittlefirstError } from '../../errors.js';
import { batteries, batteryDays } from './battery.js';
import { activeMicroamps, sleepMicroamps } from './current.js';
import type { ChipLevel, ChipProfile } from './schema.js';

/** One strategy's block at one level, measured or modelled. */
export interface LevelPoint {
  level: string;
  millivolts: number;
  hertz: number;
  /** Mean active energy and time of a window. */
  activeMicrojoules: number;
  activeSeconds: number;
  /** Power while asleep between windows. */
  sleepMicrowatts: number;
  /** Energy of one wake-up beyond sleeping on. */
  wakeMicrojoules: number;
}

export interface LevelStudyRow extends LevelPoint {
  /** Whether the mean window ends before the next one comes. */
  isInTime: boolean;
  /** Active energy + wake-up + sleep over one period, microjoules. */
  periodMicrojoules: number;
  averageMicrowatts: number;
  /** Share of the period's energy that is not active. */
  idleShare: number;
  batteryDays: Record<string, number>;
}

export interface LevelStudy {
  rows: LevelStudyRow[];
  /** Level with the least active energy of a window: the minimum-energy point. */
  minimumEnergy: string;
  /** Level with the least energy of a whole period among those in time. */
  bestPeriod: string;
  /** Fastest level, then sleep; and the slowest level that is in time. */
  raceToSleep: LevelStudyRow;
  slowAndSteady: LevelStudyRow;
}

/**
 * Studies a strategy over the levels of a chip.
 * @param points one point a level
 * @param periodSeconds time from window to window (1.28 s in the paper)
 * @throws LF_INTERNAL when there is no point, or none is in time
 */
export function studyLevels(points: readonly LevelPoint[], periodSeconds: number): LevelStudy {
  const rows = points.map(point => studyRow(point, periodSeconds));
  const inTime = rows.filter(row => row.isInTime);
  if (inTime.length === 0) {
    throw new LittlefirstError('LF_INTERNAL', 'no level finishes a window within its period', {
      expected: `a level whose window takes less than ${periodSeconds} s`,
      received: points.map(point => `${point.level}: ${point.activeSeconds} s`).join(', ') || 'no level',
    });
  }
  const least = (list: LevelStudyRow[], value: (row: LevelStudyRow) => number) =>
    list.reduce((best, row) => (value(row) < value(best) ? row : best));
  return {
    rows,
    minimumEnergy: least(rows, row => row.activeMicrojoules).level,
    bestPeriod: least(inTime, row => row.periodMicrojoules).level,
    raceToSleep: least(inTime, row => row.activeSeconds),
    slowAndSteady: least(inTime, row => -row.activeSeconds),
  };
}

function studyRow(point: LevelPoint, periodSeconds: number): LevelStudyRow {
  const sleeping = Math.max(0, periodSeconds - point.activeSeconds);
  const periodMicrojoules =
    point.activeMicrojoules + point.wakeMicrojoules + point.sleepMicrowatts * sleeping;
  const averageMicrowatts = periodMicrojoules / Math.max(periodSeconds, point.activeSeconds);
  return {
    ...point,
    isInTime: point.activeSeconds <= periodSeconds,
    periodMicrojoules,
    averageMicrowatts,
    idleShare: 1 - point.activeMicrojoules / periodMicrojoules,
    batteryDays: Object.fromEntries(
      Object.values(batteries).map(battery => [battery.name, batteryDays(battery, averageMicrowatts)]),
    ),
  };
}

/** Energy of one wake-up beyond sleeping through it, microjoules, from the chip profile. */
export function wakeMicrojoules(chip: ChipProfile, level: ChipLevel): number {
  const extra = chip.wake.microamps.value - sleepMicroamps(chip, level);
  return Math.max(0, extra) * chip.supply.millivolts.value * 1e-3 * chip.wake.microseconds.value * 1e-6;
}

/** The modelled point of a level for a number of active cycles a window: what an emulated block comes to. */
export function modelPoint(chip: ChipProfile, level: ChipLevel, cyclesPerWindow: number): LevelPoint {
  const volts = chip.supply.millivolts.value * 1e-3;
  const activeSeconds = cyclesPerWindow / level.hertz.value;
  return {
    level: level.name,
    millivolts: level.millivolts.value,
    hertz: level.hertz.value,
    activeMicrojoules: activeMicroamps(chip, level, 'big') * volts * activeSeconds,
    activeSeconds,
    sleepMicrowatts: sleepMicroamps(chip, level) * volts,
    wakeMicrojoules: wakeMicrojoules(chip, level),
  };
}
