import { student95 } from '../../measure/uncertainty.js';
import type { Transaction } from '../store/database.js';
import { type Point, pointsOfSeries } from './points.js';

/** The series before this one: of the same block, with another meter or on another bench. */
export interface Swap {
  from: string;
  /** Its meter and bench. */
  name: string;
  /** New against old of images that both have run, relative, with its 95 % half width; null: no image in common. */
  value: number;
  u95: number;
  images: number;
}

interface Level {
  mean: number;
  squares: number;
  n: number;
}

function levelOf(points: readonly Point[]): Level {
  const logs = points.map(({ energy }) => Math.log(energy));
  const mean = logs.reduce((a, b) => a + b, 0) / logs.length;
  return { mean, squares: logs.reduce((sum, x) => sum + (x - mean) ** 2, 0), n: logs.length };
}

/** Newest nights of an image in the old series that are compared: older ones may be of another state of the bench. */
const newestNights = 5;

/** Degrees of freedom that the assumed spread is believed with: two nights tell little of their own. */
const believed = 10;

/**
 * What a swap has moved a series by: the mean difference over the images that both have run, each weighed by its nights.
 * @param assumed spread of a night, relative
 * @returns undefined where no image is in both
 */
export function measuredOffset(
  old: readonly Point[],
  fresh: readonly Point[],
  assumed: number,
): Pick<Swap, 'value' | 'u95' | 'images'> | undefined {
  const common = [...new Set(fresh.map(({ image }) => image))].flatMap(image => {
    const [a, b] = [old, fresh].map(points =>
      points.filter(point => point.image === image).slice(-newestNights),
    );
    return a.length === 0 || b.length === 0 ? [] : [[levelOf(a), levelOf(b)] as const];
  });
  if (common.length === 0) return undefined;
  const degrees = believed + common.reduce((sum, [a, b]) => sum + a.n + b.n - 2, 0);
  const squares = common.reduce((sum, [a, b]) => sum + a.squares + b.squares, 0);
  const spread = Math.sqrt((believed * assumed ** 2 + squares) / degrees);
  const weights = common.map(([a, b]) => 1 / (1 / a.n + 1 / b.n));
  const total = weights.reduce((a, b) => a + b, 0);
  const value = common.reduce((sum, [a, b], i) => sum + (weights[i] / total) * (b.mean - a.mean), 0);
  return {
    value: Math.expm1(value),
    u95: student95(degrees) * (spread / Math.sqrt(total)),
    images: common.length,
  };
}

/** Spread of a night before any was seen, relative. Assumed. */
const assumedSpread = 0.002;

/** The newest series that ended when this one began, and what the swap between them moved. */
export async function swapBefore(transaction: Transaction, series: string): Promise<Swap | undefined> {
  const candidates = await transaction.query<{ id: string; name: string }>(
    `select o.id, o.meter || ' on ' || o.bench as name from farm.series s
     join farm.series o on o.id <> s.id and (o.board, o.chip, o.level, o.strategy, o.bundle, o.energy, o.dataset)
         = (s.board, s.chip, s.level, s.strategy, s.bundle, s.energy, s.dataset)
       and (o.bench = s.bench) <> (o.meter = s.meter)
     join farm.newest oe on oe.kind = 'any' and oe.series = o.id
     join farm.newest sb on sb.kind = 'any' and sb.series = s.id
     where s.id = $1 and oe.since < sb.since order by oe.at desc, o.id limit 1`,
    [series],
  );
  const [old] = candidates;
  if (old === undefined) return undefined;
  const offset = measuredOffset(
    await pointsOfSeries(transaction, old.id),
    await pointsOfSeries(transaction, series),
    assumedSpread,
  );
  return offset && { from: old.id, name: old.name, ...offset };
}
