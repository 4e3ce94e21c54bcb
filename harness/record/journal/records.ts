import type { ChipProfile } from '../../measure/chip/schema.js';
import type { MeterIdentity } from '../../measure/meter/meter.js';
import type { Conditions } from '../conditions.js';
import type { ScheduleSearch } from '../schedule-search.js';
import type { Target } from '../targets.js';

/**
 * Records of the append-only campaign journal (`journal.ndjson`), one JSON object a line. Collecting writes them;
 * evaluation is a pure function from them to the run record. Every record carries `t`, the host's ISO time. Lines of some kinds
 * carry the running hash of the file, `sha256` (`chain.ts`).
 */

/**
 * Where the energy of a run comes from. `measured`: a meter on real silicon, no rule of the method waived; `indicative`: the same with a rule
 * waived; `modelled`: an emulated supply or instrument; `replayed`: recorded samples; `none`: no meter.
 */
export type EnergyKind = 'none' | 'modelled' | 'measured' | 'indicative' | 'replayed';

/**
 * What an invalid block lost. `method`: a rule of the method was broken, so that its energy does not count; `meter`: the meter did, likewise;
 * `broken`: bench, DUT or meter failed, and nothing of the block counts. The last two are errors, the first leaves open.
 */
export type Invalidity = 'method' | 'meter' | 'broken';

export interface StageLevel {
  name: string;
  mV: number;
  Hz: number;
}

/** A level; where the stages have levels of their own, the gate's, at which the chip also sleeps, under the name of both. */
export interface LevelRecord extends StageLevel {
  stages?: { gate: StageLevel; big: StageLevel };
}

/** What a DUT whose stages have levels of their own said after the windows of a block (`lf stages`). */
export interface StagesRecord {
  /** The registers after the last change to each stage's level. */
  gate: { mV: number; Hz: number; registers: string };
  big: { mV: number; Hz: number; registers: string };
  /** Changes, two for each window in which Big ran; those after which the registers were not the level's. */
  changes: number;
  failed: number;
  /** What all of them took: time by the DUT's clock, cycles at whatever clock ran; null without a cycle counter. */
  microseconds: number;
  cycles: number | null;
}

export interface BlockKey {
  board: string;
  chip: string;
  level: LevelRecord;
  bundle: string;
  strategy: string;
}

/** First record: everything that evaluation needs besides the blocks. */
export interface Lease {
  fence: number;
  attempt: string;
}

export type ColdStart = 'new' | 'power' | 'restart' | 'none';

export interface CampaignRecord {
  kind: 'campaign';
  sha256?: string;
  /** 2: with plan and running hash; 1: journals of earlier versions, which nothing protects (README.md). */
  schema: 'littlefirst.journal/1' | 'littlefirst.journal/2';
  id: string;
  t: string;
  /** The lease of a device farm that the run was made under: its number, which only grows, and the attempt. */
  lease?: Lease;
  /** How the board was started anew before the first block, where that was wished for. `new`: an emulated one is made for the run; `none`: the bench has no means to. */
  coldStart?: ColdStart;
  /** The resolved bench (after CLI options), as configured. */
  bench: unknown;
  targets?: Target[];
  /** Targets of the bench file that the command line's choices left nothing to assert on, in words. */
  leftOut?: string[];
  /** How the schedules of strategies with `levels: auto` were found. */
  searches?: ScheduleSearch[];
  /** Rules of the method that the bench waives, in words: such energies are not called measured. */
  waived?: string[];
  /** What the bench file states of the bench. Absent: nothing. */
  conditions?: Conditions;
  provenance: {
    energy: EnergyKind;
    harness: { version: string; commit: string; dirty: boolean };
    firmware: { sha256: string; board: string; compiler: string }[];
    models: { bundle: string; name: string; sha256: string; macs: number; bytes: number }[];
    dataset: {
      name: string;
      split: string;
      order: string;
      windows: number;
      sha256: string;
      caution?: string;
    };
    meter: MeterIdentity;
    chip: { name: string; sha256: string }[];
    host: { platform: string; node: string; cpu: string };
  };
  /** Class names and true labels of the windows (255 = not scored), people, and where the state is reset. */
  labels: string[];
  truth: number[];
  /** Windows, not scored, that overlap a labelled transition; absent where the data have none. */
  transitions?: number[];
  subjects: number[];
  /** What the people are called: person n is `people[n - 1]`. Absent: by their numbers. */
  people?: string[];
  resets: number[];
  /** How often each block is measured, in mirrored order; absent: once. */
  passes?: number;
  /** The blocks that are to be measured, by their index. Absent in schema 1. */
  plan?: BlockKey[];
  /** Seconds from one window to the next. */
  periodSeconds: number;
  /** The modelled supply: its chips' profiles and the ambient temperature. Absent in older journals and where silicon was measured. */
  model?: { ambientCelsius: number; chips: ChipProfile[] };
  /** A replayed run: which one its samples were recorded in, and what their energy was there. */
  replayOf?: { id: string; energy: CampaignRecord['provenance']['energy'] };
  /** Batteries that the report counts days for: usable energy at the chip's supply pin. */
  batteries?: { name: string; joules: number; source: string }[];
  /** A DUT that is not ours: what it says of itself, and the true classes of its inputs (also where `truth` is not scored). */
  thirdParty?: {
    protocol: 'mlperf-tiny';
    name: string;
    profile: string;
    model: string;
    truth: number[];
    /** Inputs of the whole data folder, where the bench takes only the first. */
    inputs?: number;
  };
}

