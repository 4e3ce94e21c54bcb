import { figureText } from '../record/figure-text.js';
import { intervalText } from '../record/interval.js';
import type { EnergyKind } from '../record/journal/records.js';
import type { Block } from '../record/run-record.js';
import { wilson95 } from '../verdict/evaluation/statistics.js';

/** Accuracy with its interval, or that nothing has a true label. */
export function accuracyText(correct: number, scored: number): string {
  if (scored === 0) return 'not scored';
  const [low, high] = wilson95(correct, scored);
  return `accuracy ${intervalText({ value: correct / scored, low, high }, 'share')}`;
}

/** What one block came to, on one line: accuracy, and energy with whose it is, each with its 95 % interval; or why it is not valid. */
export function blockLine(
  { valid, correct, scored, energyPerWindow_uJ: energy }: Block,
  kind: EnergyKind,
): string {
  if (valid !== true) return `not valid: ${valid}`;
  const accuracy = accuracyText(correct, scored);
  if (energy === null) return accuracy;
  return `${accuracy}, ${kind} ${figureText(energy, 'uJ')} a window`;
}
