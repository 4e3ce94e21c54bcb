import type { MeterAccuracy, MeterStatus } from '../meter/meter.js';
import type { CombinedUncertainty, UncertaintyTerm } from '../uncertainty.js';
import type { IdleBudget } from './baseline.js';
import type { MarkerDelay } from './edge-delay.js';
import type { Segmentation } from './segment.js';
import type { Trace } from './trace.js';
import type { SeenIdle } from './windows.js';

export interface CollectorOptions {
  /** The meter's accuracy; a function is asked at the end, when the meter knows which ranges it used. */
  accuracy: MeterAccuracy | (() => MeterAccuracy);
  /** The same for settled idle, where the meter may stand in another range; default: `accuracy`. */
  idleAccuracy?: () => MeterAccuracy;
  supplyMillivolts: number;
  /** Windows that the DUT will answer. */
  expectedWindows: number;
  /** Windows before and after those of the block, between whose long idle stretches the sleep power is measured. Default: none. */
  baseline?: Baseline;
  /** Windows kept in the trace; default 3. */
  traceWindows?: number;
  /** See `SegmenterOptions`. */
  minimumIdleSeconds?: number;
  /** Called after each of the block's windows: how many there are, and the sum of their energies, joules, before their edges are corrected. */
  onWindow?: (windows: number, joules: number) => void;
}

/** Windows that are not of the block, and the idle on either side of each, seconds: the sleep power is measured there. */
export interface Baseline {
  before: number;
  after: number;
  seconds: number;
  /** Clock of the core, hertz: what falling asleep takes in time. Absent: the marker lines are not measured against the current. */
  hertz?: number;
  /** Energy that a wake-up may take before the marker rises, beyond the core's own cycles, joules. Absent: none. */
  wakeJoules?: number;
  /**
   * The long idle is a deeper sleep than the guards between a block's windows: what going there after the marker fell, and coming back before it
   * rises, the wake-up included, may take, joules. What a period's waking takes is seen beside the long idle alone.
   */
  deeper?: { enterJoules: number; leaveJoules: number };
  /** What the chip's profile gives, watts: readings far from it are not plausible. Absent: nothing is known. */
  expected?: { activeWatts: number; sleepWatts: number; leastSleepWatts?: number };
}

/** Energy of consecutive windows, columnar: fields of the journal's `energy` record. */
export interface EnergyColumns {
  gateMicrojoules: number[];
  bigMicrojoules: number[];
  otherMicrojoules: number[];
  gateSeconds: number[];
  bigSeconds: number[];
  otherSeconds: number[];
}

/** Fields of the journal's `block-energy` record. */
export interface BlockEnergyFields {
  /** Sleep power; 0 where no settled idle tells it (then `idle` is absent). */
  idleMicrowatts: number;
  idle?: IdleBudget;
  /** Mean energy of a window by the instrument's range, microjoules, where it tells. */
  ranges?: { range: number; microjoules: number }[];
  /** Settled idle that was asked for on either side of the block, seconds. */
  baselineSeconds?: number;
  uncertainty: UncertaintyTerm[];
  /** Energy above sleep just outside the markers, the mean of a window: waking up and falling asleep. Absent where nothing tells it. */
  waking?: { microjoules: number; sigmaMicrojoules: number; from: 'edges' | 'baseline' };
  /** Marker lines against current, measured by the block's own windows; absent where they do not show it. */
  markerDelay?: MarkerDelay;
  samples: number;
  lostSamples: number;
  /** Samples whose loss nothing would have shown; absent: none. */
  unwatchedSamples?: number;
  saturatedSamples: number;
  problems: string[];
  /** The meter's temperature at the end, degrees Celsius, where it tells. */
  temperatureCelsius?: number;
  /** Standard deviation of one sample of settled idle: the range's step, uniform, and the noise, amperes. */
  effectiveResolutionAmps?: number;
}

export interface BlockEnergy {
  energy: EnergyColumns;
  block: BlockEnergyFields;
  /** Fields of the journal's `trace` record. */
  trace: Trace;
  /** What the rules of `checkBlock` look at. */
  facts: BlockFacts;
}

export interface BlockFacts extends Segmentation {
  /** Windows in which the marker lines showed Big. */
  bigWindows: number;
  idle?: IdleBudget;
  baselineSeconds?: number;
  wakeJoules?: number;
  deeper?: Baseline['deeper'];
  expected?: Baseline['expected'];
  /** Marker lines against current, where the block shows it. */
  markerDelay?: MarkerDelay;
  /** Share of the windows that begin with far less power than they go on with. */
  lateRises?: number;
  /** Settled idle before and after the block. */
  before: SeenIdle[];
  after: SeenIdle[];
  /** Supply that energy is computed with where the meter does not measure it, and its mean outside idle where it does, millivolts. */
  configuredMillivolts?: number;
  measuredMillivolts?: number;
  /** Changes of range inside the block's windows. */
  activeSwitches: number;
  /** Mean energy (joules) and active time (seconds) of a window. */
  meanJoules: number;
  meanSeconds: number;
  /** Standard uncertainty of the mean window's duration from its edges, seconds. */
  meanSecondsSigma: number;
  /** Standard uncertainty of the mean energy from the edges' timing, joules. */
  edgeJoulesSigma: number;
  /** Of the mean energy, joules. */
  combined: CombinedUncertainty;
  status: MeterStatus;
}
