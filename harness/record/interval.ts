import type { Figure, Saving } from './energy-figures.js';
import { dash, sig } from './format.js';

/** Text of figures with their 95 % intervals: one notation for symmetric and asymmetric ones, `93.10 % [91.20, 94.60]`. */

export interface TextInterval {
  value: number;
  low: number;
  /** Infinity: no upper end. */
  high: number;
}

/**
 * Ends of a recorded interval. Records of before `ci95` have the farther end's distance alone: it is taken on both sides, within the bounds.
 * @returns null where no interval is stated
 */
function recordedInterval(
  value: number,
  { u95, ci95 }: Pick<Figure, 'u95' | 'ci95'>,
  [least, most]: readonly [number, number],
): TextInterval | null {
  if (ci95 !== undefined) return { value, low: ci95[0], high: ci95[1] ?? Number.POSITIVE_INFINITY };
  if (u95 === null) return null;
  return { value, low: Math.max(least, value - u95), high: Math.min(most, value + u95) };
}

/** Interval of an energy, a power or a life, none of which can be negative; null where there is no value or no interval is stated. */
export const positiveInterval = ({
  value,
  ...ends
}: Pick<Figure, 'value' | 'u95' | 'ci95'>): TextInterval | null =>
  value === null ? null : recordedInterval(value, ends, [0, Number.POSITIVE_INFINITY]);

/** Interval of a saving, which is at most 1 since no energy is negative; null where there is none. */
export const savingInterval = ({
  energy,
  ...ends
}: Pick<Saving, 'energy' | 'u95' | 'ci95'>): TextInterval | null =>
  energy === null ? null : recordedInterval(energy, ends, [Number.NEGATIVE_INFINITY, 1]);

/** Half widths below this share of the value are rounding of the arithmetic: the figure is exact. */
const roundingShare = 1e-9;

/** Decimals that show an uncertainty to its second digit. */
const decimalsFor = (half: number): number =>
  Math.min(12, Math.max(0, 1 - Math.floor(Math.log10(Math.abs(half)))));

const fixed = (x: number, decimals: number, isSigned: boolean): string => {
  const text = x.toLocaleString('en-US', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
    ...(isSigned ? { signDisplay: 'exceptZero' as const } : {}),
  });
  return /^-[0.,]+$/.test(text) ? text.slice(1) : text;
};

/** How a unit is written, and what a figure in it is multiplied by. */
const unitTexts: Readonly<Record<string, readonly [factor: number, text: string]>> = {
  share: [100, '%'],
  points: [100, 'points'],
  uJ: [1, 'µJ'],
  uW: [1, 'µW'],
};

/** A figure of a unit as it is written: shares as per cent. */
export function inTextUnit(value: number, unit: string): { value: number; unit: string } {
  const [factor, text] = unitTexts[unit] ?? [1, unit];
  return { value: value * factor, unit: text };
}

/**
 * A value with its interval, rounded to the second digit of the shorter side; a value without a width stands alone.
 * @param unit a unit of targets (`share` is written as per cent), or any other text
 * @param isSigned a gain is written with its sign
 */
export function intervalText(
  interval: TextInterval | null | undefined,
  unit: string,
  { isSigned = false }: { isSigned?: boolean } = {},
): string {
  if (interval === null || interval === undefined || !Number.isFinite(interval.value)) return dash;
  const [factor, text] = unitTexts[unit] ?? [1, unit];
  const [value, low, high] = [interval.value, interval.low, interval.high].map(x => x * factor);
  const widths = [value - low, high - value].filter(
    width => Number.isFinite(width) && width > roundingShare * Math.max(Math.abs(value), Number.MIN_VALUE),
  );
  if (widths.length === 0) return `${isSigned && value > 0 ? '+' : ''}${sig(value, 6)} ${text}`.trim();
  const decimals = decimalsFor(Math.min(...widths));
  const [v, l, h] = [value, low, high].map(x =>
    x === Number.POSITIVE_INFINITY ? 'no upper end' : fixed(x, decimals, isSigned),
  );
  return `${`${v} ${text}`.trim()} [${l}, ${h}]`;
}
