import type { Random } from '../../data/random.js';
import type { WindowSet } from '../../data/types.js';
import type { Batch, ExampleSource } from '../fit.js';
import { type Augmentation, drawWindow, noAugmentation, shiftRanges } from '../windows-source.js';
import { s3 } from './nets.js';

/** A pair of windows of one person: class 1 = same activity, 0 = changed. */
export interface Pair {
  previous: number;
  current: number;
  same: 0 | 1;
}

/** Consecutive windows of the data's order within the given people, as the gate meets them. */
export function consecutivePairs(set: WindowSet, windows: Uint32Array): Pair[] {
  const pairs: Pair[] = [];
  for (let i = 1; i < windows.length; i++) {
    const [previous, current] = [windows[i - 1], windows[i]];
    if (set.subjects[previous] !== set.subjects[current]) continue;
    pairs.push({ previous, current, same: set.labels[previous] === set.labels[current] ? 1 : 0 });
  }
  return pairs;
}

/** As many changed pairs as same ones: each window once with its predecessor, once with a window of another activity of the same person. */
export function balancedPairs(set: WindowSet, windows: Uint32Array, random: Random): Pair[] {
  const ofSubject = new Map<number, number[]>();
  for (const w of windows) ofSubject.set(set.subjects[w], [...(ofSubject.get(set.subjects[w]) ?? []), w]);
  return consecutivePairs(set, windows).flatMap(pair => {
    const others = ofSubject.get(set.subjects[pair.current])!;
    let previous = pair.previous;
    while (set.labels[previous] === set.labels[pair.current])
      previous = others[random.integer(0, others.length - 1)];
    return [pair, { previous, current: pair.current, same: 0 as const }];
  });
}

/** Pairs as examples of the Dual network: [384][2], column 0 the previous and column 1 the current s3 window, flattened. */
export function pairSource(
  set: WindowSet,
  pairs: Pair[],
  encode: (value: number, channel: number) => number,
  augmentation: Augmentation,
): ExampleSource {
  const ranges = shiftRanges(set);
  const scratch = new Float64Array(128 * 9);
  return {
    count: pairs.length,
    batch(indices: Uint32Array, random: Random, augment: boolean): Batch {
      const input = new Float32Array(indices.length * 384 * 2);
      const targets = new Float32Array(indices.length * 2);
      const varied = augment ? augmentation : noAugmentation;
      indices.forEach((p, i) => {
        const pair = pairs[p];
        [pair.previous, pair.current].forEach((w, column) => {
          const range = { first: ranges.first[w], last: ranges.last[w] };
          drawWindow(set.samples, set.starts[w], range, varied, random, scratch);
          for (let t = 0; t < 128; t++) {
            for (let c = 0; c < 3; c++) {
              input[(i * 384 + t * 3 + c) * 2 + column] = encode(scratch[t * 9 + s3[c]], s3[c]);
            }
          }
        });
        targets[i * 2 + pair.same] = 1;
      });
      return { size: indices.length, inputs: [input], targets };
    },
  };
}
