import type { BoardClock } from '../../host/budget.js';
import type { MemorySegment } from '../../machine/machine.js';
import type { Meter } from '../../measure/meter/meter.js';
import type { DeviceSources } from '../../wire/devices/identity.js';
import type { PowerControl } from '../../wire/devices/power.js';
import type { Budgets } from '../../wire/dut/budgets.js';
import type { DutClient } from '../../wire/dut/client.js';
import type { DutFault } from '../../wire/dut/stream.js';
import type { FlashReport } from '../../wire/flash/flasher.js';
import type { HeldPlace } from '../../wire/labgrid/place.js';
import type { BindingInterface } from '../../wire/link/binding.js';
import type { PreparedBench } from '../bench/prepare.js';
import type { LoadFixture } from './known-load.js';
import type { MachineCycles } from './machine-cycles.js';
import type { createMachine } from './machines.js';

/** A DUT with everything around it, open. */
export interface OpenDut {
  /** Another one after `reconnect`, `power.cycle` or `flash` of a real board. */
  readonly client: DutClient;
  /** Another one, which corrects, once known loads were measured. */
  meter?: Meter;
  /** Cycles as the machine counts them, on emulated boards. */
  cycles?: MachineCycles;
  /**
   * Puts an emulated board and its instrument into a state that only these seeds decide: where the next block begins. Absent on real boards, which
   * have a past.
   */
  begin?: (seeds: readonly number[]) => Promise<void>;
  /** Writes image and blob and proves it; absent where the bench has no flasher. */
  flash?: (blob: Uint8Array, signal?: AbortSignal) => Promise<FlashReport>;
  /** What the last flashing put there: SHA-256 of the image, and its first digits of the blob. */
  flashed?: () => { image: string; blob: string } | undefined;
  /** Starts the board again where the bench can. */
  restart?: (signal?: AbortSignal) => Promise<void>;
  /** Switches the board's supply, where the bench can. */
  power?: PowerControl;
  /** Finds a real board again whose line broke, and opens it anew. */
  reconnect?: (signal?: AbortSignal) => Promise<void>;
  /** The clock that waits for an emulated board count by. */
  boardClock?: BoardClock;
  /** Put the bench's resistors on the meter, in their order, where the bench has any. */
  loadFixtures?: readonly LoadFixture[];
  /** Waits until machine and meter have seen everything up to now. */
  settle: () => Promise<void>;
  close: () => Promise<void>;
}

export interface OpenDutOptions {
  /** Identifier of the run, told to whoever finds a device in use. */
  id?: string;
  onFault?: (fault: DutFault) => void;
  /** Budgets of the client's waits, where the usual ones do not suit. */
  budgets?: Partial<Budgets>;
  /** Another maker of machines than the board's own emulator. */
  createMachine?: typeof createMachine;
  /** Where this machine's serial devices are looked for. */
  devices?: DeviceSources;
  /** Opens serial ports instead of the system's own binding. */
  serialBinding?: BindingInterface;
  /** The span that what is done with the DUT belongs to. */
  trace?: string;
  /** The labgrid place that the bench leases, held. */
  place?: HeldPlace;
  /** How long a real board may take to come back. */
  reconnectMilliseconds?: number;
}

/** Image and blob. */
export function segmentsOf({ firmware }: PreparedBench, blob: Uint8Array): MemorySegment[] {
  return [...firmware.segments, { address: firmware.entry.blobAddress, data: blob }];
}
