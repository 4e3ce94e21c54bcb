import type { Rig } from './rig.js';

export type Verdict = 'pass' | 'fail' | 'skip';

/** What a check found. */
export interface Finding {
  check: string;
  title: string;
  verdict: Verdict;
  /** What was seen, with figures; of a skipped check what is missing. */
  seen: string;
  /** Of a failed check: where the port is wrong, most likely. */
  look?: string;
}

export type Outcome = Pick<Finding, 'verdict' | 'seen'>;

/** One thing that a port must guarantee. */
export interface Check {
  name: string;
  title: string;
  /** Where to look when it fails. */
  look: string;
  /** Errors of the DUT count as failures. */
  run: (rig: Rig) => Promise<Outcome>;
}

export const pass = (seen: string): Outcome => ({ verdict: 'pass', seen });
export const fail = (seen: string): Outcome => ({ verdict: 'fail', seen });
export const skip = (seen: string): Outcome => ({ verdict: 'skip', seen });
