import { badInput, type Place } from './source-files.js';

const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
/** How files say that there is no value. */
const missing: ReadonlySet<string> = new Set(['', 'nan', 'na', 'n/a', 'null', 'none']);
/** No sensor gives more, in any unit; float32 holds it. */
const largest = 1e9;

/**
 * The number that a field holds.
 * @param place computed only for an error
 * @returns NaN where the field says that there is none
 * @throws LF_DATA_CORRUPT
 */
export function numberOf(field: string, place: () => Place): number {
  const text = field.trim();
  if (number.test(text)) {
    const value = Number(text);
    if (Math.abs(value) <= largest) return value;
    throw badInput(place(), `a number up to ${largest}`, text);
  }
  if (missing.has(text.toLowerCase())) return Number.NaN;
  const hint = /^[+-]?\d+,\d+$/.test(text) ? 'write decimal points, not commas' : undefined;
  throw badInput(place(), 'a number, or nothing or NaN for a missing one', text, hint);
}

/** The same of a time stamp, which may be large. @throws LF_DATA_CORRUPT also for a missing one */
export function timeOf(field: string, place: () => Place): number {
  const text = field.trim();
  const value = number.test(text) ? Number(text) : Number.NaN;
  if (Number.isFinite(value)) return value;
  throw badInput(
    place(),
    'a time as a number',
    text,
    'convert dates to seconds first, or leave the time column out and give --source-rate',
  );
}
