/** Power of the quietest state seen, as a mean over the time spent in it. */
export interface Quiet {
  /** Infinite while nothing was seen. */
  watts: number;
  seconds: number;
}

/** Powers within this share of each other are one state. */
const sameState = 0.25;

export const noQuiet = (): Quiet => ({ watts: Number.POSITIVE_INFINITY, seconds: 0 });

/** Joins an observation: a clearly quieter one replaces, a like one is averaged in by time, a louder one is not it. */
export function joinQuiet(quiet: Quiet, watts: number, seconds: number): void {
  if (seconds <= 0 || !Number.isFinite(watts)) return;
  if (quiet.seconds === 0 || watts < (1 - sameState) * quiet.watts) {
    quiet.watts = watts;
    quiet.seconds = seconds;
  } else if (watts <= (1 + sameState) * quiet.watts) {
    quiet.watts = (quiet.watts * quiet.seconds + watts * seconds) / (quiet.seconds + seconds);
    quiet.seconds += seconds;
  }
}
