import { replyError } from '../replies.js';

/** A decimal number as C prints one: no blanks, no hexadecimal, no infinity. */
const number = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/;
const timerRange = 2 ** 32;

/**
 * Numbers between the brackets of `m-results-[...]`. A comma at the end is tolerated, as by the stock runner, and blanks around a number.
 * @param count how many there must be, where it is known
 * @throws LF_DUT_REPLY for anything else, and for numbers that may be others with a decimal comma: `0,120,0,500` is 0.12 and 0.5, or four
 */
export function parseResults(text: string, count?: number): number[] {
  const parts = text
    .replace(/,\s*$/, '')
    .split(',')
    .map(part => part.trim());
  const wrong = parts.find(part => !number.test(part));
  if (wrong !== undefined) throw replyError(`"${wrong}" is no number`, 'decimal numbers with a point', text);
  if (hasDecimalCommas(parts))
    throw replyError('The results may have decimal commas', 'numbers with a decimal point', text);
  const values = parts.map(Number);
  const isOne = values.length === 1;
  if (count !== undefined && values.length !== count && !isOne)
    throw replyError('The DUT gives another number of results', `${count}, or one score`, text);
  return values;
}

/** Pairs of whole numbers whose second halves have the same three digits or fewer: what a printf with a decimal comma leaves. */
function hasDecimalCommas(parts: readonly string[]): boolean {
  if (parts.length % 2 !== 0 || parts.some(part => !/^[+-]?\d+$/.test(part))) return false;
  const fractions = parts.filter((_, i) => i % 2 === 1);
  const { length } = fractions[0];
  return fractions.every(part => /^\d+$/.test(part) && part.length === length && length > 1);
}

/** Microseconds of the time stamps among reply lines. */
export function laps(lines: readonly string[]): number[] {
  return lines.flatMap(line => {
    const match = /^m-lap-us-(\d{1,15})$/.exec(line);
    return match === null ? [] : [Number(match[1])];
  });
}

/**
 * Microseconds from one time stamp to the next: of a timer of 32 bits that may have passed its end, or of a longer one.
 * @throws LF_DUT_REPLY when a longer one goes back
 */
export function between(from: number, to: number): number {
  if (to >= from) return to - from;
  if (from < timerRange) return to - from + timerRange;
  throw replyError('The time stamps go back', 'a later one', `m-lap-us-${from}, m-lap-us-${to}`);
}

/** Whether a refusal speaks of something else than the command that was sent: other bytes came into it, perhaps with a line end. */
export function isSpoilt(command: string, refusal: string): boolean {
  const unknown = /^e-\[Unknown command: ?(.*?)\]?$/s.exec(refusal)?.[1];
  if (unknown !== undefined) return unknown !== command.split(' ')[0];
  if (/^e-\[(?:Command too long|Insufficent number)/.test(refusal)) return true;
  const digits = /^e-\[Invalid hex digit '(.*)'\]$/.exec(refusal)?.[1];
  return digits !== undefined && !command.includes(digits);
}
