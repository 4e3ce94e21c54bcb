import type { Figure } from './energy-figures.js';
import type { RunRecord } from './run-record.js';

/** Text of figures, shared by the reports. Everything that is missing or not a number is a dash. */

export const dash = '–';

/** Groups thousands, keeps `digits` significant digits; an exponent only below 1e-4. */
export function sig(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return dash;
  if (value !== 0 && Math.abs(value) < 1e-4) return String(Number(value.toPrecision(digits)));
  return value.toLocaleString('en-US', { maximumSignificantDigits: digits });
}

/** A count: all digits, thousands grouped. */
export function count(value: number | null | undefined): string {
  return sig(value, 15);
}

/** A share as a percentage with `digits` decimals, without the unit. */
export function percent(share: number | null | undefined, digits = 2): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return dash;
  return (share * 100).toFixed(digits);
}

/** Uncertainties below this share of the value are rounding of the arithmetic: an ideal meter has none. */
const roundingShare = 1e-9;

/** `value ± u`: the uncertainty to two significant digits, the value to the same decimal place; one that is exact stands alone. */
export function plusMinus(value: number | null | undefined, u95: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return dash;
  if (u95 === null || u95 === undefined || !Number.isFinite(u95)) return sig(value);
  if (Math.abs(u95) <= roundingShare * Math.abs(value)) return sig(value);
  const decimals = Math.min(12, Math.max(0, 1 - Math.floor(Math.log10(Math.abs(u95)))));
  const text = (x: number) =>
    x.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  return `${text(value)} ± ${text(u95)}`;
}

/** The parts of an interval beside its sum: `95.7 ± 1.0 (meter 0.1, model 1.0)`. `scale` multiplies all, e.g. 100 for per cent. */
export function withParts(
  value: number | null | undefined,
  { u95, u95Meter, u95Model }: Partial<Pick<Figure, 'u95' | 'u95Meter' | 'u95Model'>>,
  scale = 1,
): string {
  if (value === null || value === undefined) return dash;
  const times = (half: number | null | undefined) => (typeof half === 'number' ? half * scale : null);
  const total = plusMinus(value * scale, times(u95));
  if (typeof u95Meter !== 'number' || u95 === 0) return total;
  if (typeof u95Model !== 'number') return `${total} (meter only; model error not stated)`;
  if (u95Model === 0) return total;
  const isRounding = Math.abs(u95Meter) <= roundingShare * Math.abs(value);
  if (isRounding) return `${total} (model error)`;
  return `${total} (meter ${half(times(u95Meter))}, model ${half(times(u95Model))})`;
}

/** A half width to two significant digits. */
const half = (value: number | null): string =>
  value === null ? dash : sig(value, value >= 10 ? Math.ceil(Math.log10(value)) : 2);

/** A figure with its parts, or what its noise leaves of it. */
export function figureText(figure: Figure | null | undefined): string {
  if (figure === null || figure === undefined) return dash;
  if (figure.value !== null) return withParts(figure.value, figure);
  return figure.atMost === undefined ? 'unresolved' : `unresolved (below ${sig(figure.atMost, 3)})`;
}

/** A figure of a verdict in its unit: shares as percentages, everything else as it is. */
export function inUnit(value: number | null, u95: number | null, unit: string): string {
  if (value === null) return dash;
  if (unit === 'share') return `${plusMinus(value * 100, u95 === null ? null : u95 * 100)} %`;
  const exact = u95 === null || Math.abs(u95) <= roundingShare * Math.abs(value);
  return `${exact ? sig(value, 6) : plusMinus(value, u95)} ${unit === 'uJ' ? 'µJ' : unit}`;
}

/** The word that stands before every energy: where it comes from; `unmeasured` where there is none. */
export const energyWord = ({ provenance }: RunRecord): string =>
  provenance.energy === 'none' ? 'unmeasured' : provenance.energy;

/** The first letter in upper case, for the beginning of a heading. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
