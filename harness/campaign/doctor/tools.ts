import { execa } from 'execa';
import type { DoctorFinding } from './finding.js';

/** A program that some bench may need. */
export interface KnownTool {
  command: string;
  flag: string;
  need: string;
  fix: string;
  /** Oldest version that will do, and why. */
  atLeast?: { version: string; reason: string };
}

export const knownTools = {
  qemu: {
    command: 'qemu-system-arm',
    flag: '--version',
    need: 'the boards lm3s6965 and lm3s6965-m4',
    fix: 'apt-get install qemu-system-arm',
    atLeast: { version: '7.2', reason: 'the version that the timing plugin was tested with' },
  },
  gcc: {
    command: 'gcc',
    flag: '--version',
    need: 'the timing plugin of the QEMU boards',
    fix: 'apt-get install gcc libc6-dev',
  },
  armGcc: {
    command: 'arm-none-eabi-gcc',
    flag: '--version',
    need: 'rebuilding the firmware',
    fix: 'apt-get install gcc-arm-none-eabi',
  },
  gdb: {
    command: 'gdb-multiarch',
    flag: '--version',
    need: 'flasher gdb',
    fix: 'apt-get install gdb-multiarch',
  },
  openocd: {
    command: 'openocd',
    flag: '--version',
    need: 'flasher openocd',
    fix: 'apt-get install openocd',
    atLeast: { version: '0.12', reason: 'it names a probe by "adapter serial"' },
  },
  'st-flash': {
    command: 'st-flash',
    flag: '--version',
    need: 'flasher st-flash',
    fix: 'apt-get install stlink-tools',
  },
  'dfu-util': {
    command: 'dfu-util',
    flag: '--version',
    need: 'flasher dfu-util',
    fix: 'apt-get install dfu-util',
  },
  picotool: {
    command: 'picotool',
    flag: 'version',
    need: 'flasher picotool',
    fix: 'https://github.com/raspberrypi/picotool',
    atLeast: { version: '2.0', reason: 'older ones cannot name a board by its serial number' },
  },
  'probe-rs': { command: 'probe-rs', flag: '--version', need: 'flasher probe-rs', fix: 'https://probe.rs' },
  jlink: {
    command: 'JLinkExe',
    flag: '-?',
    need: 'flasher jlink',
    fix: 'https://www.segger.com/downloads/jlink',
  },
  uhubctl: {
    command: 'uhubctl',
    flag: '--version',
    need: 'power by a USB hub',
    fix: 'apt-get install uhubctl',
  },
  udevadm: {
    command: 'udevadm',
    flag: '--version',
    need: 'listing serial ports by the system; littlefirst itself reads /sys',
    fix: 'apt-get install udev',
  },
} as const satisfies Record<string, KnownTool>;

function isOlder(version: string, least: string): boolean {
  const [have, want] = [version, least].map(text => text.split('.').map(Number));
  for (const [i, part] of want.entries()) if ((have[i] ?? 0) !== part) return (have[i] ?? 0) < part;
  return false;
}

/** Whether a program is there, its version line, and whether it is new enough. */
export async function findTool(
  { command, flag, need, fix, atLeast }: KnownTool,
  milliseconds = 5_000,
): Promise<DoctorFinding> {
  const finding = { area: 'tool', what: command, required: false } as const;
  const result = await execa(command, [flag], {
    all: true,
    reject: false,
    stdin: 'ignore',
    timeout: milliseconds,
  });
  if (result.code === 'ENOENT' || result.code === 'EACCES')
    return { ...finding, ok: false, detail: `not found; needed for ${need}`, fix };
  const line = (result.all ?? '').split('\n').find(text => text.trim() !== '') ?? 'no version told';
  const version = /\d+\.\d+(\.\d+)?/.exec(line)?.[0];
  if (atLeast !== undefined && version !== undefined && isOlder(version, atLeast.version))
    return {
      ...finding,
      ok: false,
      detail: `${line}: older than ${atLeast.version} (${atLeast.reason})`,
      fix: `${fix}; ${atLeast.version} or later`,
    };
  return { ...finding, ok: true, detail: line };
}
