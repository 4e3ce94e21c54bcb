import type { Duplex } from 'node:stream';

/** Marker states (design, "Marker"): what the DUT tells the meter on its two lines. */
export const markers = { idle: 0, gate: 1, big: 2, transfer: 3 } as const;
export type Marker = (typeof markers)[keyof typeof markers];

/**
 * Something that changes the supply current, in the machine's virtual time.
 * - `marker`: value = Marker
 * - `logic`: value = what the meter's logic inputs read, where they are wired to other lines than the markers (`MachineOptions.logic`)
 * - `level`: value = index of the level (order of the blob's level table)
 * - `volts`: the core regulator was set to this many millivolts, in a change of level or of depth of sleep; the next `level` says that it has come
 * - `sleep`: the core stops at WFI; value = depth: 0 at once awake, else the state of that number in the chip profile's `sleep.states` (from 1)
 * - `wake`: value = 0; the core resumes
 * - `clock`: value = 1: the core runs from its crystal, PLLs off; 0: at the level's clock
 * - `reset`: value = 0; time and cycles go on
 * - `begin`: value = 0; as `reset`, and time and cycles are 0 again
 */
export interface PowerEvent {
  /** Virtual time since the machine was created or last began (`Machine.begin`), nanoseconds. Never decreases in between. */
  timeNs: number;
  /** Core cycles since then (they stop while asleep). */
  cycles: number;
  /** Optimistic and pessimistic cycle counts where the timing model gives a range. */
  cyclesLow?: number;
  cyclesHigh?: number;
  /** Part of their distance that operands decide: instructions that end early. */
  cyclesEarly?: number;
  kind: 'marker' | 'logic' | 'level' | 'sleep' | 'wake' | 'reset' | 'begin' | 'clock' | 'volts';
  value: number;
}

/** One byte's time on the UART's line, in the machine's virtual time. */
export interface UartByte {
  direction: 'to-dut' | 'to-host';
  /** Begin of its start bit and end of its stop bit, nanoseconds. */
  fromNs: number;
  toNs: number;
}

/** A piece of memory content at an absolute address. */
export interface MemorySegment {
  address: number;
  data: Uint8Array;
}

/** What a machine is started with. */
export interface MachineOptions {
  /** Level index -> clock in Hz; needed where the emulated clock tree cannot express the chip's own frequency. */
  levelHz: readonly number[];
  /** Level index -> its register words, for chips of which several levels have the same clock. */
  levelWords?: readonly (readonly number[])[];
  /** UART model: 'paced' moves bytes at the line's baud rate in virtual time, 'fast' as fast as the FIFO takes them. */
  uart?: 'paced' | 'fast';
  baudRate?: number;
  /**
   * Virtual nanoseconds from the moment when the host has bytes to send until they reach the line: what adapter, driver and
   * program take on a real bench. Default 0. Only for 'paced'.
   */
  hostTurnaroundNs?: number;
  /**
   * What the meter's logic inputs are wired to: the two marker lines (the default), or MLPerf Tiny's time-stamp line on the first, the
   * second reading low; `logic` events tell of it then.
   */
  logic?: 'markers' | 'timestamp';
  /**
   * 'free' (the default): virtual time runs as fast as the host computes, and stands still while the board waits for the host. 'real':
   * it never runs faster than the host's clock and goes on while the board waits or is off; an event that changes nothing tells every
   * few milliseconds how far it came. For clients that live in real time. A board in QEMU cannot: its time goes on only while it computes, as fast as QEMU
   * does; at this pace its events are told before the bytes that it sends after them, which costs time.
   */
  pace?: 'free' | 'real';
  /**
   * 'in-turn' (the default): what the host sends or asks is taken when the board rests after what came before, so that virtual time is a function
   * of what is sent. 'at-once': also while the board runs, as on a real line, which then is as full as the host's own schedule lets it be.
   * Only for the rp2040; a board at the pace 'real' is served at once.
   */
  serves?: 'in-turn' | 'at-once';
  /**
   * A system clock too fast for the core voltage is let pass, for benches that ask for that fault and make its errors themselves; else it ends the run. Only
   * for the rp2040 and the rp2350: other boards do not model it.
   */
  bearsUndervoltage?: boolean;
  /** The board's strap for the energy regime of MLPerf Tiny is on. */
  energyStrap?: boolean;
  /**
   * Counts the cycles of each range of code, which makes the machine slow: `ranges` is a file of ascending hexadecimal addresses, one a line, where a range
   * begins and the one before ends; `out` becomes a file with a line for each stretch between two stores to the markers, `<marker that ends it>
   * <range>:<cycles> ...`, ranges counted from 0. Cycles of code below the first are those of the number behind the last.
   */
  profile?: { ranges: string; out: string };
  /** Tells `onUart` of every byte on the line. Only for the rp2040 with a 'paced' UART. */
  reportsUart?: boolean;
}

/** One emulated board. Created by a machine driver; everything above it sees a serial port, a flasher and a supply. */
export interface Machine {
  readonly board: string;
  /** Writes memory (flash or RAM); the flasher of an in-process machine uses it. */
  load(segments: readonly MemorySegment[]): Promise<void>;
  /** Reads memory back for verification. */
  read(address: number, length: number): Promise<Uint8Array>;
  /** Starts from the image's reset vector; buffers of the link are emptied. */
  reset(): Promise<void>;
  /** Raw byte stream of the DUT's UART. The link layer wraps it as a serialport stream. */
  readonly uart: Duplex;
  /** Registers the receiver of power events; batches arrive in order. Returns the unsubscribe function. */
  onPower(listener: (events: readonly PowerEvent[]) => void): () => void;
  /** Registers the receiver of the bytes on the line, in batches, where `reportsUart` asks for them; else nothing is told. */
  onUart?(listener: (bytes: readonly UartByte[]) => void): () => void;
  /**
   * Resolves when the board, having seen what was sent to it so far, rests until the host sends more, and every power event up to then has
   * been delivered. A board that does not come to rest is waited for a while only.
   */
  settle(): Promise<void>;
  /**
   * How far the machine has come: virtual time, nanoseconds, decreasing only by `begin`; cheap, and known while the machine is busy. It
   * stands still while the machine waits for the host. Absent where only power events tell.
   */
  progress?(): number;
  /** Cuts and restores the supply: the board forgets its RAM. */
  power(on: boolean): Promise<void>;
  /**
   * Powers the board up as if it had just been made: RAM, registers, virtual time and cycles begin at 0 again, flash stays. What it does
   * from then on depends on nothing that was before. Absent where something that lies between board and harness goes on (faults).
   */
  begin?(): Promise<void>;
  /** Stops the machine and frees its resources; never leaves a process or a thread behind. */
  close(): Promise<void>;
}
