import type { Figure, Saving } from './energy-figures.js';
import { dash, sig } from './format.js';
import { inTextUnit, intervalText, positiveInterval, savingInterval, type TextInterval } from './interval.js';

/** Text of recorded figures with their 95 % intervals and the parts of these, one notation everywhere. Everything that is missing is a dash. */

type Halves = Pick<Figure, 'u95' | 'u95Meter' | 'u95Model'>;

/** Uncertainties below this share of the value are rounding of the arithmetic: an ideal meter has none. */
const roundingShare = 1e-9;

/** Decimals that show a half width to two significant digits. */
const decimalsOf = (half: number): number =>
  Math.min(12, Math.max(0, 1 - Math.floor(Math.log10(Math.abs(half)))));

/** A part of a half width, to the decimals of the whole; one significant digit where those would make it 0. */
function partText(part: number, decimals: number): string {
  const digits = part.toLocaleString('en-US', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
  return part !== 0 && Number(digits.replaceAll(',', '')) === 0 ? sig(part, 1) : digits;
}

/**
 * ` (meter 0.1, model 1.0)`: the farther end of each part of an interval, to the decimals of the whole; empty where there is but one.
 * @param scale multiplies all, e.g. 100 for per cent
 */
export function partsText(value: number, { u95, u95Meter, u95Model }: Halves, scale = 1): string {
  if (typeof u95Meter !== 'number' || typeof u95 !== 'number' || u95 === 0) return '';
  if (typeof u95Model !== 'number') return ' (meter only; model error not stated)';
  if (u95Model === 0) return '';
  const decimals = decimalsOf(u95 * scale);
  const isRounding = Math.abs(u95Meter) <= roundingShare * Math.abs(value);
  const meter = isRounding ? '0' : partText(u95Meter * scale, decimals);
  return ` (meter ${meter}, model ${partText(u95Model * scale, decimals)})`;
}

function statedText(value: number, interval: TextInterval | null, halves: Halves, unit: string): string {
  if (interval === null)
    return `${intervalText({ value, low: value, high: value }, unit)} (interval not stated)`;
  return intervalText(interval, unit) + partsText(value, halves, unit === 'share' ? 100 : 1);
}

/**
 * A figure that cannot be negative with its interval and parts, or what its noise leaves of it: `5.4 µJ [2.2, 11.6] (meter 0.1, model 6.2)`.
 * @param unit a unit of targets, or none where a heading says it
 */
export function figureText(figure: Figure | null | undefined, unit = ''): string {
  if (figure === null || figure === undefined) return dash;
  if (figure.value !== null) return statedText(figure.value, positiveInterval(figure), figure, unit);
  const { atMost } = figure;
  if (atMost === undefined) return 'unresolved';
  return `unresolved (below ${`${sig(atMost, 3)} ${inTextUnit(0, unit).unit}`.trim()})`;
}

/** A saving in per cent with its interval and parts. */
export function savingText(
  saving: Pick<Saving, 'energy' | keyof Halves | 'ci95'> | null | undefined,
): string {
  if (saving === null || saving === undefined || saving.energy === null) return dash;
  return statedText(saving.energy, savingInterval(saving), saving, 'share');
}
