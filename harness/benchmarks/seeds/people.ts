import type { WindowSet } from '../../data/types.js';
import { sealWindowSet } from '../../data/window-set.js';

/** The windows of some people, in the set's order, with their resets and their own hash; samples are shared. */
export function windowsOfPeople(set: WindowSet, people: ReadonlySet<number>): WindowSet {
  const kept = Array.from(set.starts.keys()).filter(w => people.has(set.subjects[w]));
  const place = new Map(kept.map((w, i) => [w, i]));
  // A reset stands before the first window of an experiment, which is one person's: it stays or goes with its window.
  const resets = Array.from(set.resets).flatMap(w => place.get(w) ?? []);
  return sealWindowSet({
    ...set,
    starts: Uint32Array.from(kept, w => set.starts[w]),
    labels: Uint8Array.from(kept, w => set.labels[w]),
    subjects: Uint8Array.from(kept, w => set.subjects[w]),
    transitions: set.transitions === undefined ? undefined : Uint8Array.from(kept, w => set.transitions![w]),
    resets: Uint32Array.from(resets[0] === 0 ? resets : [0, ...resets]),
  });
}

/** Two sets of one grid and order, the second's windows after the first's. */
export function joinSets(a: WindowSet, b: WindowSet): WindowSet {
  const samples = new Float32Array(a.samples.length + b.samples.length);
  samples.set(a.samples);
  samples.set(b.samples, a.samples.length);
  const rows = a.samples.length / a.grid.channels.length;
  return sealWindowSet({
    ...a,
    samples,
    starts: Uint32Array.from([...a.starts, ...b.starts.map(start => start + rows)]),
    labels: Uint8Array.from([...a.labels, ...b.labels]),
    subjects: Uint8Array.from([...a.subjects, ...b.subjects]),
    transitions: undefined,
    resets: Uint32Array.from([...a.resets, ...b.resets.map(w => w + a.starts.length)]),
  });
}
