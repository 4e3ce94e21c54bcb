/** Choice of the gate's operating point on out-of-fold predictions of training people. */

/** What one bias does over a sequence of windows. */
export interface OperatingPoint {
  bias: number;
  correct: number;
  bigRuns: number;
  windows: number;
}

/** What a gate and Big say about each window of a sequence, before any cascade logic. */
export interface GateEvidence {
  /** True class, and Big's label, of each window. */
  truth: Uint8Array;
  big: Uint8Array;
  /** Evidence that window w has changed, given the held label; Big runs when it exceeds the bias. */
  changed: (window: number, heldLabel: number) => number;
  /** True where the cascade starts afresh. */
  reset: (window: number) => boolean;
}

/** Runs the paper's hold rule over the sequence: "same" re-emits Big's last label, "changed" runs Big. */
export function runHold(evidence: GateEvidence, bias: number): OperatingPoint {
  let held = -1;
  let correct = 0;
  let bigRuns = 0;
  const windows = evidence.truth.length;
  for (let w = 0; w < windows; w++) {
    if (held < 0 || evidence.reset(w) || evidence.changed(w, held) > bias) {
      held = evidence.big[w];
      bigRuns++;
    }
    if (held === evidence.truth[w]) correct++;
  }
  return { bias, correct, bigRuns, windows };
}

/** The chosen operating point and all that were tried. */
export interface Choice {
  chosen: OperatingPoint;
  tried: OperatingPoint[];
}

/** Tries every candidate. */
function tryAll(evidence: GateEvidence, candidates: number[]): OperatingPoint[] {
  return candidates.map(bias => runHold(evidence, bias));
}

/**
 * The bias that runs Big least often while the cascade stays at least as accurate as Big on every window, plus a margin.
 * Falls back to the most accurate bias if none is.
 * @param margin correct share wanted above Big's own; negative allows a loss
 */
export function cheapestWithin(evidence: GateEvidence, candidates: number[], margin: number): Choice {
  const windows = evidence.truth.length;
  const alone = evidence.big.reduce((n, label, w) => n + (label === evidence.truth[w] ? 1 : 0), 0);
  const tried = tryAll(evidence, candidates);
  const good = tried.filter(p => p.correct >= alone + margin * windows);
  const chosen =
    good.length > 0 ? good.reduce((a, b) => (b.bigRuns < a.bigRuns ? b : a)) : mostAccurate(tried);
  return { chosen, tried };
}

/**
 * The most accurate bias among those that run Big on at most a share of the windows; of equally accurate ones the one with the
 * fewest runs. Falls back to the fewest Big runs if none keeps the share.
 */
export function mostAccurateWithin(
  evidence: GateEvidence,
  candidates: number[],
  largestBigShare: number,
): Choice {
  const tried = tryAll(evidence, candidates);
  const good = tried.filter(p => p.bigRuns <= largestBigShare * p.windows);
  const chosen =
    good.length > 0 ? mostAccurate(good) : tried.reduce((a, b) => (b.bigRuns < a.bigRuns ? b : a));
  return { chosen, tried };
}

function mostAccurate(points: OperatingPoint[]): OperatingPoint {
  return points.reduce((a, b) =>
    b.correct > a.correct || (b.correct === a.correct && b.bigRuns < a.bigRuns) ? b : a,
  );
}
