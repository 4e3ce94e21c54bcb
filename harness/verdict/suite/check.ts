/** One assertion on a run, under a title of its own. `verify` throws chai's AssertionError or `Inconclusive`. */
export interface Check {
  group: string;
  title: string;
  verify(): void;
}
