import { Duplex } from 'node:stream';
import { MessageChannel, type Worker } from 'node:worker_threads';
import { LittlefirstError } from '../../errors.js';
import type { MachineOptions, MemorySegment, PowerEvent, UartByte } from '../../machine/machine.js';
import { startWorker } from '../../package-root.js';
import type { GdbMemoryRegion } from '../../wire/flash/gdb/memory-map.js';
import type { DebuggedMachine } from '../gdb-server.js';
import { type EventBatch, eventKinds, type Report, type Request, type WorkerStart } from './messages.js';

/** Memory map of the Pico for debuggers: 2 MB of flash in sectors of 4 KB, six banks of RAM in a row. */
export const rp2040Memory: readonly GdbMemoryRegion[] = [
  { type: 'flash', start: 0x1000_0000, length: 2 << 20, blockBytes: 4096 },
  { type: 'ram', start: 0x2000_0000, length: 264 * 1024, blockBytes: 0 },
];

type Answerable = Exclude<Request, { kind: 'uart' }>;
type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

interface Waiting {
  resolve(data: Uint8Array | undefined): void;
  reject(error: Error): void;
}

/** An emulated Raspberry Pi Pico in a worker thread. See `createRp2040Machine`. */
class Rp2040Machine implements DebuggedMachine {
  readonly board = 'rp2040';
  readonly uart: Duplex;
  readonly #worker: Worker;
  readonly #channel = new MessageChannel();
  readonly #bell: Int32Array;
  readonly #virtualTime: BigInt64Array;
  readonly #heardTime: BigInt64Array;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Set<(events: readonly PowerEvent[]) => void>();
  readonly #lineListeners = new Set<(bytes: readonly UartByte[]) => void>();
  #nextId = 0;
  #failure: LittlefirstError | undefined;
  #closed = false;

  constructor(options: MachineOptions) {
    const doorbell = new SharedArrayBuffer(4);
    this.#bell = new Int32Array(doorbell);
    const progress = new SharedArrayBuffer(8);
    this.#virtualTime = new BigInt64Array(progress);
    const heard = new SharedArrayBuffer(8);
    this.#heardTime = new BigInt64Array(heard);
    const start: WorkerStart = { options, doorbell, progress, heard, requests: this.#channel.port2 };
    this.#worker = startWorker(import.meta.url, './worker', {
      workerData: start,
      transferList: [this.#channel.port2],
    });
    this.#channel.port1.unref();
    this.uart = new Duplex({
      read: () => {},
      write: (chunk: Buffer, _encoding, done) => {
        this.#post({ kind: 'uart', bytes: Uint8Array.from(chunk) });
        done();
      },
    });
    this.uart.on('error', () => {}); // reported to whoever listens; nobody may, between two blocks
    this.#worker.on('message', (report: Report) => this.#take(report));
    this.#worker.on('error', error => this.#fail(`the emulator's thread failed: ${error.message}`));
    this.#worker.on('exit', code => {
      if (!this.#closed) this.#fail(`the emulator's thread ended with code ${code}`);
    });
  }

  async load(segments: readonly MemorySegment[]): Promise<void> {
    await this.#ask({ kind: 'load', segments });
  }

  async read(address: number, length: number): Promise<Uint8Array> {
    return (await this.#ask({ kind: 'read', address, length }))!;
  }

  async reset(): Promise<void> {
    await this.#ask({ kind: 'reset' });
  }

  async power(on: boolean): Promise<void> {
    await this.#ask({ kind: 'power', on });
  }

  async begin(): Promise<void> {
    await this.#ask({ kind: 'begin' });
  }

  async halt(on: boolean): Promise<void> {
    await this.#ask({ kind: 'halt', on });
  }

  async registers(values?: Uint8Array): Promise<Uint8Array> {
    return (await this.#ask({ kind: 'registers', values }))!;
  }

  async settle(): Promise<void> {
    await this.#ask({ kind: 'settle' });
  }

  onPower(listener: (events: readonly PowerEvent[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onUart(listener: (bytes: readonly UartByte[]) => void): () => void {
    this.#lineListeners.add(listener);
    return () => this.#lineListeners.delete(listener);
  }

  progress(): number {
    return Number(Atomics.load(this.#virtualTime, 0));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#rejectAll(new LittlefirstError('LF_EMULATOR_FAILED', 'the emulator was closed'));
    this.#channel.port1.close();
    await this.#worker.terminate();
    this.uart.destroy();
  }

  #post(request: Request): void {
    if (this.#closed) return;
    this.#channel.port1.postMessage(request);
    Atomics.add(this.#bell, 0, 1);
    Atomics.notify(this.#bell, 0);
  }

  #ask(request: WithoutId<Answerable>): Promise<Uint8Array | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      if (this.#closed) return reject(new LittlefirstError('LF_EMULATOR_FAILED', 'the emulator was closed'));
      const id = this.#nextId++;
      this.#waiting.set(id, { resolve, reject });
      this.#post({ ...request, id } as Request);
    });
  }

  #take(report: Report): void {
    switch (report.kind) {
      case 'uart':
        this.uart.push(report.bytes);
        return;
      case 'events':
        this.#deliver(report.batch);
        return;
      case 'line':
        for (const listener of this.#lineListeners) listener(report.bytes);
        return;
      case 'done':
        this.#settleRequest(report);
        return;
      case 'fault':
        this.#fail(`the firmware faulted at 0x${report.programCounter.toString(16)}: ${report.message}`, {
          programCounter: report.programCounter,
        });
    }
  }

  #settleRequest({ id, data, error }: Extract<Report, { kind: 'done' }>): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(data);
    else waiting?.reject(new LittlefirstError('LF_EMULATOR_FAILED', `the emulated rp2040 refused: ${error}`));
  }

  #deliver({ timesNs, cycles, kinds, values }: EventBatch): void {
    const events: PowerEvent[] = new Array(kinds.length);
    for (let i = 0; i < kinds.length; i++) {
      events[i] = { timeNs: timesNs[i], cycles: cycles[i], kind: eventKinds[kinds[i]], value: values[i] };
    }
    for (const listener of this.#listeners) listener(events);
    Atomics.store(this.#heardTime, 0, BigInt(Math.floor(timesNs[timesNs.length - 1])));
    Atomics.notify(this.#heardTime, 0);
  }

  #fail(summary: string, fields: Record<string, number> = {}): void {
    if (this.#failure !== undefined || this.#closed) return;
    this.#failure = new LittlefirstError('LF_EMULATOR_FAILED', summary, {
      hint: 'the image in firmware/prebuilt must match its manifest; a blob of another bundle version is refused, not executed',
      fields: { board: this.board, ...fields },
    });
    this.#rejectAll(this.#failure);
    this.uart.destroy(this.#failure);
  }

  #rejectAll(error: LittlefirstError): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/**
 * Starts an emulated RP2040 (rp2040js in a worker thread). It is halted until `reset` or `power(true)`; load the image before.
 * A firmware fault destroys `uart` with LF_EMULATOR_FAILED (field `programCounter`) and rejects every later request with it.
 */
export async function createRp2040Machine(options: MachineOptions): Promise<DebuggedMachine> {
  const machine = new Rp2040Machine(options);
  await machine.settle();
  return machine;
}
