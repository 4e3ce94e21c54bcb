import type { Judged } from './judge.js';
import type { Result } from './tasks.js';

export interface SeedFigures {
  seed: number;
  /** Percent of the scored windows. */
  accuracy: number;
  /** Multiply-adds a window, over all windows. */
  macs: number;
}

export interface Row {
  bundle: string;
  stream: string;
  seeds: SeedFigures[];
  mean: number;
  /** Standard deviation over seeds, of a sample (n - 1); undefined for one seed. */
  deviation: number | undefined;
  macs: number;
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** One figure a seed: the parts of a seed, folds or people, are pooled window by window. */
function ofSeed(seed: number, parts: readonly Judged[]): SeedFigures {
  return {
    seed,
    accuracy: (100 * sum(parts.map(p => p.correct))) / sum(parts.map(p => p.scored)),
    macs: sum(parts.map(p => p.macs)) / sum(parts.map(p => p.windows)),
  };
}

/** A row a bundle and stream, over all seeds of which every one of `partsOfSeed` parts is there. */
export function rowsOf(results: readonly Result[], partsOfSeed: number): Row[] {
  const groups = new Map<string, Map<number, Judged[]>>();
  for (const { bundle, seed, judged } of results) {
    for (const [stream, part] of Object.entries(judged)) {
      const key = `${bundle}\n${stream}`;
      const seeds = groups.get(key) ?? new Map<number, Judged[]>();
      groups.set(key, seeds.set(seed, [...(seeds.get(seed) ?? []), part]));
    }
  }
  return [...groups].flatMap(([key, bySeed]) => {
    const seeds = [...bySeed]
      .filter(([, parts]) => parts.length === partsOfSeed)
      .map(([seed, parts]) => ofSeed(seed, parts))
      .sort((a, b) => a.seed - b.seed);
    if (seeds.length === 0) return [];
    const [bundle, stream] = key.split('\n');
    const n = seeds.length;
    const mean = sum(seeds.map(s => s.accuracy)) / n;
    const squares = sum(seeds.map(s => (s.accuracy - mean) ** 2));
    return [
      {
        bundle,
        stream,
        seeds,
        mean,
        deviation: n === 1 ? undefined : Math.sqrt(squares / (n - 1)),
        macs: sum(seeds.map(s => s.macs)) / n,
      },
    ];
  });
}

/** The seed that is shipped: of n ordered by accuracy, equals by their number, the one at place ceil(n / 2). */
export function medianSeed(seeds: readonly SeedFigures[]): number {
  const ordered = [...seeds].sort((a, b) => a.accuracy - b.accuracy || a.seed - b.seed);
  return ordered[Math.ceil(ordered.length / 2) - 1].seed;
}

/** Markdown: every seed, mean, deviation, cost. */
export function seedsTable(rows: readonly Row[]): string {
  const lines = rows.map(({ bundle, stream, seeds, mean, deviation, macs }) => {
    const each = seeds.map(s => `${s.seed}: ${s.accuracy.toFixed(2)}`).join(', ');
    const spread = deviation === undefined ? '' : ` ± ${deviation.toFixed(2)}`;
    return `| ${bundle} | ${stream} | ${each} | ${mean.toFixed(2)}${spread} | ${Math.round(macs).toLocaleString('en')} | ${medianSeed(seeds)} |`;
  });
  return [
    '| bundle | order or stream | seed: accuracy, % | mean ± deviation | MACs a window | median seed |',
    '|---|---|---|---|---:|---:|',
    ...lines,
  ].join('\n');
}

/** Markdown: accuracy of each person over the given results, percent; the first seed's and the least and largest over seeds. */
export function peopleTable(results: readonly Result[], bundle: string, stream: string): string {
  const by = new Map<number, number[]>();
  for (const result of results) {
    const judged = result.bundle === bundle ? result.judged[stream] : undefined;
    for (const [person, { scored, correct }] of Object.entries(judged?.people ?? {}))
      by.set(Number(person), [...(by.get(Number(person)) ?? []), (100 * correct) / scored]);
  }
  const lines = [...by]
    .sort(([a], [b]) => a - b)
    .map(([person, each]) => {
      const cells = [sum(each) / each.length, Math.min(...each), Math.max(...each)];
      return `| ${person} | ${cells.map(v => v.toFixed(1)).join(' | ')} |`;
    });
  return ['| person | mean, % | least | largest |', '|---:|---:|---:|---:|', ...lines].join('\n');
}
