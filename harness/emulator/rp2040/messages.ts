import type { MachineOptions, MemorySegment, PowerEvent, UartByte } from '../../machine/machine.js';

/** What the worker is started with. */
export interface WorkerStart {
  options: MachineOptions;
  /** One shared Int32: raised by the main thread with every message, so that the worker can sleep on it. */
  doorbell: SharedArrayBuffer;
  /** One shared BigInt64: virtual time in nanoseconds, written by the worker after every slice. */
  progress: SharedArrayBuffer;
  /** One shared BigInt64: virtual time in nanoseconds up to which the main thread has handed events on. */
  heard: SharedArrayBuffer;
  /** Port of the main thread's requests. */
  requests: import('node:worker_threads').MessagePort;
}

/** Main thread to worker. `id` asks for a `done` with the same id. */
export type Request =
  | { kind: 'uart'; bytes: Uint8Array }
  | { kind: 'load'; id: number; segments: readonly MemorySegment[] }
  | { kind: 'read'; id: number; address: number; length: number }
  | { kind: 'reset'; id: number }
  | { kind: 'power'; id: number; on: boolean }
  | { kind: 'begin'; id: number }
  /** A debugger stops the core, or lets it go. */
  | { kind: 'halt'; id: number; on: boolean }
  /** Registers of the core as 32-bit words, little-endian; sets them first where values are given. */
  | { kind: 'registers'; id: number; values?: Uint8Array }
  | { kind: 'settle'; id: number };

/** Kinds of power events by their number in `EventBatch.kinds`. */
export const eventKinds = [
  'marker',
  'level',
  'sleep',
  'wake',
  'reset',
  'begin',
  'clock',
  'logic',
  'volts',
] as const satisfies readonly PowerEvent['kind'][];

/** Power events as parallel arrays, in order. */
export interface EventBatch {
  timesNs: Float64Array;
  cycles: Float64Array;
  /** Index into `eventKinds`. */
  kinds: Uint8Array;
  values: Uint16Array;
}

/** Worker to main thread. */
export type Report =
  | { kind: 'uart'; bytes: Uint8Array }
  | { kind: 'events'; batch: EventBatch }
  | { kind: 'line'; bytes: readonly UartByte[] }
  | { kind: 'done'; id: number; data?: Uint8Array; error?: string }
  | { kind: 'fault'; message: string; programCounter: number };
