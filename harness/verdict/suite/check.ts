/** One assertion on a run, under a title of its own. `verify` throws chai's AssertionError or `Inconclusive`. */
export interface Check {
  group: string;
  title: string;
  verify(): void;
}

/** The check of a block by which its measuring stands or falls. */
export const validTitle = 'is valid';
