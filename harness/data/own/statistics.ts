import { createReadStream } from 'node:fs';

/** One channel over the training people, in stored units. */
export interface ChannelStatistics {
  min: number;
  max: number;
  mean: number;
  deviation: number;
  /** The 0.1 and 99.9 percentiles, to a sixty-five-thousandth of the range. */
  low: number;
  high: number;
}

const bins = 1 << 16;
const [lowShare, highShare] = [0.001, 0.999];

/** Rows of a stored file of float32, some at a time; a few hundred KB are held. */
export async function eachRow(file: string, width: number, use: (row: Float32Array) => void): Promise<void> {
  const bytes = 4 * width;
  let rest: Buffer = Buffer.alloc(0);
  const row = new Float32Array(width);
  for await (const piece of createReadStream(file, { highWaterMark: 1 << 18 })) {
    const all = rest.length === 0 ? (piece as Buffer) : Buffer.concat([rest, piece as Buffer]);
    let at = 0;
    for (; at + bytes <= all.length; at += bytes) {
      for (let c = 0; c < width; c++) row[c] = all.readFloatLE(at + 4 * c);
      use(row);
    }
    rest = all.subarray(at);
  }
}

/** Statistics of a stored file of rows of float32, in two passes. */
export async function statisticsOf(file: string, width: number): Promise<ChannelStatistics[]> {
  const columns = Array.from({ length: width }, () => ({
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    mean: 0,
    squares: 0,
  }));
  let rows = 0;
  // Mean and deviation by Welford's method (Technometrics 4, 1962).
  await eachRow(file, width, row => {
    rows += 1;
    columns.forEach((column, c) => {
      const x = row[c];
      const off = x - column.mean;
      column.min = Math.min(column.min, x);
      column.max = Math.max(column.max, x);
      column.mean += off / rows;
      column.squares += off * (x - column.mean);
    });
  });
  const counts = columns.map(() => new Uint32Array(bins));
  const step = columns.map(({ min, max }) => (max - min) / bins || 1);
  await eachRow(file, width, row => {
    counts.forEach((own, c) => {
      own[Math.min(bins - 1, Math.floor((row[c] - columns[c].min) / step[c]))] += 1;
    });
  });
  return columns.map(({ min, max, mean, squares }, c) => {
    const at = (share: number): number => {
      let below = 0;
      const bin = counts[c].findIndex(count => {
        below += count;
        return below > share * rows;
      });
      return Math.fround(min + (bin + 0.5) * step[c]);
    };
    return { min, max, mean, deviation: Math.sqrt(squares / rows), low: at(lowShare), high: at(highShare) };
  });
}

/**
 * The smallest power of two whose int16 counts reach twice a channel's largest magnitude among the training people: other people move more.
 */
export function countScale({ min, max }: Pick<ChannelStatistics, 'min' | 'max'>): number {
  return 2 ** Math.ceil(Math.log2((2 * Math.max(Math.abs(min), Math.abs(max))) / 32767));
}
