/**
 * Uncertainty budgets after the GUM (JCGM 100:2008): standard uncertainties term by term, root sum of squares, expanded with
 * the Student quantile of the Welch-Satterthwaite degrees of freedom (G.4). All for the MEAN energy of a window over the
 * windows of a block. See README.md for each term's derivation.
 */
export type TermName =
  | 'gain'
  | 'linearity'
  | 'voltage'
  | 'clock'
  | 'offset'
  | 'quantisation'
  | 'edge timing'
  | 'edge latency'
  | 'range switching'
  | 'lost samples'
  | 'unwatched samples'
  | 'drift'
  | 'repeatability'
  | 'drift between passes';

/** One line of a budget, as the journal keeps it. */
export interface UncertaintyTerm {
  term: string;
  /** Standard uncertainty (k = 1), microjoules per window. */
  microjoules: number;
  /** A: from the spread of repeated readings; B: from anything else. */
  kind: 'A' | 'B';
  source: string;
}

/** Terms that are one relative error of the bench, common to all blocks: they cancel in a ratio. */
const sharedRelative: ReadonlySet<string> = new Set<TermName>(['gain', 'voltage', 'clock']);
/** What the passes of a block differ by. In a saving the passes of both blocks are compared pair by pair instead. */
export const passDriftTerm: TermName = 'drift between passes';

/** Terms that are one additive error of the bench in every window or second, common to all blocks: they partly cancel in a ratio. */
const sharedAdditive: ReadonlySet<string> = new Set<TermName>(['offset', 'range switching', 'edge latency']);

/** Two-sided 95 % quantile of Student's t, by the Cornish-Fisher series about the normal quantile (within 0.4 % from 4 degrees on). */
export function student95(degrees: number): number {
  const z = 1.959963984540054;
  if (!Number.isFinite(degrees)) return z;
  const n = Math.max(1, degrees);
  if (n < 4) return [12.706, 4.303, 3.182][Math.floor(n) - 1];
  const z3 = z ** 3;
  const z5 = z ** 5;
  const z7 = z ** 7;
  const z9 = z ** 9;
  return (
    z +
    (z3 + z) / (4 * n) +
    (5 * z5 + 16 * z3 + 3 * z) / (96 * n ** 2) +
    (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * n ** 3) +
    (79 * z9 + 776 * z7 + 1482 * z5 - 1920 * z3 - 945 * z) / (92160 * n ** 4)
  );
}

export interface CombinedUncertainty {
  /** Combined standard uncertainty. */
  u: number;
  /** Half-width of the 95 % interval. */
  u95: number;
  /** Effective degrees of freedom. */
  degrees: number;
}

/**
 * Combines terms whose errors are independent of each other.
 * @param windows number of windows behind the type A term; its degrees of freedom are `windows - 1`
 */
export function combineTerms(
  terms: readonly Pick<UncertaintyTerm, 'microjoules' | 'kind'>[],
  windows: number,
): CombinedUncertainty {
  let variance = 0;
  let weighted = 0;
  for (const term of terms) {
    const square = term.microjoules ** 2;
    variance += square;
    if (term.kind === 'A') weighted += square ** 2 / Math.max(1, windows - 1);
  }
  const degrees = weighted === 0 ? Number.POSITIVE_INFINITY : variance ** 2 / weighted;
  const u = Math.sqrt(variance);
  return { u, u95: u * student95(degrees), degrees };
}

/** What a block contributes to a saving. */
export interface BlockSummary {
  /** Mean energy of a window, microjoules. */
  meanMicrojoules: number;
  windows: number;
  terms: readonly UncertaintyTerm[];
  /** Mean energy of a window in each pass, microjoules, where there were several. */
  passMicrojoules?: readonly number[];
  /** Mean energy of a window by the instrument's range, where it tells. */
  ranges?: readonly { range: number; microjoules: number }[];
}

/** A part of a ratio's uncertainty, dimensionless (k = 1). */
export interface ShareTerm {
  term: string;
  share: number;
  kind: 'A' | 'B';
}

/** Parts of a saving below this are the rounding of the arithmetic: an exact meter has no such term. */
const roundingShare = 1e-12;

export interface SavingUncertainty extends CombinedUncertainty {
  /** 1 - candidate / baseline. */
  saving: number;
  /** The same terms as parts of the saving. */
  terms: ShareTerm[];
}

/** The saving of each pass by itself; undefined where the two were not measured in the same passes. */
function pairedSavings(candidate: BlockSummary, baseline: BlockSummary): number[] | undefined {
  const [own, other] = [candidate.passMicrojoules, baseline.passMicrojoules];
  if (own === undefined || other === undefined || own.length !== other.length) return undefined;
  return own.map((microjoules, i) => 1 - microjoules / other[i]);
}

/** Standard uncertainty of a quantity that lies anywhere between the extremes of its readings: half their distance, uniform. */
export function uniformBetween(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / 2 / Math.sqrt(3);
}

