import { Random } from '../../data/random.js';
import { largestStep, mostPoints, unknownRepeatability } from '../../verdict/regression/step.js';
import { knownOf } from '../../verdict/regression/suspect.js';

/**
 * Nights between false suspicions of pure noise at a threshold. Each suspicion begins a new level, as in the farm.
 * @returns rate in a series-night, and the number of suspicions behind it
 */
export function falseSuspicions(
  threshold: number,
  nights: number,
  seed: number,
): { rate: number; events: number } {
  const random = new Random(seed);
  let level: number[] = [];
  let levels: number[][] = [];
  let known = unknownRepeatability;
  let events = 0;
  for (let night = 0; night < nights; night++) {
    /* A spread far above the floor: what is not known beforehand is the worse case. */
    level.push(random.normal(1));
    if (level.length > 2 * mostPoints) level = level.slice(-mostPoints);
    const step = largestStep(level, known);
    if (step === undefined || Math.abs(step.deviate) <= threshold) continue;
    events++;
    levels = [...levels.slice(-8), level.slice(0, step.at)];
    known = knownOf(levels);
    level = level.slice(step.at);
  }
  return { rate: events / nights, events };
}
