import { Duplex } from 'node:stream';
import type { Machine, MemorySegment } from '../../machine/machine.js';
import { FaultyLine } from './line.js';
import type { LineFault } from './schema.js';

export interface FaultyMachineOptions {
  faults: readonly LineFault[];
  seed: number;
  /** Told of each fault as it strikes. */
  onStrike: (fault: LineFault) => void;
}

/** An emulated board behind a line with faults. Its flash and its power switch are as they were. */
export class FaultyMachine implements Machine {
  readonly board: string;
  readonly uart: Duplex;
  readonly #inner: Machine;
  readonly #line: FaultyLine;
  #isOn = true;

  constructor(inner: Machine, { faults, seed, onStrike }: FaultyMachineOptions) {
    this.board = inner.board;
    this.#inner = inner;
    this.#line = new FaultyLine(faults, seed, fault => {
      onStrike(fault);
      void this.#happen(fault);
    });
    const { uart } = inner;
    this.uart = new Duplex({
      read() {},
      write: (chunk: Buffer, _encoding, done) => {
        const bytes = this.#line.pass('to-dut', Buffer.from(chunk));
        if (bytes.length === 0) done();
        else uart.write(bytes, error => done(error));
      },
    });
    this.uart.on('error', () => undefined);
    uart.on('data', (chunk: Buffer) => {
      const bytes = this.#line.pass('to-host', Buffer.from(chunk));
      if (bytes.length > 0) this.uart.push(bytes);
    });
    uart.on('error', error => this.uart.destroy(error));
    uart.on('close', () => this.uart.destroy());
  }

  load(segments: readonly MemorySegment[]): Promise<void> {
    return this.#inner.load(segments);
  }

  read(address: number, length: number): Promise<Uint8Array> {
    return this.#inner.read(address, length);
  }

  async reset(): Promise<void> {
    if (this.#isOn) await this.#inner.reset();
  }

  onPower(listener: Parameters<Machine['onPower']>[0]): () => void {
    return this.#inner.onPower(listener);
  }

  settle(): Promise<void> {
    return this.#inner.settle();
  }

  progress(): number {
    return this.#inner.progress?.() ?? 0;
  }

  async power(on: boolean): Promise<void> {
    this.#isOn = on;
    if (!on) this.#line.powerCut();
    await this.#inner.power(on);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  /** What becomes of the board itself; a machine that has ended meanwhile is past caring. */
  async #happen({ kind }: LineFault): Promise<void> {
    try {
      if (kind === 'reset' || kind === 're-enumerate') await this.#inner.reset();
      if (kind === 'brown-out') await this.power(false);
    } catch {
      /* its death is told by its UART */
    }
  }
}
