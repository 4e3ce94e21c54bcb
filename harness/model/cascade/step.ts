/** One window in the bundle's format: samples x channels, row-major. */
export type WindowCounts = Int8Array | Uint8Array | Int16Array;

/** What the DUT must answer for one window. */
export interface GoldenStep {
  /** Class index. */
  label: number;
  /** `b` if Big ran on this window, `g` if not. */
  path: 'g' | 'b';
  /** Bit mask of the networks that ran; bit i = network i of the bundle (as an unsigned number, at most 32 networks). */
  nets: number;
  /**
   * Multiply-adds of all networks that ran. A distance counts one per compared value; features count their additions (|a - b| accumulated:
   * two) and the drift gate its multiply-adds.
   */
  macs: number;
  big: 0 | 1;
  /** Of a `score` strategy, an unsigned 32-bit number. */
  score?: number;
}

/** What a strategy may do with the current window. */
export interface StepTools {
  /** The window before this one, whatever ran on it; before the first window: the first window itself. */
  previous: WindowCounts;
  /**
   * Runs a network of the bundle and counts it.
   * @param features for networks that take features instead of windows
   * @returns its first output tensor in raw counts
   */
  run: (name: string, features?: Int16Array) => Int8Array | Uint8Array;
  /** First input tensor of a network of the current window, in raw counts; overwritten when the network runs again. */
  input: (name: string) => Int8Array | Uint8Array;
  /** Counts other operations. */
  count: (operations: number) => void;
}

export interface Decision {
  label: number;
  /** Big ran. */
  big: boolean;
  score?: number;
}

/** One kind of strategy with its state. */
export interface Executor {
  /** Forgets everything. */
  reset(): void;
  /** Decides one window. */
  step(window: WindowCounts, tools: StepTools): Decision;
}
