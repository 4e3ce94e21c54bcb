/** What an instrument says of itself, kept in the run record. */
export interface MeterIdentity {
  driver: string;
  model: string;
  serial?: string;
  firmware?: string;
  /** Calibration state in the instrument's own words. */
  calibration?: string;
  /** Marker lines that it samples: both, their exclusive OR, or none: windows cannot be segmented by it. Absent: both. */
  markerLines?: 0 | 1 | 2;
  /** What it samples at as a bench set it up, samples per second; absent where it was not set up, or does not tell. */
  sampleRateHz?: number;
  /** What it was asked for, where it does something else. */
  askedSampleRateHz?: number;
  /** True when the instrument is emulated and fed by a modelled supply. */
  emulated: boolean;
}

export interface MeterConfig {
  /** Supply voltage that the meter sources or expects, millivolts. */
  supplyMillivolts: number;
  /** Wanted sample rate, samples per second; the meter answers with what it does. */
  sampleRateHz?: number;
  /** Upper end of the current range, microamperes. */
  maxCurrentMicroamps?: number;
}

/**
 * A run of samples at a constant rate. Time is the meter's own clock.
 * Sample i covers the interval [startNs + i * periodNs, startNs + (i + 1) * periodNs) and holds the mean current over it.
 */
export interface SampleChunk {
  startNs: number;
  periodNs: number;
  /** Mean current of each sample, amperes. NaN marks a sample known to be bad. */
  current: Float64Array;
  /** Supply voltage of each sample, volts, where the meter measures it. */
  voltage?: Float64Array;
  /** Logic lines at the end of each sample: bit 0 and 1 are the markers. */
  logic: Uint8Array;
  /** Instrument range of each sample, where it tells. */
  range?: Uint8Array;
  /** The period that the instrument samples at, where this chunk's differs: a stretch joined into one sample, or a sample cut short. */
  nominalNs?: number;
  /** True where samples end at every change of the logic lines: none straddles an edge, and each lies in one marker state. */
  exactEdges?: boolean;
}

/** Facts about the acquisition since `start`, for the drop policy and the uncertainty budget. */
export interface MeterStatus {
  samples: number;
  lostSamples: number;
  /** Samples whose loss nothing would have shown: `lostSamples` says nothing of them. Absent: none. */
  unwatchedSamples?: number;
  saturatedSamples: number;
  overcurrent: boolean;
  rangeSwitches: number;
  /** How often bytes were missing or too many, and samples were found again by their counter. */
  realignments?: number;
  temperatureCelsius?: number;
  problems: string[];
}

/** Standard (k = 1) uncertainties of one reading, for the budget of `harness/measure/energy`. */
export interface MeterAccuracy {
  /** Relative gain uncertainty. */
  gainRelative: number;
  /** Offset uncertainty, amperes. */
  offsetAmps: number;
  /** Resolution of one sample, amperes. */
  resolutionAmps: number;
  /**
   * Uncertainty of the delay of the marker lines against the current, the same at every edge, nanoseconds: used where a block's own windows do
   * not show it.
   */
  edgeNs: number;
  /** What is left of a reading's error once gain and offset are taken off (integral non-linearity), relative; absent: none. */
  linearityRelative?: number;
  /** Relative uncertainty of the voltage that energy is computed with. */
  voltageRelative: number;
  /** Relative uncertainty of the meter's clock. */
  clockRelative: number;
  /** Uncertainty that one range switch brings, as seconds of the full power around it; absent where there are no ranges. */
  rangeSwitchSeconds?: number;
  source: string;
}

/** One current meter. All drivers pass the conformance suite of `harness/testing`. */
export interface Meter {
  /**
   * False for an instrument that has no switch in the DUT's line, known once it is configured. Absent: it has, and current only flows for
   * sure after `supply(true)`.
   */
  readonly canSwitchSupply?: boolean;
  identify(): Promise<MeterIdentity>;
  configure(config: MeterConfig): Promise<{ sampleRateHz: number; supplyMillivolts: number }>;
  /** What `configure` last answered, where the meter keeps it, samples per second. */
  readonly sampleRateHz?: number;
  /** @param of `idle`: of what was drawn asleep, where the instrument may stand in another range; default: of all else */
  accuracy(of?: 'idle'): MeterAccuracy;
  /** Closes or opens the instrument's switch in the DUT's line, be the supply its own or another; throws LF_METER_REPLY where it has none. */
  supply(on: boolean): Promise<void>;
  start(onChunk: (chunk: SampleChunk) => void): Promise<void>;
  /** Stops and flushes: when it resolves, every sample taken has been delivered. */
  stop(): Promise<MeterStatus>;
  close(): Promise<void>;
}
