import { Duplex } from 'node:stream';
import { createMachine } from '../../campaign/open/machines.js';
import type { Machine, MemorySegment } from '../../machine/machine.js';
import { DirectFlasher } from '../../wire/flash/direct.js';

/** What a bad bench does to a board; each hook sees real bytes and may change, drop or multiply them. */
export interface Tampering {
  toDut?: (chunk: Buffer) => Buffer;
  toHost?: (chunk: Buffer) => Buffer;
  /** What is really written when a segment should be. */
  load?: (segment: MemorySegment) => MemorySegment;
  /** Told before the supply is switched. */
  power?: (on: boolean) => void | Promise<void>;
  /** A memory that says it holds what it was told to hold. */
  liesOnRead?: boolean;
}

/** A machine with something between it and the harness. */
export class TamperedMachine implements Machine {
  readonly board: string;
  readonly uart: Duplex;
  private readonly told = new Map<number, Uint8Array>();

  constructor(
    private readonly inner: Machine,
    private readonly tampering: Tampering,
  ) {
    this.board = inner.board;
    const pass = (chunk: Buffer) => chunk;
    const { toDut = pass, toHost = pass } = tampering;
    this.uart = new Duplex({
      read() {},
      write: (chunk: Buffer, _encoding, done) => {
        inner.uart.write(toDut(Buffer.from(chunk)), error => done(error));
      },
    });
    inner.uart.on('data', (chunk: Buffer) => {
      const kept = toHost(Buffer.from(chunk));
      if (kept.length > 0) this.uart.push(kept);
    });
    inner.uart.on('error', error => this.uart.destroy(error));
  }

  async load(segments: readonly MemorySegment[]): Promise<void> {
    for (const { address, data } of segments) this.told.set(address, data);
    const { load = (segment: MemorySegment) => segment } = this.tampering;
    await this.inner.load(segments.map(load));
  }

  async read(address: number, length: number): Promise<Uint8Array> {
    const told = this.told.get(address);
    if (this.tampering.liesOnRead && told !== undefined) return told.slice(0, length);
    return this.inner.read(address, length);
  }

  reset(): Promise<void> {
    return this.inner.reset();
  }

  onPower(listener: Parameters<Machine['onPower']>[0]): () => void {
    return this.inner.onPower(listener);
  }

  settle(): Promise<void> {
    return this.inner.settle();
  }

  async power(on: boolean): Promise<void> {
    await this.tampering.power?.(on);
    await this.inner.power(on);
  }

  progress(): number {
    return this.inner.progress?.() ?? 0;
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

/** Emulated boards with something between each and the harness: for a campaign's `createMachine`. */
export const tampered =
  (tampering: Tampering): typeof createMachine =>
  async (board, options) => {
    const machine = new TamperedMachine((await createMachine(board, options)).machine, tampering);
    return { machine, flasher: new DirectFlasher(machine) };
  };
