import { type LevelPoint, type LevelStudy, type LevelStudyRow, studyLevels } from '../measure/chip/levels.js';
import type { Block } from '../record/run-record.js';
import type { BlockData } from '../verdict/evaluation/block-data.js';
import { leastShares, modelOf } from '../verdict/evaluation/model-part.js';
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

/** Studies a series of blocks over its levels, slowest level first, of equal clocks the lower voltage. */
export function studySeries({ record, journal }: Run, series: Series): SeriesStudy {
  const blocks = [...series.blocks].sort((a, b) => a.level.Hz - b.level.Hz || a.level.mV - b.level.mV);
  const points = blocks.flatMap(block => pointOf(block, journal.blocks[record.blocks.indexOf(block)]) ?? []);
  const isAnyInTime = points.some(point => point.activeSeconds <= record.periodSeconds);
  const study = isAnyInTime ? studyLevels(points, record.periodSeconds) : undefined;
  return {
    series,
    study,
    rows: blocks.map(block => ({ block, row: study?.rows.find(row => row.level === block.level.name) })),
  };
}

/** Whether the level of least active energy lies inside a series' levels, and how sure the model is of it. */
export interface MinimumPoint {
  level: string;
  place: 'inside' | 'the slowest level' | 'the fastest level';
  /** Share of the model's draws in which a level is the best one, slowest first; absent where energy was measured. */
  shares?: { level: string; share: number }[];
}

/** Looks for a minimum-energy point; undefined for fewer than three levels with an energy: none could lie inside. */
export function minimumPoint(
  { record, journal }: Run,
  { study, rows }: SeriesStudy,
): MinimumPoint | undefined {
  const points = rows.filter(({ row }) => row !== undefined);
  if (study === undefined || points.length < 3) return undefined;
  const at = points.findIndex(({ block }) => block.level.name === study.minimumEnergy);
  const models = points.flatMap(({ block, row }) => {
    const model = modelOf(journal.campaign, journal.blocks[record.blocks.indexOf(block)]);
    return model === undefined || row === undefined ? [] : [{ model, energy: row.activeMicrojoules }];
  });
  const shares =
    models.length < points.length
      ? undefined
      : leastShares(models).map((share, i) => ({ level: points[i].block.level.name, share }));
  const place = at === 0 ? 'the slowest level' : at === points.length - 1 ? 'the fastest level' : 'inside';
  return { level: study.minimumEnergy, place, shares };
}
