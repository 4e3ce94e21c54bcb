/**
 * Area under the ROC curve of a score: the share of pairs (positive, negative) that it orders rightly, ties counting half.
 * @returns null without positives or without negatives
 */
export function areaUnderCurve(scores: readonly number[], isPositive: readonly boolean[]): number | null {
  const order = [...scores.keys()].sort((a, b) => scores[a] - scores[b]);
  let rankSum = 0;
  let positives = 0;
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && scores[order[to]] === scores[order[from]]) to += 1;
    const rank = (from + 1 + to) / 2;
    for (let i = from; i < to; i += 1)
      if (isPositive[order[i]]) {
        rankSum += rank;
        positives += 1;
      }
    from = to;
  }
  const negatives = scores.length - positives;
  if (positives === 0 || negatives === 0) return null;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

const z95 = 1.959963984540054;

/** Variance of the area if the true one is `area` (Hanley and McNeil, with Newcombe's mean group size less one). */
function variance(area: number, positives: number, negatives: number): number {
  const groups = (positives + negatives) / 2 - 1;
  const spread = 1 + groups * ((1 - area) / (2 - area) + area / (1 + area));
  return (area * (1 - area) * spread) / (positives * negatives);
}

/**
 * 95 % interval of an area under the ROC curve: the true areas that the observed one lies within 1.96 of their own standard errors of, so
 * that an area of 1 of few windows is not certain (R. G. Newcombe, Stat. Med. 25, 2006, method 5). Windows count as independent.
 */
export function areaInterval95(area: number, positives: number, negatives: number): [number, number] {
  const isPlausible = (truth: number): boolean =>
    Math.abs(area - truth) <= z95 * Math.sqrt(variance(truth, positives, negatives));
  const edge = (outside: number): number => {
    let [inner, outer] = [area, outside];
    for (let step = 0; step < 60; step += 1) {
      const middle = (inner + outer) / 2;
      if (isPlausible(middle)) inner = middle;
      else outer = middle;
    }
    return outer;
  };
  return [edge(0), edge(1)];
}
