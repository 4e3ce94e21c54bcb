import { LittlefirstError } from '../../../errors.js';
import type { MeterStatus } from '../../../measure/meter/meter.js';
import type { MlperfFolder } from '../../../wire/dut/mlperf/folder.js';
import type { DutFault } from '../../../wire/dut/stream.js';
import type { MlperfBench, MlperfModeChoice } from '../bench-file.js';
import type { ModePlan } from '../rules.js';
import type { OpenStranger } from '../stranger.js';
import { EdgeIntegrator, type StampedWindow } from './edges.js';
import type { CountedWindow } from './terms.js';

/** What came of one input. */
export interface InputResult {
  /** Mean output over the input's parts. */
  outputs: number[];
  /** Time of one inference, seconds; null in mode accuracy. */
  seconds: number | null;
  energy?: { window: CountedWindow; status: MeterStatus };
}

export interface ModeOptions {
  bench: MlperfBench;
  choice: MlperfModeChoice;
  plan: ModePlan;
  folder: MlperfFolder;
  dut: OpenStranger;
  signal?: AbortSignal;
  onInput: (index: number, result: InputResult) => void;
  onFault?: (fault: DutFault) => void;
}

/** What a DUT says of inputs that it ran in turn. */
export interface LoopFigures {
  /** Inputs in its memory, and inferences between the time stamps: a multiple. */
  inputs: number;
  inferences: number;
  gateRuns: number;
  bigRuns: number;
  /** CRC-32 of the labels in order, 8 hex digits. */
  labelsCrc32: string;
}

/** Spare time on top of what an inference was seen to take, and the least that is waited, milliseconds. */
export const patience = { factor: 3, leastMilliseconds: 30_000 };

/** How much longer than the shortest allowed window `auto` aims for. */
export const headroom = 1.05;

/** Share of the shortest allowed window that a trial by a meter lasts. */
export const trialShare = 0.05;

/** Lets the DUT do something that the pulses of its time-stamp pin enclose, and integrates between them. */
export async function betweenStamps<T>(
  { bench, dut }: Pick<ModeOptions, 'bench' | 'dut'>,
  work: () => Promise<T>,
): Promise<{ result: T; window: StampedWindow; status: MeterStatus }> {
  const { meter } = dut;
  if (meter === undefined) throw new LittlefirstError('LF_INTERNAL', 'mode energy without a meter');
  const edges = new EdgeIntegrator({ ...bench.timestamp, supplyVolts: bench.supplyMillivolts * 1e-3 });
  await meter.start(chunk => edges.push(chunk));
  let status: MeterStatus | undefined;
  let result: T;
  try {
    result = await work();
    await dut.settle();
  } finally {
    status = await meter.stop();
  }
  return { result, window: edges.window(), status };
}
