import { type LevelPoint, type LevelStudy, type LevelStudyRow, studyLevels } from '../measure/chip/levels.js';
import type { Block } from '../record/run-record.js';
import type { BlockData } from '../verdict/evaluation/block-data.js';
import type { Run } from '../verdict/run.js';
import type { Series } from './groups.js';

/** The level study of one series on one chip; `study` is absent when no level ends a window in time. */
export interface SeriesStudy {
  series: Series;
  rows: { block: Block; row?: LevelStudyRow }[];
  study?: LevelStudy;
}

/**
 * A block as a point of the study. The wake-up is not added: the meter saw it, either in the window or asleep.
 */
function pointOf(block: Block, data: BlockData): LevelPoint | undefined {
  if (block.energyPerWindow_uJ === null || block.latencyMs === null || data.energy === undefined)
    return undefined;
  return {
    level: block.level.name,
    millivolts: block.level.mV,
    hertz: block.level.Hz,
    activeMicrojoules: block.energyPerWindow_uJ.value,
    activeSeconds: block.latencyMs.mean / 1e3,
    sleepMicrowatts: data.energy.idleMicrowatts,
    wakeMicrojoules: 0,
  };
}

/** Studies a series of blocks over its levels, slowest level first. */
export function studySeries({ record, journal }: Run, series: Series): SeriesStudy {
  const blocks = [...series.blocks].sort((a, b) => a.level.Hz - b.level.Hz);
  const points = blocks.flatMap(block => pointOf(block, journal.blocks[record.blocks.indexOf(block)]) ?? []);
  const isAnyInTime = points.some(point => point.activeSeconds <= record.periodSeconds);
  const study = isAnyInTime ? studyLevels(points, record.periodSeconds) : undefined;
  return {
    series,
    study,
    rows: blocks.map(block => ({ block, row: study?.rows.find(row => row.level === block.level.name) })),
  };
}