/** What the golden interpreter says for one bundle and strategy over the campaign's windows. */
export interface GoldenRecord {
  kind: 'golden';
  sha256?: string;
  t: string;
  bundle: string;
  strategy: string;
  labels: number[];
  /** Bit mask of networks run, per window. */
  nets: number[];
  /** MACs executed, per window. */
  macs: number[];
  /** 1 where Big ran. */
  big: number[];
  /** A third party's DUT: what it must print of each input, and how far each number may be off. Absent: only labels are compared. */
  outputs?: number[][];
  tolerance?: number;
  /** Of a `score` strategy: the score of each window, and what it is of: score * factor + offset in the unit of the network's output (`reconstruction`: squared). */
  scores?: number[];
  scoreUnit?: { of: string; factor: number; offset: number };
}

export interface BlockStartRecord {
  kind: 'block-start';
  t: string;
  /** Index of the block in the campaign; `attempt` counts from 1 in each pass. */
  block: number;
  attempt: number;
  /** Which of the block's measurements begins: the block's records up to the next start belong to it. Absent: 1. */
  pass?: number;
  key: BlockKey;
}

export interface IdentityRecord {
  kind: 'identity';
  t: string;
  block: number;
  nonce: string;
  image: string;
  blob: string;
  bundle: string;
  /** Level as the DUT read it back. */
  level: { mV: number; Hz: number; registers: string };
  /** SHA-256 (or its first 16 digits) of the image and the blob that the harness put into flash. */
  flashed?: { image: string; blob: string };
  /** What the DUT says of its last start (`reset` and `since` of `lf id`). */
  resetReason?: string;
  since?: string;
}

/** Core cycles in marker states gate, Big and other. */
export interface StageCycles {
  gate: number;
  big: number;
  other: number;
}

/** Results of consecutive windows, columnar. Arrays have equal length. */
export interface WindowsRecord {
  kind: 'windows';
  t: string;
  block: number;
  /** Index of the first window. */
  from: number;
  labels: number[];
  path: string;
  nets: number[];
  /** Core cycles in marker states gate, Big and other; null where neither the DUT nor the machine can count. */
  gateCycles: (number | null)[];
  bigCycles: (number | null)[];
  otherCycles: (number | null)[];
  /** In a block's first record, where not 0: times that frames went out again when the DUT may have been computing. */
  unquiet?: number;
  /** Where the stages have levels of their own: in the record of the first window. */
  stages?: StagesRecord;
  /** In a block's first record, where a timing model counted: range that operands leave open (early ends), highest less lowest, all windows together. */
  earlyCycles?: StageCycles;
  /** A third party's DUT: its outputs, the time of one inference by its own clock, and the inferences of one time window. */
  outputs?: number[][];
  seconds?: (number | null)[];
  /** Of a `score` strategy: unsigned 32-bit scores (`scoreUnit` of the golden record). */
  scores?: number[];
  iterations?: number;
  /** Where several inputs were run in turn between the time stamps: how many, and what the DUT says of one run. */
  loop?: { inputs: number; inferences: number; gateRuns: number; bigRuns: number; labelsCrc32: string };
}

/** Energy of consecutive windows from the meter, columnar, microjoules and seconds (meter time). */
export interface EnergyRecord {
  kind: 'energy';
  t: string;
  block: number;
  from: number;
  gateMicrojoules: number[];
  bigMicrojoules: number[];
  otherMicrojoules: number[];
  gateSeconds: number[];
  bigSeconds: number[];
  otherSeconds: number[];
}

