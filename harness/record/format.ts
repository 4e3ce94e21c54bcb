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

/** The word that stands before every energy: where it comes from, and of what it was replayed; `unmeasured` where there is none. */
export function energyWord({ provenance, replayOf }: RunRecord): string {
  if (provenance.energy === 'none') return 'unmeasured';
  return provenance.energy === 'replayed' && replayOf !== undefined
    ? `replayed (${replayOf.energy})`
    : provenance.energy;
}

/** The first letter in upper case, for the beginning of a heading. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
