import { Random } from '../../data/random.js';
import { FaultyMachine } from '../../emulator/faults/machine.js';
import { LoadSwitch } from '../../emulator/instruments/load-switch.js';
import { createSupply, switchBoard } from '../../emulator/supply.js';
import { LittlefirstError } from '../../errors.js';
import { atAmbient } from '../../measure/chip/temperature.js';
import { machinePower } from '../../wire/devices/power.js';
import { createPower } from '../../wire/devices/power-config.js';
import { DutClient } from '../../wire/dut/client.js';
import { createExternalFlasher, usesGdb } from '../../wire/flash/config.js';
import type { Flasher } from '../../wire/flash/flasher.js';
import { closeLink, type Link, openLink } from '../../wire/link/open.js';
import type { MeterChoice } from '../bench/meter-schema.js';
import type { PreparedBench } from '../bench/prepare.js';
import { type OpenDut, type OpenDutOptions, segmentsOf } from './dut.js';
import { shortHash } from './identity.js';
import { emulatedFixture } from './known-load.js';
import { machineClock } from './machine-clock.js';
import { MachineCycles } from './machine-cycles.js';
import { createMachine, type EmulatedBoard, type EmulatedGdb } from './machines.js';
import { openBenchMeter } from './meter.js';

/** Streams of numbers that a block's seeds are split into. */
const nonceStream = 0x6e6f6e63;
const meterStream = 0x6d657465;

/** 16 hexadecimal digits. */
function nonceFrom(random: Random): string {
  const word = () =>
    random
      .integer(0, 2 ** 32 - 1)
      .toString(16)
      .padStart(8, '0');
  return word() + word();
}

/** The seed that a bench gives its instrument's errors. */
function errorSeed(errors: MeterChoice['errors']): number {
  return Number(errors?.seed ?? 1);
}

/** Opens an emulated board: machine, supply, meter, flasher and link. @throws as `openDut` */
export async function openEmulated(prepared: PreparedBench, options: OpenDutOptions): Promise<OpenDut> {
  const { bench, board, chip, boardLevels } = prepared;
  const create = options.createMachine ?? createMachine;
  const honest = await create(board, {
    levelHz: boardLevels.map(level => level.hertz.value),
    levelWords: boardLevels.map(level => level.registers[board.name]),
    flashWaitStates: boardLevels.map(level => level.flashWaitStates.value),
    bearsUndervoltage: bench.faults?.undervolt !== undefined,
  });
  const emulated = withFaults(honest, prepared, options);
  const { machine } = emulated;
  let gdb: EmulatedGdb | undefined;
  try {
    if (typeof bench.flasher === 'object' && usesGdb(bench.flasher)) gdb = await emulated.gdb?.();
    const flasher = flasherOf(prepared, emulated, gdb);
    const supply = createSupply(atAmbient(chip, bench.ambientCelsius), boardLevels);
    const cycles = new MachineCycles();
    const boardClock = machineClock(machine);
    machine.onPower(events => {
      supply.push(events);
      cycles.push(events);
    });
    let isSupplied = true;
    /* A supply that is on already is not switched on: the board would start anew. */
    const switchSupply = async (on: boolean) => {
      if (on === isSupplied) return;
      isSupplied = on;
      await switchBoard(machine, supply, on);
    };
    const loadSwitch = new LoadSwitch(supply);
    const { knownLoad, supplyMillivolts = chip.supply.millivolts.value } = bench.meter;
    const meter = await openBenchMeter(bench.meter, {
      boardLink: bench.link,
      supplyMillivolts,
      supply: {
        source: loadSwitch,
        settle: () => machine.settle(),
        power: async on => {
          loadSwitch.power(on);
          if (!loadSwitch.isOnResistor) await switchSupply(on);
        },
      },
    });
    const link = await openLink('emulated:', { machine, baudRate: board.baudRate });
    let nonces = new Random(bench.seed);
    const client = new DutClient(link, { ...options, boardClock, nonce: () => nonceFrom(nonces) });
    let flashed: { image: string; blob: string } | undefined;
    return {
      client,
      boardClock,
      meter,
      loadFixtures: knownLoad?.map(load => emulatedFixture(load, supplyMillivolts, loadSwitch)),
      cycles,
      begin: async seeds => {
        nonces = new Random(...seeds, nonceStream);
        if (isSupplied) {
          await machine.begin?.();
          await machine.settle();
        }
        /* An instrument may draw its errors while nobody reads it: they begin when the board rests. */
        meter?.restart?.(
          new Random(...seeds, errorSeed(bench.meter.errors), meterStream).integer(0, 2 ** 31 - 1),
        );
        cycles.clear();
      },
      flash: async (blob, signal) => {
        flashed = undefined;
        const report = await flasher.flash(segmentsOf(prepared, blob), signal);
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

/** Puts the faults that the bench asks for on the line. */
function withFaults(
  emulated: EmulatedBoard,
  { bench }: PreparedBench,
  { onFault }: OpenDutOptions,
): EmulatedBoard {
  const { line = [], seed = 1 } = bench.faults ?? {};
  if (line.length === 0) return emulated;
  const machine = new FaultyMachine(emulated.machine, {
    faults: line,
    seed,
    onStrike: ({ kind, direction, at, bytes }) =>
      onFault?.({
        code: 'LF_LINK_LOST',
        message: `The bench makes a fault on the line: ${kind} ${direction} at byte ${at} (${bytes})`,
        action: 'none: it was made on purpose, by faults.line',
      }),
  });
  return { ...emulated, machine };
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
    flash: async (segments, signal) => {
      const report = await tool.flash(segments, signal);
      await machine.reset();
      return report;
    },
  };
}

async function closeAll(client: DutClient, link: Link): Promise<void> {
  client.detach();
  await closeLink(link);
}
