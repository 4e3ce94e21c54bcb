/** A time as people compare them across places: UTC, to the second. */
export const timeText = (time: Date | null): string =>
  time === null ? '' : `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** The class that colours a state; the word itself stands beside it. */
export function classOf(state: string): string {
  if (['done', 'pass', 'improved', 'not regressed'].includes(state)) return 'pass';
  if (['error', 'fail', 'expired', 'quarantined', 'regressed'].includes(state)) return 'fail';
  return ['cancelled', 'inconclusive', 'draining', 'confirming', 'cannot tell', 'bench'].includes(state)
    ? 'inconclusive'
    : '';
}
