/** Time that the instrument itself would have measured since `start`, to bound losses that its 6-bit counter cannot show. */
export interface ElapsedClock {
  seconds: () => number;
  /** Standard deviation of its start and stop against the instrument's, seconds; 0 for an emulated instrument's own clock. */
  jitterSeconds: number;
}
