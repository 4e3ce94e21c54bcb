import type { PowerTerm } from './energy/baseline.js';
import {
  type CombinedUncertainty,
  combineShares,
  combineTerms,
  type ShareTerm,
  type UncertaintyTerm,
} from './uncertainty.js';

/** A whole period of one block: a window's work and the sleep until the next. */
export interface PeriodParts {
  /** Mean active energy of a window, microjoules, and its budget; `withWaking` adds what flows outside its markers. */
  microjoules: number;
  terms: readonly UncertaintyTerm[];
  windows: number;
  /** Sleep power, microwatts, and its budget. */
  sleepMicrowatts: number;
  sleepTerms: readonly PowerTerm[];
  sleepDegrees: number;
  sleepSeconds: number;
}

/** Errors that active and sleep energy have in common: they add up in a sum. */
const common: ReadonlySet<string> = new Set(['gain', 'voltage', 'offset']);

/** Energy just outside the markers and its standard uncertainty, microjoules. */
export interface WakingPart {
  microjoules: number;
  sigmaMicrojoules: number;
}

/** Errors of an energy that are in proportion to it. */
const proportional: ReadonlySet<string> = new Set(['gain', 'linearity', 'voltage', 'clock']);

/** The same period with what waking up and falling asleep draw outside the markers. */
export function withWaking(parts: PeriodParts, waking: WakingPart | undefined): PeriodParts {
  if (waking === undefined) return parts;
  const microjoules = parts.microjoules + waking.microjoules;
  const factor = microjoules / parts.microjoules;
  return {
    ...parts,
    microjoules,
    terms: [
      ...parts.terms.map(term =>
        proportional.has(term.term) ? { ...term, microjoules: Math.abs(term.microjoules * factor) } : term,
      ),
      {
        term: 'waking',
        microjoules: waking.sigmaMicrojoules,
        kind: 'B',
        source: 'energy just outside the markers',
      },
    ],
  };
}

/** Combined uncertainty of the sleep power, microwatts. */
export function sleepUncertainty({
  sleepTerms,
  sleepDegrees,
}: Pick<PeriodParts, 'sleepTerms' | 'sleepDegrees'>): CombinedUncertainty {
  const terms = sleepTerms.map(({ microwatts, kind }) => ({ microjoules: microwatts, kind }));
  return combineTerms(terms, sleepDegrees + 1);
}

/** Energy of a whole period, microjoules, with its uncertainty: common errors add up, all others are independent. */
export function periodUncertainty(parts: PeriodParts): CombinedUncertainty & { microjoules: number } {
  const { terms, sleepTerms, sleepSeconds } = parts;
  const asleep = (name: string) =>
    (sleepTerms.find(({ term }) => term === name)?.microwatts ?? 0) * sleepSeconds;
  const all = [
    ...terms.map(({ term, microjoules, kind }) => ({
      microjoules: common.has(term) ? microjoules + asleep(term) : microjoules,
      kind,
    })),
    ...sleepTerms
      .filter(({ term }) => !(common.has(term) && terms.some(other => other.term === term)))
      .map(({ microwatts, kind }) => ({ microjoules: microwatts * sleepSeconds, kind })),
  ];
  return {
    microjoules: parts.microjoules + parts.sleepMicrowatts * sleepSeconds,
    ...combineTerms(all, Math.min(parts.windows, parts.sleepDegrees + 1)),
  };
}

/**
 * Measurement uncertainty of the saving with sleep counted, S = 1 - Pc / Pb over whole periods. Awake and asleep an instrument with
 * ranges stands in different ones, so the two gains are taken as independent, each common to both blocks; voltage cancels, an
 * offset leaves its share of the difference; all else is independent.
 */
export function periodSaving(candidate: PeriodParts, baseline: PeriodParts) {
  const own = periodUncertainty(candidate).microjoules;
  const other = periodUncertainty(baseline).microjoules;
  const ratio = own / other;
  const awake = ({ terms }: PeriodParts, name: string) =>
    terms.find(({ term }) => term === name)?.microjoules ?? 0;
  const asleep = ({ sleepTerms, sleepSeconds }: PeriodParts, name: string) =>
    (sleepTerms.find(({ term }) => term === name)?.microwatts ?? 0) * sleepSeconds;
  const shared = (of: (parts: PeriodParts) => number, term: string): ShareTerm => ({
    term,
    share: Math.abs(of(candidate) - ratio * of(baseline)) / other,
    kind: 'B',
  });
  const terms: ShareTerm[] = [
    shared(parts => awake(parts, 'gain'), 'gain awake (shared)'),
    shared(parts => asleep(parts, 'gain'), 'gain asleep (shared)'),
    shared(parts => awake(parts, 'offset') + asleep(parts, 'offset'), 'offset (shared)'),
    shared(parts => awake(parts, 'range switching'), 'range switching (shared)'),
    shared(parts => awake(parts, 'edge latency'), 'edge latency (shared)'),
  ];
  const taken = new Set(['gain', 'offset', 'voltage', 'clock', 'range switching', 'edge latency']);
  for (const [parts, name, factor] of [
    [candidate, 'candidate', 1 / other],
    [baseline, 'baseline', ratio / other],
  ] as const) {
    for (const { term, microjoules, kind } of parts.terms)
      if (!taken.has(term)) terms.push({ term: `${term} (${name})`, share: microjoules * factor, kind });
    for (const { term, microwatts, kind } of parts.sleepTerms)
      if (!taken.has(term))
        terms.push({
          term: `${term} asleep (${name})`,
          share: microwatts * parts.sleepSeconds * factor,
          kind,
        });
  }
  const windows = Math.min(
    candidate.windows,
    baseline.windows,
    candidate.sleepDegrees + 1,
    baseline.sleepDegrees + 1,
  );
  return {
    saving: 1 - ratio,
    terms: terms.filter(({ share }) => share > 0),
    ...combineShares(terms, windows),
  };
}
