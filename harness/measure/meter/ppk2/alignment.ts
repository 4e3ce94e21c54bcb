import { ppk2CounterMask } from './protocol.js';

/** Words that are looked at behind the one after which the counter jumps: 160 us of the stream. */
const words = 16;
const wordBytes = 4;
/** Bytes from a sample on that `findAlignment` looks at. */
export const alignmentBytes = (words + 1) * wordBytes + 3;
/** Steps of 1 among the 15 between 16 words that make an alignment the right one: chance gives one in 64. */
const enoughSteps = 12;

/** Where samples begin again behind missing or surplus bytes. */
export interface Alignment {
  /** First byte of the next sample. */
  next: number;
  /** The sample before the break is one of those that lost bytes. */
  isBroken: boolean;
  /** Samples that are missing or broken. */
  lost: number;
}

/** Counter of the sample that begins at a byte. */
export const counterAt = (bytes: Uint8Array, at: number): number => (bytes[at + 2] >>> 2) & ppk2CounterMask;

/** Words that can be looked at from `at` on. */
const wordsFrom = (bytes: Uint8Array, at: number): number =>
  Math.min(words, Math.floor((bytes.length - at) / wordBytes));

/** How often the counter steps by 1 in the words from `at` on. */
function steps(bytes: Uint8Array, at: number): number {
  const count = wordsFrom(bytes, at);
  let right = 0;
  let before = counterAt(bytes, at);
  for (let i = 1; i < count; i += 1) {
    const here = counterAt(bytes, at + i * wordBytes);
    if (((here - before) & ppk2CounterMask) === 1) right += 1;
    before = here;
  }
  return right;
}

/**
 * Looks whether bytes are missing or too many behind the sample at `at`, whose counter the next one's does not follow.
 * @returns `aligned` where samples still begin every four bytes (they were lost whole), `garbage` where no counter counts
 */
export function findAlignment(bytes: Uint8Array, at: number): Alignment | 'aligned' | 'garbage' {
  let most = steps(bytes, at + wordBytes);
  let best = 0;
  for (let shift = 1; shift < wordBytes; shift += 1) {
    const right = steps(bytes, at + shift);
    const enough = Math.max(2, Math.min(enoughSteps, wordsFrom(bytes, at + shift) - 1));
    if (right < enough || right <= most) continue;
    most = right;
    best = shift;
  }
  if (best === 0) return most === 0 ? 'garbage' : 'aligned';
  const first = firstSteady(bytes, at + best);
  const missing = (counterAt(bytes, first) - counterAt(bytes, at) - 1) & ppk2CounterMask;
  const between = first - at - wordBytes;
  /* Too few bytes for the sample itself, or more than the missing ones had: it is not whole, or others are mixed in. */
  const isBroken = between < 0 || between > missing * wordBytes;
  /* The first one with a right counter may still be the end of one that lost its first bytes. */
  return { next: first + wordBytes, isBroken, lost: missing + 1 + (isBroken ? 1 : 0) };
}

/** First word from `at` on that the next two follow. */
function firstSteady(bytes: Uint8Array, at: number): number {
  const follows = (place: number) =>
    ((counterAt(bytes, place + wordBytes) - counterAt(bytes, place)) & ppk2CounterMask) === 1;
  let place = at;
  while (place + 3 * wordBytes <= bytes.length && !(follows(place) && follows(place + wordBytes)))
    place += wordBytes;
  return place;
}