/** Share of a block's energy in each range of the instrument. */
function rangeShares({ ranges = [] }: BlockSummary): Map<number, number> {
  const total = ranges.reduce((sum, { microjoules }) => sum + microjoules, 0);
  return new Map(ranges.map(({ range, microjoules }) => [range, microjoules / total]));
}

/**
 * What the gain leaves in a saving. Each range of an instrument has a resistor and a gain of its own: their errors are taken as
 * independent, so that only what both blocks drew in the same range cancels. Nothing is left where the instrument tells no ranges.
 */
function gainTerms(candidate: BlockSummary, baseline: BlockSummary, ratio: number): ShareTerm[] {
  const gain = baseline.terms.find(term => term.term === 'gain')?.microjoules ?? 0;
  const relative = gain / baseline.meanMicrojoules;
  const [own, other] = [rangeShares(candidate), rangeShares(baseline)];
  if (own.size === 0 || other.size === 0) return [];
  return [...new Set([...own.keys(), ...other.keys()])].flatMap(range => {
    const share = relative * ratio * Math.abs((own.get(range) ?? 0) - (other.get(range) ?? 0));
    return share === 0 ? [] : [{ term: `gain (range ${range})`, share, kind: 'B' as const }];
  });
}

/**
 * Measurement uncertainty of the saving S = 1 - Ec / Eb of a candidate over a baseline that ran the same windows on the same bench at the same level.
 *
 * - A common relative error (voltage, clock, the gain of one range) turns Ec/Eb into (1+g)Ec / ((1+g)Eb): it cancels.
 * - A common additive error a (an offset current, what a change of range or the markers' delay adds to every window) leaves
 *   dS = -(ac - (1 - S) ab) / Eb. It cancels too when both have it in proportion to their energy.
 * - Passes measured in mirrored order pair off: pass p alone gives S_p = 1 - Ec_p / Eb_p. A linear drift moves the S_p apart and
 *   their mean not at all; the drift counts as a uniform distribution between them (README.md).
 * - Everything else is independent: u(S)^2 = (Ec/Eb)^2 ((uc/Ec)^2 + (ub/Eb)^2).
 */
export function savingUncertainty(candidate: BlockSummary, baseline: BlockSummary): SavingUncertainty {
  const ratio = candidate.meanMicrojoules / baseline.meanMicrojoules;
  const terms = gainTerms(candidate, baseline, ratio);
  const pairs = pairedSavings(candidate, baseline);
  if (pairs !== undefined)
    terms.push({ term: `${passDriftTerm} (paired)`, share: uniformBetween(pairs), kind: 'B' });
  for (const [block, name] of [
    [candidate, 'candidate'],
    [baseline, 'baseline'],
  ] as const) {
    for (const term of block.terms) {
      if (sharedRelative.has(term.term) || sharedAdditive.has(term.term)) continue;
      if (pairs !== undefined && term.term === passDriftTerm) continue;
      terms.push({
        term: `${term.term} (${name})`,
        share: (ratio * term.microjoules) / block.meanMicrojoules,
        kind: term.kind,
      });
    }
  }
  for (const name of sharedAdditive) {
    const microjoules = ({ terms: own }: BlockSummary) =>
      own.find(term => term.term === name)?.microjoules ?? 0;
    const difference = microjoules(candidate) - ratio * microjoules(baseline);
    terms.push({
      term: `${name} (shared)`,
      share: Math.abs(difference) / baseline.meanMicrojoules,
      kind: 'B',
    });
  }
  const combined = combineShares(terms, Math.min(candidate.windows, baseline.windows));
  return { saving: 1 - ratio, terms: terms.filter(({ share }) => share > roundingShare), ...combined };
}

/** {@link combineTerms} of the parts of a ratio. */
export function combineShares(terms: readonly ShareTerm[], windows: number): CombinedUncertainty {
  return combineTerms(
    terms.map(({ share, kind }) => ({ microjoules: share, kind })),
    windows,
  );
}

/**
 * Spread of a saving over the choice of windows, beside its measurement uncertainty: half-width of the 95 % interval of the
 * paired ratio estimator, from d_i = c_i - (Ec/Eb) b_i over the same windows (Cochran, "Sampling Techniques", section 6.4).
 */
export function savingSpread95(candidate: readonly number[], baseline: readonly number[]): number {
  const count = Math.min(candidate.length, baseline.length);
  let sumCandidate = 0;
  let sumBaseline = 0;
  for (let i = 0; i < count; i += 1) {
    sumCandidate += candidate[i];
    sumBaseline += baseline[i];
  }
  const ratio = sumCandidate / sumBaseline;
  let squares = 0;
  for (let i = 0; i < count; i += 1) squares += (candidate[i] - ratio * baseline[i]) ** 2;
  const standard = Math.sqrt(squares / (count * (count - 1))) / (sumBaseline / count);
  return student95(count - 1) * standard;
}
