import type { Hash } from 'node:crypto';

/** Unit of a column once it is stored. */
export type Unit = 'g' | 'rad/s' | '';

/** A column of the data set. */
export interface Channel {
  name: string;
  unit: Unit;
}

/** One sample as a file has it, in stored units. */
export interface RawRow {
  line: number;
  person: string;
  /** Empty: none is told. */
  activity: string;
  /** Time by the file's own clock, seconds; NaN where it has none. */
  seconds: number;
  /** One a channel; NaN: missing. */
  values: number[];
}

/** Samples that follow one another in a file. */
export interface RowBatch {
  file: string;
  rows: RawRow[];
}

/** How irregular times are treated: `refuse` wants a sample every period, `resample` interpolates between them. */
export type Timing = 'refuse' | 'resample';

/** A way in which people lay out recordings. */
export interface Layout {
  channels: readonly Channel[];
  /** Rate of the recordings, where it is known beforehand. */
  sourceRateHz?: number;
  /** Rate and treatment unless the user says otherwise. */
  rateHz?: number;
  timing: Timing;
  /** Names of the classes in the layout's order; absent: as the files have them, sorted. */
  classes?: readonly string[];
  /**
   * Every sample, file by file.
   * @param hashOf gives the hash that takes a file's bytes
   * @throws LF_DATA_MISSING, LF_DATA_CORRUPT
   */
  read(hashOf: (file: string) => Hash): AsyncGenerator<RowBatch>;
}

/** Standard acceleration of gravity, m/s2 (BIPM, The International System of Units, 9th edition, from CGPM 1901). */
export const standardGravity = 9.80665;

/** `name_x`, `name_y`, `name_z`. */
export const triad = (name: string, unit: Unit): Channel[] =>
  ['x', 'y', 'z'].map(axis => ({ name: `${name}_${axis}`, unit }));

export const totalAcceleration = triad('total_acc', 'g');
export const bodyAcceleration = triad('body_acc', 'g');
export const angularVelocity = triad('body_gyro', 'rad/s');
