/**
 * The rules of method that a block must keep. A broken rule makes the block invalid: its energy is then no result at all.
 * Limits after EEMBC and MLPerf Tiny (10 s or 0.1 % of edge error, 0.1 % drops) and after the reasoning in energy/README.md.
 */
export const ruleLimits = {
  /** Fewest windows: 6 give the median a min-max interval of 96.9 % coverage. */
  minimumWindows: 6,
  /** Largest share of one loop that its two edges may be (MLPerf Tiny). */
  edgeShare: 1e-3,
  /**
   * Largest share of a block's mean energy that edge timing may explain at 95 % (k = 2). It is a term of the budget; above this, windows are so
   * few or so short that the term itself rests on a few samples.
   */
  largestEdgeShare: 1e-2,
  /** Delay of the marker lines against the current that a bench may have, seconds: assumed, some samples of logic lines at 100 kS/s stay well below. */
  markerDelaySeconds: 5e-6,
  /** Largest share of samples asleep that may be exactly 0: what noise lost there is then a fifth of the mean. */
  nothingShare: 0.25,
  /** Largest share of windows whose current rises only after their marker. */
  lateRises: 0.5,
  /** Largest share of samples lost or bad. */
  dropShare: 1e-3,
  /** Largest disagreement of two clocks over a block. */
  clockShare: 1e-3,
  /** Marker stores and the reading of the cycle counter, cycles a window. */
  markerCycles: 64,
  /** Largest relative change of idle power from before to after a block. */
  idleChange: 0.2,
  /** Change of idle power below which it does not matter, watts. */
  idleFloorWatts: 5e-6,
  /** Shortest idle stretch that counts as a baseline, seconds. */
  idleSeconds: 20e-6,
  /** Share of the baseline asked for that must be left once it has settled. */
  settledShare: 0.7,
  /** Largest change of power within a settled stretch, relative, and the change below which it does not matter, watts. */
  settledChange: 0.1,
  settledFloorWatts: 0.3e-6,
  /** Standard deviations of noise that a rule forgives. */
  noiseSigmas: 4,
  /** Largest share of a mean window's energy that may flow outside its markers. */
  chargeShare: 5e-3,
  /** Factor by which active power may differ from the chip's profile. */
  plausibleFactor: 5,
  /** Cycles between the core's wake-up and the rise of the marker, and between its fall and sleep (RP2040: 316 and 78). */
  wakingCycles: 450,
  fallingAsleepCycles: 200,
  /** Largest number of range switches per second. */
  rangeSwitchesPerSecond: 2000,
  /** Largest relative deviation of the measured supply voltage from the configured one. */
  voltageShare: 0.02,
  /** Latency of the host's view of a block's start and end, seconds. */
  hostSlackSeconds: 0.25,
} as const;
