import { Random } from '../../data/random.js';
import type { WindowSet } from '../../data/types.js';
import { featureCount } from '../../model/bundle/limits.js';
import {
  DriftGate,
  type DriftModel,
  type DriftParameters,
  driftFeatures,
  driftInputs,
} from '../../model/cascade/filtered/drift.js';
import type { Features } from '../../model/cascade/filtered/features.js';

/** One unit of distance is 0.1 g of mean acceleration, or a factor e^0.4 of movement. */
const meanUnitCounts = 0.1 * 8192;
const logUnitQ10 = (0.4 / Math.LN2) * 1024;

/** Scales of `DriftParameters`: Q4 differences to Q8 distances. */
export const distanceScales = Array.from({ length: driftFeatures }, (_, i) =>
  Math.round((65536 * 256) / (16 * (i < 3 ? meanUnitCounts : logUnitQ10))),
);

interface Example {
  /** Distances in units (Q8 / 256), `driftInputs` of them. */
  d: number[];
  changed: 0 | 1;
}

const mean = (features: readonly Features[]): Int16Array =>
  Int16Array.from({ length: featureCount }, (_, i) =>
    Math.round(features.reduce((sum, f) => sum + f.values[i], 0) / features.length),
  );

function distances(parameters: DriftParameters, anchor: Int16Array, now: Int16Array): number[] {
  const gate = new DriftGate(parameters);
  gate.follow(anchor, true);
  return Array.from(gate.distances(now), d => d / 256);
}

/**
 * Examples of one kind (static or dynamic windows): unchanged against the mean of up to four windows that end one to six windows
 * earlier in the same run; changed against the mean of up to four windows of another activity of the same kind and person.
 */
function examples(
  set: WindowSet,
  features: readonly Features[],
  windows: Uint32Array,
  ofKind: (label: number) => boolean,
  random: Random,
): Example[] {
  const blank: DriftParameters = {
    scale: distanceScales,
    floor: 0,
    static: { bias: 0, weights: [] },
    dynamic: { bias: 0, weights: [] },
  };
  const list: Example[] = [];
  const of = new Map<string, number[]>();
  for (const w of windows) {
    const key = `${set.subjects[w]}/${set.labels[w]}`;
    of.set(key, [...(of.get(key) ?? []), w]);
  }
  const run = (w: number): number => {
    let first = w;
    while (
      first > 0 &&
      set.labels[first - 1] === set.labels[w] &&
      set.subjects[first - 1] === set.subjects[w]
    )
      first--;
    return first;
  };
  for (const w of windows) {
    if (!ofKind(set.labels[w])) continue;
    const first = run(w);
    if (w > first) {
      const end = Math.max(first, w - random.integer(1, 6));
      const from = Math.max(first, end - 3);
      const anchor = mean(features.slice(from, end + 1));
      list.push({ d: distances(blank, anchor, features[w].values), changed: 0 });
    }
    const others = [0, 1, 2, 3, 4, 5].filter(c => c !== set.labels[w] && ofKind(c));
    const pool = of.get(`${set.subjects[w]}/${others[random.integer(0, others.length - 1)]}`);
    if (pool === undefined) continue;
    const at = random.integer(0, pool.length - 1);
    const anchor = mean(pool.slice(at, at + 4).map(i => features[i]));
    list.push({ d: distances(blank, anchor, features[w].values), changed: 1 });
  }
  return list;
}

/** Solves a symmetric positive definite system by Cholesky's factorisation. */
export function solvePositive(a: number[][], b: number[]): number[] {
  const n = b.length;
  const l = a.map(row => row.slice());
  for (let j = 0; j < n; j++) {
    for (let k = 0; k < j; k++) for (let i = j; i < n; i++) l[i][j] -= l[i][k] * l[j][k];
    const pivot = Math.sqrt(l[j][j]);
    for (let i = j; i < n; i++) l[i][j] /= pivot;
  }
  const y = b.slice();
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) y[i] -= l[i][k] * y[k];
    y[i] /= l[i][i];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) y[i] -= l[k][i] * y[k];
    y[i] /= l[i][i];
  }
  return y;
}

/** Logistic regression by Newton's method with ridge 0.001 N; the last weight is the bias, not penalised. */
export function fitLogistic(list: readonly Example[]): number[] {
  const size = driftInputs + 1;
  const ridge = 0.001 * list.length;
  let w = new Array<number>(size).fill(0);
  for (let round = 0; round < 25; round++) {
    const gradient = w.map((v, i) => (i < driftInputs ? -ridge * v : 0));
    const hessian = Array.from({ length: size }, (_, i) =>
      Array.from({ length: size }, (_, j) => (i === j ? (i < driftInputs ? ridge : 1e-6) : 0)),
    );
    for (const { d, changed } of list) {
      const x = [...d, 1];
      const p = 1 / (1 + Math.exp(-x.reduce((sum, v, i) => sum + v * w[i], 0)));
      for (let i = 0; i < size; i++) {
        gradient[i] += (changed - p) * x[i];
        for (let j = 0; j < size; j++) hessian[i][j] += p * (1 - p) * x[i] * x[j];
      }
    }
    const step = solvePositive(hessian, gradient);
    w = w.map((v, i) => v + step[i]);
  }
  return w;
}

/** The model in fixed point; its score is lowered by one: a change must be likely, not just possible. */
function fixed(w: number[]): DriftModel {
  const clamp = (v: number): number => Math.max(-32768, Math.min(32767, Math.round(v)));
  return {
    bias: Math.round((w[driftInputs] - 1) * 65536),
    weights: w.slice(0, driftInputs).map(v => clamp(v * 256)),
  };
}

/**
 * Fits the drift gate on some windows of a set.
 * @param floor least probability of a change, 0..1
 */
export function trainDrift(
  set: WindowSet,
  features: readonly Features[],
  windows: Uint32Array,
  floor: number,
  seed: number,
): DriftParameters {
  const random = new Random(seed);
  const of = (kind: (label: number) => boolean): DriftModel =>
    fixed(fitLogistic(examples(set, features, windows, kind, random)));
  return {
    scale: distanceScales,
    floor: Math.round(floor * 32768),
    static: of(label => label >= 3),
    dynamic: of(label => label < 3),
  };
}
