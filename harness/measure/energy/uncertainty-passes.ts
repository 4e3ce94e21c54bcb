import { passDriftTerm, type UncertaintyTerm, uniformBetween } from '../uncertainty.js';
import type { IdleBudget } from './baseline.js';

/** One pass of a block that was measured several times. */
export interface PassSummary {
  /** Mean energy of a window, microjoules. */
  meanMicrojoules: number;
  terms: readonly UncertaintyTerm[];
}

/** Terms whose errors are drawn anew in each pass: sampling against edges, and noise. */
const independent: ReadonlySet<string> = new Set(['edge timing', 'repeatability']);

/**
 * The budget of the mean over a block's passes. Edge timing and repeatability are independent from pass to pass: root of the
 * summed squares over their number. All else may be the same error each time: the mean of the terms. What the passes differ by is
 * a term of its own, since the true energy may be what any of them saw.
 */
export function mergePassTerms(passes: readonly PassSummary[]): UncertaintyTerm[] {
  const [first] = passes;
  const merged = first.terms.map(term => {
    const values = passes.map(
      ({ terms }) => terms.find(other => other.term === term.term)?.microjoules ?? term.microjoules,
    );
    const microjoules = independent.has(term.term)
      ? Math.hypot(...values) / values.length
      : values.reduce((a, b) => a + b, 0) / values.length;
    return { ...term, microjoules };
  });
  return [
    ...merged,
    {
      term: passDriftTerm,
      microjoules: uniformBetween(passes.map(pass => pass.meanMicrojoules)),
      kind: 'B',
      source: `half of what ${passes.length} passes differ by, uniform`,
    },
  ];
}

/** The sleep power over a block's passes: their mean; spread is independent from pass to pass, all else may be the same error. */
export function mergeIdle(passes: readonly IdleBudget[]): IdleBudget {
  const [first] = passes;
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const side = (of: (pass: IdleBudget) => number | null) => {
    const values = passes.map(of).filter(value => value !== null);
    return values.length === 0 ? null : mean(values);
  };
  return {
    microwatts: mean(passes.map(pass => pass.microwatts)),
    beforeMicrowatts: side(pass => pass.beforeMicrowatts),
    afterMicrowatts: side(pass => pass.afterMicrowatts),
    seconds: passes.reduce((sum, pass) => sum + pass.seconds, 0),
    stretches: passes.reduce((sum, pass) => sum + pass.stretches, 0),
    degrees: Math.min(...passes.map(pass => pass.degrees)),
    terms: [
      ...first.terms.map(term => {
        const values = passes.map(
          ({ terms }) => terms.find(other => other.term === term.term)?.microwatts ?? term.microwatts,
        );
        const isNoise = independent.has(term.term);
        return { ...term, microwatts: isNoise ? Math.hypot(...values) / values.length : mean(values) };
      }),
      {
        term: passDriftTerm,
        microwatts: uniformBetween(passes.map(pass => pass.microwatts)),
        kind: 'B',
        source: `half of what ${passes.length} passes differ by, uniform`,
      },
    ],
  };
}
