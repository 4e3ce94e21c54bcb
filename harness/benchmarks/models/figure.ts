import type { TinyName } from '../../testing/model/tiny.js';

/** One campaign. */
export interface ModelFigure {
  net: TinyName;
  board: string;
  chip: string;
  level: string;
  windows: number;
  goldenMismatches: number;
  accuracy: number;
  auc: number | null;
  /** Of one inference, by the timing model. */
  cycles: number | null;
  macs: number;
  latencyMs: number | null;
  energyMicrojoules: number | null;
  /** Its 95 % interval, microjoules. */
  energyCI95: readonly [number, number | null] | null;
  valid: true | string;
}
