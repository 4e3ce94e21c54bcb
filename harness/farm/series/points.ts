import type { Transaction } from '../store/database.js';

/** A night of a series. */
export interface Point {
  run: string;
  at: Date;
  job: string | null;
  commit: string;
  /** Hash of the image as the board told it, and of the networks: what was measured. */
  image: string;
  energy: number;
  /** Ends of its 95 % interval, uJ; null where none is stated. */
  low: number | null;
  high: number | null;
  cycles: number | null;
  accuracy: number | null;
  outcome: string;
}

/** Nights that are read: the newest ones, with room for earlier levels. */
const mostRead = 200;

/** Networks and image of a run as one text. */
export const imageOfRun = `r.firmware_sha256 || ' ' || md5((r.record->'provenance'->'models')::text || coalesce(j.spec->>'bundleSha256', ''))`;

/** The valid nights of a series, oldest first, without the runs that confirmed something. */
export async function pointsOfSeries({ query }: Transaction, series: string | number): Promise<Point[]> {
  const rows = await query<Point>(
    `select b.run, b.at, r.job, r.commit, ${imageOfRun} as image, b.energy_uj as energy, b.energy_low_uj as low, b.energy_high_uj as high,
       b.cycles_per_window as cycles, b.accuracy, r.outcome
     from farm.blocks b join farm.runs r on r.id = b.run left join farm.jobs j on j.id = r.job
     where b.series = $1 and b.is_valid and b.energy_uj > 0
       and not exists (select from farm.confirmations c where c.job = r.job)
     order by b.at desc, b.run desc limit ${mostRead}`,
    [series],
  );
  return rows.reverse();
}

/** When levels of a series begin: changes that were found, and those that a person has accepted. */
export async function levelStarts({ query }: Transaction, series: string | number): Promise<Date[]> {
  const rows = await query<{ at: Date }>(
    `select r.started_at as at from farm.changes c join farm.runs r on r.id = c.run where c.series = $1
     union select at from farm.annotations where series = $1 and kind = 'accepted' order by 1`,
    [series],
  );
  return rows.map(({ at }) => at);
}

/** The points of each level, oldest first; the last one is the current level. */
export function levelsOf<T extends { at: Date }>(points: readonly T[], starts: readonly Date[]): T[][] {
  const levels: T[][] = [[]];
  let next = 0;
  for (const point of points) {
    let begins = false;
    for (; next < starts.length && starts[next] <= point.at; next++) begins = true;
    if (begins && levels.at(-1)!.length > 0) levels.push([]);
    levels.at(-1)!.push(point);
  }
  return levels;
}

/** Cycles of a window on the emulator by image, for the board, level, strategy and bundle of a series; without those that no emulated bench has run lately. */
export async function emulatedCycles(
  { query }: Transaction,
  series: string | number,
  images: readonly string[],
): Promise<Map<string, number>> {
  const rows = await query<{ image: string; cycles: number }>(
    `select distinct on (seen.image) seen.image, seen.cycles from farm.series mine
     join farm.series s on s.board = mine.board and s.level = mine.level and s.strategy = mine.strategy
       and s.bundle = mine.bundle and s.dataset = mine.dataset and s.energy = 'modelled'
     cross join lateral (select b.at, b.cycles_per_window as cycles, ${imageOfRun} as image
       from farm.blocks b join farm.runs r on r.id = b.run left join farm.jobs j on j.id = r.job
       where b.series = s.id and b.is_valid and b.cycles_per_window is not null
       order by b.at desc limit ${2 * mostRead}) seen
     where mine.id = $1 and seen.image = any($2) order by seen.image, seen.at desc`,
    [series, [...new Set(images)]],
  );
  return new Map(rows.map(({ image, cycles }) => [image, cycles]));
}
