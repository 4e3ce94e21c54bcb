import type { MachineOptions } from '../../machine/machine.js';
import type { GdbAddress } from '../../wire/flash/gdb/connection.js';

/** Boards that QEMU emulates. */
export const qemuBoards = ['lm3s6965', 'lm3s6965-m4', 'mps2-an385', 'mps2-an386'] as const;
export type QemuBoard = (typeof qemuBoards)[number];

/** QEMU's machine and core, the timing plugin's table, and how much RAM the firmware's image uses at most. */
const machines: Record<QemuBoard, { machine: string; cpu: string; table: string; ramBytes: number }> = {
  lm3s6965: { machine: 'lm3s6965evb', cpu: 'cortex-m3', table: 'm3', ramBytes: 64 * 1024 },
  'lm3s6965-m4': { machine: 'lm3s6965evb', cpu: 'cortex-m4', table: 'm4', ramBytes: 64 * 1024 },
  'mps2-an385': { machine: 'mps2-an385', cpu: 'cortex-m3', table: 'm3', ramBytes: 1024 * 1024 },
  'mps2-an386': { machine: 'mps2-an386', cpu: 'cortex-m4', table: 'm4', ramBytes: 1024 * 1024 },
};

/** Where RAM begins, and in it the firmware's doorbell. */
export const ramAddress = 0x2000_0000;

/**
 * A register of UART1 that tells whether it holds bytes which the core has not read: UARTFR with RXFE, set while it holds none (PL011, ARM DDI 0183 3.3.3),
 * and STATE with bit 1, set while it holds one (CMSDK, ARM DDI 0479 4.3). Reading them changes nothing.
 */
export function receiverOf(board: QemuBoard): { address: number; mask: number; whenEmpty: number } {
  return machines[board].machine === 'lm3s6965evb'
    ? { address: 0x4000_d018, mask: 0x10, whenEmpty: 0x10 }
    : { address: 0x4000_5004, mask: 0x2, whenEmpty: 0 };
}

/** The RAM that a machine without power loses. */
export function ramOf(board: QemuBoard): { address: number; length: number } {
  return { address: ramAddress, length: machines[board].ramBytes };
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
  const { machine, cpu, table } = machines[options.board];
  const timing = [
    plugin,
    `core=${table}`,
    `doorbell=0x${ramAddress.toString(16)}`,
    `sock=${paths.events}`,
    `rmdir=${paths.folder}`,
    `exact=${options.exactTiming || options.profile ? 1 : 0}`,
    ...(options.profile ? [`ranges=${options.profile.ranges}`, `profile=${options.profile.out}`] : []),
    `hz=${options.levelHz.join(':')}`,
    `strap=${options.energyStrap ? 1 : 0}`,
    ...(options.flashWaitStates?.length ? [`ws=${options.flashWaitStates.join(':')}`] : []),
  ];
  const gdb = options.gdb
    ? `tcp:${options.gdb.host}:${options.gdb.port}`
    : `unix:${paths.gdb},server=on,wait=off`;
  const uart =
    options.link === 'pty' ? 'pty,id=uart' : `socket,id=uart,path=${paths.uart},server=on,wait=off`;
  return [
    ...['-M', machine, '-cpu', cpu, '-display', 'none', '-nodefaults', '-nic', 'none', '-S'],
    ...['-chardev', uart, '-serial', 'chardev:uart', '-gdb', gdb, '-plugin', timing.join(',')],
    ...(input === undefined ? [] : ['-chardev', `${input},id=input`, '-serial', 'chardev:input']),
    ...['-chardev', `socket,id=qmp,path=${paths.qmp},server=off`, '-mon', 'chardev=qmp,mode=control'],
  ];
}
