import type {
  BlockEnergyRecord,
  BlockKey,
  CampaignRecord,
  FaultRecord,
  GoldenRecord,
  IdentityRecord,
  Invalidity,
  KnownLoadRecord,
  StageCycles,
  StagesRecord,
  TraceRecord,
  WindowsRecord,
} from '../../record/journal/records.js';

/** One entry a window. */
export type Column = (number | null)[];

/** Everything that the journal holds of one block's last attempt; with several passes, what they are together. */
export interface BlockData {
  index: number;
  key: BlockKey;
  attempt: number;
  /** Which measurement of the block this is, from 1. */
  pass: number;
  /** The measurements that this block is the mean of, where there are several. */
  passes?: readonly BlockData[];
  identity?: IdentityRecord;
  labels: number[];
  path: string;
  /** Bit mask of the networks run. */
  nets: number[];
  gateCycles: Column;
  bigCycles: Column;
  otherCycles: Column;
  /** Microjoules and seconds a window; empty when no energy was measured. */
  gate: number[];
  big: number[];
  other: number[];
  gateSeconds: number[];
  bigSeconds: number[];
  otherSeconds: number[];
  /** A third party's DUT: outputs, seconds of one inference, inferences of a window. */
  outputs: number[][];
  seconds: Column;
  /** Of a `score` strategy, one a window; empty of others. */
  scores: number[];
  iterations: number;
  /** Inputs that it ran in turn, and what it says of them. */
  loop?: WindowsRecord['loop'];
  /** What changes of level between stages took, where these have their own. */
  stages?: StagesRecord;
  /** Times that bytes may have moved inside a window. */
  unquiet: number;
  /** Cycles that operands leave open, all windows together; undefined where no timing model counted. */
  earlyCycles?: StageCycles;
  /** When it began, milliseconds since 1970, its first attempt; and what it took on the host until its end, every attempt and pass included. */
  begunAt: number;
  hostSeconds: number;
  energy?: BlockEnergyRecord;
  trace?: TraceRecord;
  valid: true | string;
  /** What a block that is not valid lost. */
  invalidity?: Invalidity;
}

export interface JournalData {
  campaign: CampaignRecord;
  golden: Map<string, GoldenRecord>;
  blocks: BlockData[];
  faults: FaultRecord[];
  knownLoads: KnownLoadRecord[];
  finishedAt: string;
  complete: boolean;
}

export const goldenKey = (bundle: string, strategy: string): string => `${bundle}/${strategy}`;
