import { sig } from '../../../record/format.js';

/** From values to shares 0..1 of an axis, and the values that are written at it. */
export interface Scale {
  of(value: number): number;
  ticks: { at: number; text: string }[];
}

/** The step of 1, 2 or 5 times a power of ten that makes at most `count` steps of a span. */
export function niceStep(span: number, count: number): number {
  const rough = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5].find(one => one * power >= rough * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** Multiples of a step from one value to another. */
export function multiples(low: number, high: number, step: number): number[] {
  const from = Math.ceil(low / step - 1e-9);
  const to = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) =>
    Number(((from + i) * step).toPrecision(12)),
  );
}

const tickOf = (scale: (value: number) => number) => (value: number) => ({
  at: scale(value),
  text: sig(value),
});

/**
 * An axis whose ends are round values around the given ones.
 * @param options.end where the axis ends in any case: 100 for a share in per cent
 */
export function linearScale(
  low: number,
  high: number,
  { count = 4, end }: { count?: number; end?: number } = {},
): Scale {
  const top = end ?? high;
  const span = top - low > 0 ? top - low : Math.abs(top) || 1;
  const step = niceStep(span, count);
  const first = Math.floor(low / step + 1e-9) * step;
  const last = end ?? Math.max(Math.ceil(high / step - 1e-9) * step, first + step);
  const of = (value: number) => (value - first) / (last - first);
  return { of, ticks: multiples(first, last, step).map(tickOf(of)) };
}

/** A logarithmic axis with some room at both ends. Both values are above 0. */
export function logScale(low: number, high: number): Scale {
  const room = Math.max(0.18, 0.22 * Math.log10(high / low));
  const [first, last] = [Math.log10(low) - room, Math.log10(high) + room];
  const of = (value: number) => (Math.log10(value) - first) / (last - first);
  const decades = multiples(Math.floor(first), Math.ceil(last), 1).map(power => 10 ** power);
  const factors = last - first > 1.6 ? [1] : [1, 2, 5];
  const values = decades.flatMap(decade => factors.map(factor => Number((factor * decade).toPrecision(6))));
  return { of, ticks: values.filter(value => of(value) >= 0 && of(value) <= 1).map(tickOf(of)) };
}

/** Names side by side; `of` gives the middle of the n-th. */
export function bandScale(names: readonly string[]): Scale {
  const of = (index: number) => (index + 0.5) / names.length;
  return { of, ticks: names.map((text, i) => ({ at: of(i), text })) };
}
