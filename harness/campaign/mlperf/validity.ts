import type { MlperfModeChoice } from './bench-file.js';
import type { InputResult } from './energy/stamped.js';

/** Share of a window's time that may be lost (EEMBC's emon-drop-thresh-pct is 0.1). */
const maxLostShare = 1e-3;

/** Whether a block can be believed; what is wrong with it where not. */
export function validity(
  results: readonly InputResult[],
  { mode }: MlperfModeChoice,
  iterations: number,
  minimumSeconds: number,
): true | string {
  if (mode === 'accuracy') return true;
  const windows = results.map(({ seconds }) => (seconds ?? 0) * iterations);
  const shortest = Math.min(...windows);
  if (shortest < minimumSeconds)
    return `a window of ${shortest.toFixed(3)} s is shorter than ${minimumSeconds} s: raise iterations`;
  const lossy = results.find(
    ({ energy }) =>
      energy !== undefined && energy.window.bridgedSeconds > maxLostShare * energy.window.seconds,
  );
  if (lossy?.energy !== undefined)
    return `the meter lost ${(lossy.energy.window.bridgedSeconds * 1e3).toFixed(1)} ms of a window`;
  return watched(results);
}

/**
 * The last samples of a recording may be such that their loss shows nowhere. Where windows hold them, only the windows themselves can tell: the DUT does the same work in
 * each, so that they last equally long unless some are missing.
 */
function watched(results: readonly InputResult[]): true | string {
  const windows = results.flatMap(({ energy }) => (energy === undefined ? [] : [energy]));
  const periods = windows.map(({ window, status }) => window.recordedSeconds / Math.max(1, status.samples));
  const unknown = windows.map(
    ({ window, status }, i) =>
      Math.max(0, (status.unwatchedSamples ?? 0) * periods[i] - window.tailSeconds) / window.seconds,
  );
  if (Math.max(0, ...unknown) <= maxLostShare) return true;
  const seconds = windows.map(({ window }) => window.seconds);
  const [least, most] = [Math.min(...seconds), Math.max(...seconds)];
  if (windows.length > 1 && most - least <= maxLostShare * most + 2 * Math.max(...periods)) return true;
  const share = `${(Math.max(...unknown) * 100).toPrecision(3)} % of a window`;
  return windows.length < 2
    ? `whether the meter lost samples is unknown for ${share}: measure more than one input`
    : `whether the meter lost samples is unknown for ${share}, and windows last ${least.toPrecision(5)} to ${most.toPrecision(5)} s: take a faster meter, or loopOver`;
}
