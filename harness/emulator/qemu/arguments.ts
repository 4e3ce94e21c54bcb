import type { MachineOptions } from '../../machine/machine.js';
import type { GdbAddress } from '../../wire/flash/gdb/connection.js';

/** Boards that QEMU emulates. */
export const qemuBoards = [
  'apollo3',
  'lm3s6965',
  'lm3s6965-m4',
  'mps2-an385',
  'mps2-an386',
  'nrf52840',
  'rp2350',
] as const;
export type QemuBoard = (typeof qemuBoards)[number];

interface QemuMachineFacts {
  machine: string;
  cpu: string;
  /** Of the timing plugin. */
  table: string;
  /** How much RAM the firmware's image uses at most. */
  ramBytes: number;
  /** The plugin puts this chip's memories and registers in the place of the machine's: the firmware rings no doorbell. */
  chip?: ChipModel;
}

interface ChipModel {
  name: string;
  ramAddress: number;
  /** Its levels have one clock: their first register word tells them apart. */
  hasOneClock?: boolean;
}

const machines: Record<QemuBoard, QemuMachineFacts> = {
  apollo3: {
    machine: 'mps2-an386',
    cpu: 'cortex-m4',
    table: 'm4',
    ramBytes: 384 * 1024,
    chip: { name: 'apollo3', ramAddress: 0x1000_0000 },
  },
  lm3s6965: { machine: 'lm3s6965evb', cpu: 'cortex-m3', table: 'm3', ramBytes: 64 * 1024 },
  'lm3s6965-m4': { machine: 'lm3s6965evb', cpu: 'cortex-m4', table: 'm4', ramBytes: 64 * 1024 },
  'mps2-an385': { machine: 'mps2-an385', cpu: 'cortex-m3', table: 'm3', ramBytes: 1024 * 1024 },
  'mps2-an386': { machine: 'mps2-an386', cpu: 'cortex-m4', table: 'm4', ramBytes: 1024 * 1024 },
  nrf52840: {
    machine: 'mps2-an386',
    cpu: 'cortex-m4',
    table: 'm4',
    ramBytes: 256 * 1024,
    chip: { name: 'nrf52840', ramAddress: 0x2000_0000, hasOneClock: true },
  },
  /* The one machine whose core may be another than its own; the boards with a Cortex-M33 bring bus filters that stand before the chip's memories. */
  rp2350: {
    machine: 'lm3s6965evb',
    cpu: 'cortex-m33',
    table: 'm33',
    ramBytes: 520 * 1024,
    chip: { name: 'rp2350', ramAddress: 0x2000_0000 },
  },
};

/** Where RAM begins, and in it the firmware's doorbell, where it has one. */
export const ramAddress = 0x2000_0000;

/** Whether the firmware signals through the doorbell. */
export const ringsDoorbell = (board: QemuBoard): boolean => machines[board].chip === undefined;

/**
 * A register of UART1 that tells whether it holds bytes which the core has not read: UARTFR with RXFE, set while it holds none (PL011, ARM DDI 0183 3.3.3),
 * and STATE with bit 1, set while it holds one (CMSDK, ARM DDI 0479 4.3). Reading them changes nothing. A chip of the plugin's own has a word for it, with the
 * number of bytes (firmware/qemu-plugin/board.c).
 */
export function receiverOf(board: QemuBoard): { address: number; mask: number; whenEmpty: number } {
  if (machines[board].chip !== undefined) return { address: 0x5fff_fff0, mask: 0xffff_ffff, whenEmpty: 0 };
  return machines[board].machine === 'lm3s6965evb'
    ? { address: 0x4000_d018, mask: 0x10, whenEmpty: 0x10 }
    : { address: 0x4000_5004, mask: 0x2, whenEmpty: 0 };
}

/** The RAM that a machine without power loses. */
export function ramOf(board: QemuBoard): { address: number; length: number } {
  const address = machines[board].chip?.ramAddress ?? ramAddress;
  return { address, length: machines[board].ramBytes };
}

export interface QemuOptions extends MachineOptions {
  board: QemuBoard;
  /** Transport of the UART; QEMU throttles neither, so `uart` and `baudRate` change nothing. */
  link?: 'unix' | 'pty';
  /** Sends to the board by datagrams to UART1: several times faster; for the firmware, which listens there (not for `pty`). */
  datagramInput?: boolean;
  /** Name or path of the QEMU binary. */
  command?: string;
  /** The timing plugin; built from firmware/qemu-plugin unless given. */
  plugin?: string;
  /** TCP port for the GDB server instead of a private unix socket. */
  gdb?: { host: string; port: number };
  /** Flash wait states of each level, or of all if there is one. */
  flashWaitStates?: readonly number[];
  /** The plugin's slow per-instruction counting. */
  exactTiming?: boolean;
  /** Limit for QEMU's start. */
  startTimeoutMs?: number;
}

/** The folder of a machine's sockets, and the sockets. */
export interface QemuPaths {
  folder: string;
  uart: string;
  qmp: string;
  gdb: string;
  events: string;
}

/** Where the machine's GDB server listens. */
export function gdbAddressOf(options: QemuOptions, paths: QemuPaths): GdbAddress {
  return options.gdb ?? { path: paths.gdb };
}

/**
 * QEMU's command line.
 * @param input `-chardev` options of UART1, if it is used
 */
export function argumentsFor(
  options: QemuOptions,
  paths: QemuPaths,
  plugin: string,
  input?: string,
): string[] {
  const { machine, cpu, table, chip } = machines[options.board];
  const timing = [
    plugin,
    `core=${table}`,
    chip === undefined ? `doorbell=0x${ramAddress.toString(16)}` : `board=${chip.name}`,
    `sock=${paths.events}`,
    `rmdir=${paths.folder}`,
    `exact=${options.exactTiming || options.profile ? 1 : 0}`,
    ...(options.profile ? [`ranges=${options.profile.ranges}`, `profile=${options.profile.out}`] : []),
    `hz=${options.levelHz.join(':')}`,
    ...(chip?.hasOneClock && options.levelWords
      ? [`mode=${options.levelWords.map(([first]) => first).join(':')}`]
      : []),
    `strap=${options.energyStrap ? 1 : 0}`,
    `undervolt=${options.bearsUndervoltage ? 1 : 0}`,
    ...(options.flashWaitStates?.length ? [`ws=${options.flashWaitStates.join(':')}`] : []),
  ];
  const gdb = options.gdb
    ? `tcp:${options.gdb.host}:${options.gdb.port}`
    : `unix:${paths.gdb},server=on,wait=off`;
  const uart =
    options.link === 'pty' ? 'pty,id=uart' : `socket,id=uart,path=${paths.uart},server=on,wait=off`;
  const serial = (id: string) => (chip === undefined ? ['-serial', `chardev:${id}`] : []);
  return [
    ...['-M', machine, '-cpu', cpu, '-display', 'none', '-nodefaults', '-nic', 'none', '-S'],
    ...['-chardev', uart, ...serial('uart'), '-gdb', gdb, '-plugin', timing.join(',')],
    ...(input === undefined ? [] : ['-chardev', `${input},id=input`, ...serial('input')]),
    ...['-chardev', `socket,id=qmp,path=${paths.qmp},server=off`, '-mon', 'chardev=qmp,mode=control'],
  ];
}
