import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { asLittlefirstError } from '../errors.js';
import { parseLinkUrl } from '../link/link-url.js';
import { type DeviceSources, describeDevice, listDevices } from './devices.js';
import { loadBench } from './load-bench.js';

/** One thing that was looked at. */
export interface DoctorFinding {
  what: string;
  ok: boolean;
  /** What was found, or what is missing. */
  detail: string;
  /** What to do about it, where it is not well. */
  fix?: string;
}

export interface DoctorOptions extends DeviceSources {
  /** Folder of bench files. */
  benches?: string;
  /** Milliseconds that a tool may take to tell its version. */
  toolMilliseconds?: number;
}

/** Programs that some bench may need. */
const tools: { command: string; flag: string; need: string; fix: string }[] = [
  {
    command: 'qemu-system-arm',
    flag: '--version',
    need: 'the boards lm3s6965 and lm3s6965-m4',
    fix: 'apt-get install qemu-system-arm',
  },
  {
    command: 'gcc',
    flag: '--version',
    need: 'the timing plugin of the QEMU boards',
    fix: 'apt-get install gcc',
  },
  {
    command: 'arm-none-eabi-gcc',
    flag: '--version',
    need: 'rebuilding the firmware',
    fix: 'apt-get install gcc-arm-none-eabi',
  },
  { command: 'gdb-multiarch', flag: '--version', need: 'flasher gdb', fix: 'apt-get install gdb-multiarch' },
  { command: 'openocd', flag: '--version', need: 'flasher openocd', fix: 'apt-get install openocd' },
  { command: 'st-flash', flag: '--version', need: 'flasher st-flash', fix: 'apt-get install stlink-tools' },
  { command: 'dfu-util', flag: '--version', need: 'flasher dfu-util', fix: 'apt-get install dfu-util' },
  {
    command: 'picotool',
    flag: 'version',
    need: 'flasher picotool',
    fix: 'https://github.com/raspberrypi/picotool',
  },
  { command: 'probe-rs', flag: '--version', need: 'flasher probe-rs', fix: 'https://probe.rs' },
  { command: 'JLinkExe', flag: '-?', need: 'flasher jlink', fix: 'https://www.segger.com/downloads/jlink' },
  { command: 'uhubctl', flag: '--version', need: 'power by a USB hub', fix: 'apt-get install uhubctl' },
];

/** Whether a program is there, and its version line. */
export async function findTool(
  command: string,
  flag: string,
  need: string,
  fix: string,
  milliseconds = 5_000,
): Promise<DoctorFinding> {
  const result = await execa(command, [flag], {
    all: true,
    reject: false,
    stdin: 'ignore',
    timeout: milliseconds,
  });
  if (result.code === 'ENOENT')
    return { what: command, ok: false, detail: `not found; needed for ${need}`, fix };
  const line = (result.all ?? '').split('\n').find(text => text.trim() !== '');
  return { what: command, ok: true, detail: line ?? 'no version told' };
}

/** Every serial device with an identity, and whether this user may open it. */
export async function findDevices(options: DoctorOptions = {}): Promise<DoctorFinding[]> {
  const devices = await listDevices(options);
  if (devices.length === 0)
    return [{ what: 'serial devices', ok: true, detail: 'none connected; emulated boards need none' }];
  return Promise.all(
    devices.map(async device => {
      const detail = describeDevice(device);
      try {
        await access(device.path, constants.R_OK | constants.W_OK);
        return { what: device.path, ok: true, detail };
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code;
        return {
          what: device.path,
          ok: false,
          detail: `${detail}; it may not be opened (${code})`,
          fix: 'add yourself to the group of the device (`ls -l` shows it; Debian: sudo usermod -aG dialout $USER) and log in again',
        };
      }
    }),
  );
}

/** Whether a bench file can be read, and whether what its link names is there. */
export async function findBench(file: string): Promise<DoctorFinding> {
  try {
    const bench = await loadBench(file);
    const link = parseLinkUrl(bench.link);
    if (link.kind === 'serial')
      await access(link.path).catch(() => {
        throw new Error(`${link.path} is not there`);
      });
    return {
      what: file,
      ok: true,
      detail: `board ${bench.duts.map(dut => dut.board).join(', ')}, link ${bench.link}`,
    };
  } catch (error) {
    const known = asLittlefirstError(error);
    return {
      what: file,
      ok: false,
      detail: known.message,
      fix: known.detail.hint ?? 'connect the board, or correct the file',
    };
  }
}

/** Everything that `littlefirst doctor` says of this machine's bench. */
export async function examine(options: DoctorOptions = {}): Promise<DoctorFinding[]> {
  const { benches } = options;
  const names =
    benches === undefined ? [] : (await readdir(benches)).filter(name => name.endsWith('.yaml')).sort();
  const found = await Promise.all([
    Promise.all(
      tools.map(({ command, flag, need, fix }) =>
        findTool(command, flag, need, fix, options.toolMilliseconds),
      ),
    ),
    findDevices(options),
    Promise.all(names.map(name => findBench(join(benches as string, name)))),
  ]);
  return found.flat();
}