/** A closed recording: its name below the run folder, with slashes. */
export interface RecordingFile {
  name: string;
  bytes: number;
  sha256: string;
}

/** What holds for a whole block's energy: idle power, its uncertainty terms, losses. */
export interface BlockEnergyRecord {
  kind: 'block-energy';
  t: string;
  block: number;
  /** Mean power while asleep, microwatts; without `idle` it has no interval, or (0) nothing told it. */
  idleMicrowatts: number;
  /** Sleep power from settled idle before and after the block, with its budget (k = 1, microwatts). Absent in older journals. */
  idle?: {
    microwatts: number;
    beforeMicrowatts: number | null;
    afterMicrowatts: number | null;
    seconds: number;
    stretches: number;
    degrees: number;
    terms: { term: string; microwatts: number; kind: 'A' | 'B'; source: string }[];
  };
  /** Settled idle that was asked for on either side of the block, seconds. */
  baselineSeconds?: number;
  /** Mean energy of a window by the instrument's range, microjoules, where it tells. */
  ranges?: { range: number; microjoules: number }[];
  /** Standard uncertainties (k = 1) of the mean energy per window, microjoules, term by term. */
  uncertainty: { term: string; microjoules: number; kind: 'A' | 'B'; source: string }[];
  /**
   * Energy above sleep just outside a window's markers, the mean over the block, microjoules: the core wakes up and falls asleep. In the period's energy, not in the window's. Absent: not
   * told (older journals).
   */
  waking?: { microjoules: number; sigmaMicrojoules: number; from: 'edges' | 'baseline' };
  /** How late the marker lines reach the meter after the current, seconds, by the block's own falling edges; absent where they do not show it. */
  markerDelay?: { seconds: number; sigma: number; edges: number; risesBefore?: number; risesSigma?: number };
  samples: number;
  lostSamples: number;
  /** Of them, those whose loss nothing would have shown; absent: none. */
  unwatchedSamples?: number;
  saturatedSamples: number;
  problems: string[];
  /** The meter's temperature at the end of the block, degrees Celsius, where it tells. */
  temperatureCelsius?: number;
  /** Standard deviation of one sample of settled idle: the range's step, uniform, and the noise, amperes. */
  effectiveResolutionAmps?: number;
  /** The samples that these figures are of, where they were kept. */
  recording?: RecordingFile;
}

/** A few windows' current, for the report's picture. Times in seconds from the first sample; current in amperes, from each time to the next. */
export interface TraceRecord {
  kind: 'trace';
  t: string;
  block: number;
  seconds: number[];
  amperes: number[];
  marker: number[];
  /** Supply, volts; absent in older journals. */
  volts?: number;
}

export interface BlockEndRecord {
  kind: 'block-end';
  t: string;
  block: number;
  pass?: number;
  valid: true | string;
  /** Of a block that is not valid. Absent in schema 1. */
  invalidity?: Invalidity;
  sha256?: string;
}

/** Anything that went wrong and what was done: re-sent frames, timeouts, power cycles. */
export interface FaultRecord {
  kind: 'fault';
  t: string;
  block?: number;
  code: string;
  message: string;
  action: string;
}

/** The bench's resistor, measured at the start or the end of a session: one meter's blocks in a row. */
export interface KnownLoadRecord {
  kind: 'known-load';
  sha256?: string;
  t: string;
  when: 'start' | 'end';
  /** Blocks that stand between the start and this check. */
  blocks: number[];
  ohms: number;
  tolerance: number;
  /** Null where the meter gave no reading. */
  expectedAmps: number | null;
  measuredAmps: number | null;
  /** Half-width of the 95 % interval of their difference. */
  u95Amps: number | null;
  samples: number;
  /** Voltage across the resistor as a voltmeter read it, and whether the readings of the blocks are corrected by it. Absent: only checked. */
  millivolts?: number;
  isApplied?: boolean;
  /** Range of the instrument, where it tells. */
  range?: number;
  /** True, or why none of the blocks counts. */
  valid: true | string;
}

export interface FinishRecord {
  kind: 'finish';
  sha256?: string;
  t: string;
  outcome: 'complete' | 'aborted';
}

export type JournalRecord =
  | CampaignRecord
  | GoldenRecord
  | BlockStartRecord
  | IdentityRecord
  | WindowsRecord
  | EnergyRecord
  | BlockEnergyRecord
  | TraceRecord
  | BlockEndRecord
  | FaultRecord
  | KnownLoadRecord
  | FinishRecord;
