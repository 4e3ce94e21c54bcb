import type { Budgets } from '../dut/budgets.js';
import { DutClient } from '../dut/client.js';
import type { DutFault } from '../dut/stream.js';
import { openEmulatedMeter } from '../emulator/instruments/open-emulated.js';
import type { MemorySegment } from '../emulator/machine.js';
import { createSupply } from '../emulator/supply.js';
import { LittlefirstError } from '../errors.js';
import type { FlashReport } from '../flash/flasher.js';
import { closeLink, type Link, openLink } from '../link/open-link.js';
import type { Meter } from '../meter/meter.js';
import { shortHash } from './block-checks.js';
import { machineClock } from './machine-clock.js';
import { MachineCycles } from './machine-cycles.js';
import { createMachine } from './machines.js';
import type { PreparedBench } from './prepare.js';

/** A DUT with everything around it, open. */
export interface OpenDut {
  client: DutClient;
  meter?: Meter;
  /** Cycles as the machine counts them, on emulated boards. */
  cycles?: MachineCycles;
  /** Writes image and blob and proves it; absent where the bench has no flasher. */
  flash?: (blob: Uint8Array) => Promise<FlashReport>;
  /** What the last flashing put there: SHA-256 of the image, and its first digits of the blob. */
  flashed?: () => { image: string; blob: string } | undefined;
  /** Starts the board again where the bench can. */
  restart?: () => Promise<void>;
  /** Waits until machine and meter have seen everything up to now. */
  settle: () => Promise<void>;
  close: () => Promise<void>;
}

export interface OpenDutOptions {
  onFault?: (fault: DutFault) => void;
  /** Budgets of the client's waits, where the usual ones do not suit. */
  budgets?: Partial<Budgets>;
  /** Another maker of machines than the board's own emulator. */
  createMachine?: typeof createMachine;
}

/** Opens what the bench names: the machine or the real link, and the meter. @throws LF_LINK_*, LF_EMULATOR_FAILED, LF_METER_OPEN */
export async function openDut(prepared: PreparedBench, options: OpenDutOptions = {}): Promise<OpenDut> {
  return prepared.bench.link === 'emulated:' ? openEmulated(prepared, options) : openReal(prepared, options);
}

async function openReal(prepared: PreparedBench, options: OpenDutOptions): Promise<OpenDut> {
  const { bench, board } = prepared;
  if (bench.meter.driver !== 'none' || bench.flasher !== 'none')
    throw new LittlefirstError(
      'LF_CONFIG_INVALID',
      'Flasher "auto" and the emulated meters belong to emulated boards',
      {
        expected: `flasher: none and meter: { driver: none } with link ${bench.link}`,
        received: `flasher: ${bench.flasher}, meter: ${bench.meter.driver}`,
      },
    );
  const link = await openLink(bench.link, { baudRate: board.baudRate });
  const client = new DutClient(link, options);
  return { client, settle: async () => {}, close: () => closeAll(client, link) };
}

async function openEmulated(prepared: PreparedBench, options: OpenDutOptions): Promise<OpenDut> {
  const { bench, board, chip, boardLevels } = prepared;
  const create = options.createMachine ?? createMachine;
  const { machine, flasher } = await create(board, {
    levelHz: boardLevels.map(level => level.hertz.value),
    flashWaitStates: boardLevels.map(level => level.flashWaitStates.value),
  });
  try {
    const supply = createSupply(chip, boardLevels);
    const cycles = new MachineCycles();
    const boardClock = machineClock(machine);
    machine.onPower(events => {
      supply.push(events);
      cycles.push(events);
    });
    const meter =
      bench.meter.driver === 'none'
        ? undefined
        : openEmulatedMeter(bench.meter.driver, {
            source: supply,
            settle: () => machine.settle(),
            power: async on => {
              await machine.power(on);
              supply.power(on);
            },
          });
    await meter?.configure({
      supplyMillivolts: chip.supply.millivolts.value,
      sampleRateHz: bench.meter.sampleRateHz,
    });
    const link = await openLink('emulated:', { machine, baudRate: board.baudRate });
    const client = new DutClient(link, { ...options, boardClock });
    let flashed: { image: string; blob: string } | undefined;
    return {
      client,
      meter,
      cycles,
      flash: async blob => {
        flashed = undefined;
        const report = await flasher.flash(segmentsOf(prepared, blob));
        flashed = { image: prepared.firmware.entry.sha256, blob: shortHash(blob) };
        return report;
      },
      flashed: () => flashed,
      restart: () => machine.reset(),
      settle: () => machine.settle(),
      close: async () => {
        await closeAll(client, link);
        await meter?.close();
        await machine.close();
      },
    };
  } catch (error) {
    await machine.close();
    throw error;
  }
}

/** Image and blob. */
function segmentsOf({ firmware }: PreparedBench, blob: Uint8Array): MemorySegment[] {
  return [...firmware.segments, { address: firmware.entry.blobAddress, data: blob }];
}

async function closeAll(client: DutClient, link: Link): Promise<void> {
  client.detach();
  await closeLink(link);
}
