import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { thresholdOf } from '../../verdict/regression/threshold.js';
import { NightWatch } from './night-watch.js';

const seriesSchema = z.object({
  name: z.string(),
  n_obs: z.number(),
  series: z.array(z.object({ raw: z.array(z.number().nullable()) })),
});
/** Series to annotator to indices of changes. */
const annotationsSchema = z.record(z.string(), z.record(z.string(), z.array(z.number())));

export interface TcpdRow {
  name: string;
  points: number;
  /** Changes that at least three of the five annotators saw, each within 5 points. */
  annotated: number;
  /** Of these: named within 30 points. */
  found: number;
  /** Places that we named, and those within 5 points of a change that any annotator saw. */
  named: number;
  right: number;
}

/** Points within which two places are the same, as TCPD's own scores have it (van den Burg and Williams, 2020). */
const margin = 5;

/**
 * Suspicions alone on the one-dimensional series of the Turing Change Point Dataset, shown point by point: nobody can run A B B A of the past.
 * @param folder copy of the repository; series that it only tells how to fetch are left out
 */
export async function judgeTcpd(folder: string): Promise<TcpdRow[]> {
  const annotations = annotationsSchema.parse(
    JSON.parse(await readFile(join(folder, 'annotations.json'), 'utf8')),
  );
  const rows: TcpdRow[] = [];
  for (const name of (await readdir(join(folder, 'datasets'))).sort()) {
    const text = await readFile(join(folder, 'datasets', name, `${name}.json`), 'utf8').catch(
      () => undefined,
    );
    if (text === undefined || annotations[name] === undefined) continue;
    const { series } = seriesSchema.parse(JSON.parse(text));
    if (series.length !== 1) continue;
    const raw = series[0].raw;
    const scale = Math.max(...raw.map(value => Math.abs(value ?? 0))) || 1;
    const watch = new NightWatch(thresholdOf(100, 52), () => [0, 0, 0, 0], 'suspicion');
    const named: number[] = [];
    raw.forEach((value, i) => {
      const alarm = value === null ? undefined : watch.night(value / scale, i);
      if (alarm !== undefined) named.push(alarm.at);
    });
    const seen = Object.values(annotations[name]);
    const any = seen.flat();
    const near = (a: number, b: number) => Math.abs(a - b) <= margin;
    const agreed = [...new Set(any)]
      .sort((a, b) => a - b)
      .filter(at => seen.filter(one => one.some(other => near(at, other))).length >= 3)
      .filter((at, i, all) => i === 0 || !near(all[i - 1], at));
    rows.push({
      ...{ name, points: raw.length, annotated: agreed.length, named: named.length },
      found: agreed.filter(at => named.some(one => near(one, at))).length,
      right: named.filter(one => any.some(at => near(one, at))).length,
    });
  }
  return rows;
}
