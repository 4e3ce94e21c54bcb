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

/** Decimals that show a half width to two significant digits. */
const decimalsOf = (half: number): number =>
  Math.min(12, Math.max(0, 1 - Math.floor(Math.log10(Math.abs(half)))));

/** `value ± u`: the uncertainty to two significant digits, the value to the same decimal place; one that is exact stands alone. */
export function plusMinus(value: number | null | undefined, u95: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return dash;
  if (u95 === null || u95 === undefined || !Number.isFinite(u95)) return sig(value);
  if (Math.abs(u95) <= roundingShare * Math.abs(value)) return sig(value);
  const decimals = decimalsOf(u95);
  const text = (x: number) =>
    x.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  return `${text(value)} ± ${text(u95)}`;
}

/** A part of a half width, to the decimals of the whole; one significant digit where those would make it 0. */
function partText(part: number, decimals: number): string {
  const digits = part.toLocaleString('en-US', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
  return part !== 0 && Number(digits.replaceAll(',', '')) === 0 ? sig(part, 1) : digits;
}

/**
 * The parts of an interval beside its sum: `95.7 % ± 1.0 (meter 0.1, model 1.0)`. `scale` multiplies all, e.g. 100 for per cent; `unit` stands
 * behind the value, where no heading says it.
 */
export function withParts(
  value: number | null | undefined,
  { u95, u95Meter, u95Model }: Partial<Pick<Figure, 'u95' | 'u95Meter' | 'u95Model'>>,
  { scale = 1, unit }: { scale?: number; unit?: string } = {},
): string {
  if (value === null || value === undefined) return dash;
  const half = typeof u95 === 'number' ? u95 * scale : null;
  const [figure, ...uncertain] = plusMinus(value * scale, half).split(' ± ');
  const total = [unit === undefined ? figure : `${figure} ${unit}`, ...uncertain].join(' ± ');
  return total + partsText(value, { u95, u95Meter, u95Model }, scale);
}

/** ` (meter 0.1, model 1.0)`: the parts of a half width, to the decimals of the whole; empty where there is but one. `scale` as of {@link withParts}. */
export function partsText(
  value: number,
  { u95, u95Meter, u95Model }: Partial<Pick<Figure, 'u95' | 'u95Meter' | 'u95Model'>>,
  scale = 1,
): string {
  if (typeof u95Meter !== 'number' || typeof u95 !== 'number' || u95 === 0) return '';
  if (typeof u95Model !== 'number') return ' (meter only; model error not stated)';
  if (u95Model === 0) return '';
  const decimals = decimalsOf(u95 * scale);
  const isRounding = Math.abs(u95Meter) <= roundingShare * Math.abs(value);
  const meter = isRounding ? '0' : partText(u95Meter * scale, decimals);
  return ` (meter ${meter}, model ${partText(u95Model * scale, decimals)})`;
}

/** A figure with its parts, or what its noise leaves of it. */
export function figureText(figure: Figure | null | undefined): string {
  if (figure === null || figure === undefined) return dash;
  if (figure.value !== null) return withParts(figure.value, figure);
  return figure.atMost === undefined ? 'unresolved' : `unresolved (below ${sig(figure.atMost, 3)})`;
}

/** A saving in per cent with its parts. */
export const savingText = (
  saving: number | null | undefined,
  halves: Partial<Pick<Figure, 'u95' | 'u95Meter' | 'u95Model'>> | null | undefined,
): string => withParts(saving, halves ?? {}, { scale: 100, unit: '%' });

/** A figure of a verdict in its unit, with the parts of its interval: shares as percentages, everything else as it is. */
export function inUnit(
  value: number | null,
  halves: Partial<Pick<Figure, 'u95' | 'u95Meter' | 'u95Model'>>,
  unit: string,
): string {
  if (value === null) return dash;
  if (unit === 'share') return savingText(value, halves);
  const { u95 = null } = halves;
  const name = unit === 'uJ' ? 'µJ' : unit;
  const exact = u95 === null || Math.abs(u95) <= roundingShare * Math.abs(value);
  return exact ? `${sig(value, 6)} ${name}` : withParts(value, halves, { unit: name });
}

/** The word that stands before every energy: where it comes from, and of what it was replayed; `unmeasured` where there is none. */
export function energyWord({ provenance, replayOf }: RunRecord): string {
  if (provenance.energy === 'none') return 'unmeasured';
  return provenance.energy === 'replayed' && replayOf !== undefined
    ? `replayed (${replayOf.energy})`
    : provenance.energy;
}

/** The first letter in upper case, for the beginning of a heading. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
