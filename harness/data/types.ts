/** Data of a run: windows in the order in which the DUT gets them. */

/** The data sets that have a name of their own; people's own recordings are named by their folder (`own/`). */
export const dataSetNames = ['uci-har', 'hapt', 'synthetic'] as const;
export type DataSetName = (typeof dataSetNames)[number];
export type Split = 'train' | 'test';
/** `published`: the data set's own order, state never reset; `chronological`: true time order per experiment, state reset at each. */
export type Order = 'published' | 'chronological';

export const activityNames = [
  'WALKING',
  'WALKING_UPSTAIRS',
  'WALKING_DOWNSTAIRS',
  'SITTING',
  'STANDING',
  'LAYING',
] as const;

/** Channels of the inertial streams, in the data's order; s1 = 0..2, s2 = 3..5, s3 = 6..8. */
export const channelNames = [
  'body_acc_x',
  'body_acc_y',
  'body_acc_z',
  'body_gyro_x',
  'body_gyro_y',
  'body_gyro_z',
  'total_acc_x',
  'total_acc_y',
  'total_acc_z',
] as const;

/** How a set is cut into windows, and what its columns and classes are called. */
export interface WindowGrid {
  /** Rows of a window. */
  samples: number;
  /** Rows from a window to the next. */
  stride: number;
  sampleRateHz: number;
  /** Names of the columns. */
  channels: readonly string[];
  /** Names of the classes, by index. */
  classes: readonly string[];
}

/**
 * Windows as physical samples, before a bundle's scaling.
 * `samples` holds rows of `grid.channels` (accelerations in g, angular velocities in rad/s); window w is rows starts[w] .. starts[w] +
 * grid.samples - 1.
 */
export interface WindowSet {
  /** Of a data set with a name, that; else what the manifest says. */
  name: string;
  grid: WindowGrid;
  split: Split;
  order: Order;
  /** Rows x channels, row-major, physical units; of UCI HAR and HAPT exactly the file's counts times their power-of-two scale (float32 holds that). */
  samples: Float32Array | Float64Array;
  starts: Uint32Array;
  /** Class index per window; 255 = not scored (transition, unlabelled). */
  labels: Uint8Array;
  /** Number of each window's person, from 1. */
  subjects: Uint8Array | Uint16Array;
  /** What the people are called: person n is `people[n - 1]`. Absent: by their numbers. */
  people?: readonly string[];
  /** 1 for each window, not scored, that overlaps a labelled transition between postures; absent where the data have none. */
  transitions?: Uint8Array;
  /** Windows before which the cascade forgets its state (first of each experiment in chronological order; always contains 0). */
  resets: Uint32Array;
  /** SHA-256 over order, starts, labels and samples, as the run record quotes it. */
  sha256: string;
  /** Sentence for terminal and report when the data are not real people. */
  caution?: string;
}
