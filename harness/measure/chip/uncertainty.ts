import type { ChipDescription, Fact } from './schema.js';

/** Relative standard uncertainty of a fact that states none, by how far its kind can be trusted. */
const shareOfKind: Readonly<Record<Fact['kind'], number>> = {
  datasheet: 0.05,
  published: 0.1,
  fitted: 0.15,
  assumed: 0.5,
};
/** Above this relative uncertainty a positive quantity is taken as log-normal: it cannot be negative. */
const largestNormalShare = 0.25;

/** One uncertain quantity of a profile; what it says of several levels is one error, since it has one source. */
export interface ModelParameter {
  /** Path in the profile, without the level. */
  name: string;
  kind: Fact['kind'];
  source: string;
  facts: Fact[];
}

/** What the current is computed from, by section; `keeps` and `otherStates` say nothing of it. */
const sections = ['regulator', 'active', 'sleep', 'wake'] as const;
const levelKeys = ['millivolts', 'microampsPerMegahertz', 'memoryMillivolts', 'stallMillivolts'] as const;

const isFact = (value: unknown): value is Fact =>
  typeof value === 'object' && value !== null && 'value' in value && 'kind' in value;

function factsIn(prefix: string, node: unknown, found: [string, Fact][]): void {
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return;
  for (const [key, value] of Object.entries(node)) {
    const name = `${prefix}.${key}`;
    if (isFact(value)) found.push([name, value]);
    else factsIn(name, value, found);
  }
}

/** Every fact that the modelled current follows from, under its name; levels are joined. */
export function modelParameters(chip: ChipDescription): ModelParameter[] {
  const found: [string, Fact][] = [];
  for (const section of sections) factsIn(section, chip[section], found);
  for (const { name, ...state } of chip.sleep.states ?? []) factsIn(`sleep.${name}`, state, found);
  found.push(['delay.slopeFactor', chip.delay.slopeFactor]);
  if (chip.delay.thresholdMillivoltsPerKelvin !== undefined)
    found.push(['delay.thresholdMillivoltsPerKelvin', chip.delay.thresholdMillivoltsPerKelvin]);
  for (const level of chip.levels)
    for (const key of levelKeys) {
      const fact = level[key];
      if (fact !== undefined) found.push([`level.${key}`, fact]);
    }
  const parameters = new Map<string, ModelParameter>();
  for (const [name, fact] of found) {
    const known = parameters.get(name);
    if (known === undefined)
      parameters.set(name, { name, kind: fact.kind, source: fact.source, facts: [fact] });
    else known.facts.push(fact);
  }
  return [...parameters.values()].filter(({ facts }) => facts.some(fact => standardShare(fact) > 0));
}

/** The facts of a change of level; apart from the rest, since the current of no level follows from them. */
export function levelChangeParameters({ levelChange }: ChipDescription): ModelParameter[] {
  return Object.entries(levelChange ?? {}).map(([key, fact]) => ({
    name: `levelChange.${key}`,
    kind: fact.kind,
    source: fact.source,
    facts: [fact],
  }));
}

/** Relative standard uncertainty of a fact; of one with a factor, of its logarithm. */
export function standardShare(fact: Fact): number {
  if (fact.uFactor !== undefined) return Math.log(fact.uFactor);
  if (fact.u === undefined) return shareOfKind[fact.kind];
  return fact.value === 0 ? (fact.u > 0 ? Number.POSITIVE_INFINITY : 0) : Math.abs(fact.u / fact.value);
}

/**
 * A fact's value at `z` standard deviations: normal, cut off at 0; log-normal with the fact as median where it may be off by a
 * factor, or by more than a quarter.
 */
export function valueAt(fact: Fact, z: number): number {
  if (fact.uFactor !== undefined) return fact.value * fact.uFactor ** z;
  const share = standardShare(fact);
  if (fact.value === 0) return Math.max(0, (fact.u ?? 0) * z);
  if (fact.value > 0 && share > largestNormalShare) return fact.value * Math.exp(share * z);
  const value = fact.value + share * Math.abs(fact.value) * z;
  return fact.value > 0 ? Math.max(0, value) : value;
}
