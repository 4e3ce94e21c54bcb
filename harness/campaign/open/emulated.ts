import { LoadSwitch } from '../../emulator/instruments/load-switch.js';
import { createSupply } from '../../emulator/supply.js';
import { LittlefirstError } from '../../errors.js';
import type { MemorySegment } from '../../machine/machine.js';
import type { Meter } from '../../measure/meter/meter.js';
import type { DeviceSources } from '../../wire/devices/identity.js';
import { machinePower, type PowerControl } from '../../wire/devices/power.js';
import { createPower } from '../../wire/devices/power-config.js';
import type { Budgets } from '../../wire/dut/budgets.js';
import { DutClient } from '../../wire/dut/client.js';
import type { DutFault } from '../../wire/dut/stream.js';
import { createExternalFlasher, usesGdb } from '../../wire/flash/config.js';
import type { Flasher, FlashReport } from '../../wire/flash/flasher.js';
import type { BindingInterface } from '../../wire/link/binding.js';
import { closeLink, type Link, openLink } from '../../wire/link/open.js';
import type { PreparedBench } from '../bench/prepare.js';
import { shortHash } from './identity.js';
import { emulatedFixture, type LoadFixture } from './known-load.js';
import { machineClock } from './machine-clock.js';
import { MachineCycles } from './machine-cycles.js';
import { createMachine, type EmulatedBoard, type EmulatedGdb } from './machines.js';
import { openBenchMeter } from './meter.js';
import { openReal } from './real.js';

/** A DUT with everything around it, open. */
export interface OpenDut {
  /** Another one after `reconnect`, `power.cycle` or `flash` of a real board. */
  readonly client: DutClient;
  meter?: Meter;
  /** Cycles as the machine counts them, on emulated boards. */
  cycles?: MachineCycles;
  /** Writes image and blob and proves it; absent where the bench has no flasher. */
  flash?: (blob: Uint8Array) => Promise<FlashReport>;
  /** What the last flashing put there: SHA-256 of the image, and its first digits of the blob. */
  flashed?: () => { image: string; blob: string } | undefined;
  /** Starts the board again where the bench can. */
  restart?: () => Promise<void>;
  /** Switches the board's supply, where the bench can. */
  power?: PowerControl;
  /** Finds a real board again whose line broke, and opens it anew. */
  reconnect?: () => Promise<void>;
  /** Puts the bench's resistor on the meter, where the bench has one. */
  loadFixture?: LoadFixture;
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
  /** Where this machine's serial devices are looked for. */
  devices?: DeviceSources;
  /** Opens serial ports instead of the system's own binding. */
  serialBinding?: BindingInterface;
  /** How long a real board may take to come back. */
  reconnectMilliseconds?: number;
}

/** Opens what the bench names: the machine or the real link, and the meter. @throws LF_LINK_*, LF_EMULATOR_FAILED, LF_METER_OPEN */
export async function openDut(prepared: PreparedBench, options: OpenDutOptions = {}): Promise<OpenDut> {
  return prepared.bench.link === 'emulated:' ? openEmulated(prepared, options) : openReal(prepared, options);
}

async function openEmulated(prepared: PreparedBench, options: OpenDutOptions): Promise<OpenDut> {
  const { bench, board, chip, boardLevels } = prepared;
  const create = options.createMachine ?? createMachine;
  const emulated = await create(board, {
    levelHz: boardLevels.map(level => level.hertz.value),
    flashWaitStates: boardLevels.map(level => level.flashWaitStates.value),
  });
  const { machine } = emulated;
  let gdb: EmulatedGdb | undefined;
  try {
    if (typeof bench.flasher === 'object' && usesGdb(bench.flasher)) gdb = await emulated.gdb?.();
    const flasher = flasherOf(prepared, emulated, gdb);
    const supply = createSupply(chip, boardLevels);
    const cycles = new MachineCycles();
    const boardClock = machineClock(machine);
    machine.onPower(events => {
      supply.push(events);
      cycles.push(events);
    });
    const switchSupply = async (on: boolean) => {
      await machine.power(on);
      supply.power(on);
    };
    const loadSwitch = new LoadSwitch(supply);
    const { knownLoad, supplyMillivolts = chip.supply.millivolts.value } = bench.meter;
    const meter = await openBenchMeter(bench.meter, {
      boardLink: bench.link,
      supplyMillivolts,
      supply: {
        source: loadSwitch,
        settle: () => machine.settle(),
        power: async on => (loadSwitch.isOnResistor ? loadSwitch.power(on) : switchSupply(on)),
      },
    });
    const link = await openLink('emulated:', { machine, baudRate: board.baudRate });
    const client = new DutClient(link, { ...options, boardClock });
    let flashed: { image: string; blob: string } | undefined;
    return {
      client,
      meter,
      loadFixture: knownLoad && emulatedFixture(knownLoad, supplyMillivolts, loadSwitch),
      cycles,
      flash: async blob => {
        flashed = undefined;
        const report = await flasher.flash(segmentsOf(prepared, blob));
        flashed = { image: prepared.firmware.entry.sha256, blob: shortHash(blob) };
        return report;
      },
      flashed: () => flashed,
      power:
        bench.power === undefined
          ? machinePower({ board: board.name, power: switchSupply })
          : createPower(bench.power, meter, { offMilliseconds: 0 }),
      restart: () => machine.reset(),
      settle: () => machine.settle(),
      close: async () => {
        await closeAll(client, link);
        await meter?.close();
        await gdb?.close();
        await machine.close();
      },
    };
  } catch (error) {
    await gdb?.close();
    await machine.close();
    throw error;
  }
}

/** The emulator's own flasher, or the tool that the bench names; the board starts anew after either. */
function flasherOf(
  { bench, board }: PreparedBench,
  { flasher, machine }: EmulatedBoard,
  gdb: EmulatedGdb | undefined,
): Flasher {
  if (bench.flasher === 'auto') return flasher;
  if (bench.flasher === 'none')
    throw new LittlefirstError('LF_CONFIG_INVALID', 'An emulated board is empty until it is flashed', {
      expected: `flasher: auto, or a tool, with the emulated ${board.name}`,
      received: 'flasher: none',
    });
  const tool = createExternalFlasher(bench.flasher, { gdbAddress: gdb?.address });
  return {
    name: tool.name,
    flash: async segments => {
      const report = await tool.flash(segments);
      await machine.reset();
      return report;
    },
  };
}

/** Image and blob. */
export function segmentsOf({ firmware }: PreparedBench, blob: Uint8Array): MemorySegment[] {
  return [...firmware.segments, { address: firmware.entry.blobAddress, data: blob }];
}

async function closeAll(client: DutClient, link: Link): Promise<void> {
  client.detach();
  await closeLink(link);
}
