import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LittlefirstError } from '../../../errors.js';
import { parseLinkUrl } from '../../link/url.js';
import { type GdbAddress, gdbAddressText } from '../gdb/connection.js';
import type { GdbServer } from '../gdb/flasher.js';
import type { FlashRecipe, FlashStep, SegmentFile } from './flasher.js';
import { toSRecords } from './s-records.js';
import { gdbFile, jLinkFile, tclWord } from './script-text.js';

/** What all recipes take. */
export interface ToolOptions {
  /** Name or path of the program, where it is not the usual one. */
  command?: string;
  /** Milliseconds that one run of the tool may take. */
  budgetMilliseconds?: number;
}

/** A debug probe is always named: a bench may have several. */
export interface ProbeOptions extends ToolOptions {
  serialNumber: string;
}

const usualBudget = 120_000;
const hex = (value: number): string => `0x${value.toString(16)}`;

function writeStep(options: ToolOptions, command: string, args: string[]): FlashStep {
  return {
    phase: 'write',
    command: options.command ?? command,
    args,
    budgetMilliseconds: options.budgetMilliseconds ?? usualBudget,
  };
}

/** Refuses text that would leave its place in a tool's own script language. @throws LF_CONFIG_INVALID */
function plain(text: string, what: string): string {
  if (/^[\w.:+/-]+$/.test(text)) return text;
  throw new LittlefirstError(
    'LF_CONFIG_INVALID',
    `${what} has characters that a probe's script cannot hold`,
    {
      expected: 'letters, digits and . : + / - _',
      received: text,
    },
  );
}

export interface OpenOcdOptions extends ProbeOptions {
  /** Configuration files (`-f`), e.g. `interface/stlink.cfg`, `target/stm32l4x.cfg`, in this order. */
  files: readonly string[];
  /** Commands before the files (`-c`), e.g. `adapter driver dummy`. */
  commands?: readonly string[];
}

/**
 * OpenOCD 0.12 and later ("adapter serial"). Texts: recorded from 0.12 (wrote, verified, and a failed comparison on its test flash),
 * "verify failed in bank" and "contents differ" from the issues riscv-collab/riscv-openocd#1195 and ufrisk/pcileech-fpga#27. Its `verify_image` compares a checksum computed on the target. */
export function openOcdRecipe(options: OpenOcdOptions): FlashRecipe {
  const serial = plain(options.serialNumber, 'The serial number');
  return {
    name: 'openocd',
    verified: 'checksum',
    judge: {
      mismatch:
        /checksum mismatch|verify failed|contents differ|doesn't support checksum_memory|diff \d+ address/i,
      done: /verified \d+ bytes/,
      absent:
        /unable to find|No (J-Link )?device|open failed|LIBUSB_ERROR|unable to open|Invalid serial number/i,
      install: 'apt-get install openocd, or a build of 0.12 or later',
    },
    steps: async segments => {
      const script = [
        'init',
        'reset init',
        ...segments.map(
          ({ path, address }) => `flash write_image erase ${tclWord(path)} ${hex(address)} bin`,
        ),
        ...segments.map(({ path, address }) => `verify_image ${tclWord(path)} ${hex(address)} bin`),
        'reset run',
        'shutdown',
      ];
      const args = [
        ...(options.commands ?? []).flatMap(command => ['-c', command]),
        ...options.files.flatMap(file => ['-f', file]),
        ...['-c', `adapter serial ${serial}`],
        ...script.flatMap(command => ['-c', command]),
      ];
      return [{ ...writeStep(options, 'openocd', args), doneTimes: segments.length }];
    },
  };
}

export interface ProbeRsOptions extends ProbeOptions {
  /** Target name of probe-rs, e.g. `STM32L4R5ZITx`. */
  chip: string;
  /** USB vendor and product of the probe, four hex digits each: `0483:374b`. */
  vendorProduct: string;
}

/**
 * probe-rs: `--verify` reads everything back. Texts from its sources ("No connected probes were found.", "Flash content verification
 * failed.") and from probe-rs/probe-rs#3112, where versions from 0.25 refuse every RP2040 so; success has no text, only its status.
 */
export function probeRsRecipe(options: ProbeRsOptions): FlashRecipe {
  const probe = [
    '--probe',
    `${options.vendorProduct}:${options.serialNumber}`,
    '--chip',
    options.chip,
    '--non-interactive',
  ];
  return {
    name: 'probe-rs',
    verified: 'readback',
    judge: {
      mismatch: /Flash content verification failed/i,
      absent: /No connected probes were found|probe could not be (found|opened)|probe was not found/i,
      install: 'https://probe.rs: install probe-rs-tools 0.24 or later',
    },
    steps: async segments => [
      ...segments.map(({ path, address }) =>
        writeStep(options, 'probe-rs', [
          ...['download', ...probe, '--verify', '--binary-format', 'bin'],
          ...['--base-address', hex(address), path],
        ]),
      ),
      { ...writeStep(options, 'probe-rs', ['reset', ...probe]), phase: 'reset' as const },
    ],
  };
}

export interface JLinkOptions extends ProbeOptions {
  /** Device name of SEGGER's list, e.g. `STM32L4R5ZI`. */
  device: string;
  interface?: 'SWD' | 'JTAG';
  speedKilohertz?: number;
}

/**
 * J-Link Commander with a command file; `verifybin` reads everything back. "O.K." also follows a mere connection, so only
 * "Verify successful." counts, once a segment. Texts from published sessions of J-Link Commander ("Verify failed @ address
 * 0x0000001C." with "Expected 0C read 8A"), zephyrproject-rtos/zephyr#38595 ("Cannot connect to target.", "Writing failed.", status 0)
 * and tock/tockloader#70; a file whose suffix it does not know is "of unknown / unsupported format" and ends with status 0 too.
 */
export function jLinkRecipe(options: JLinkOptions): FlashRecipe {
  return {
    name: 'jlink',
    verified: 'readback',
    judge: {
      mismatch: /Verify failed/i,
      failed:
        /Cannot connect|Could not connect|Connecting to J-Link.*FAILED|Unknown command|Writing failed|Reading failed|unsupported format/i,
      done: /Verify successful\./,
      absent: /Cannot connect to J-Link|Connecting to J-Link.*FAILED|not connected via USB/i,
      install: 'https://www.segger.com/downloads/jlink: J-Link Software and Documentation Pack',
    },
    steps: async (segments, folder) => {
      const script = join(folder, 'flash.jlink');
      const places = (verb: string) =>
        segments.map(({ path, address }) => `${verb} ${jLinkFile(path)}, ${hex(address)}`);
      await writeFile(
        script,
        ['r', 'h', ...places('loadbin'), ...places('verifybin'), 'r', 'g', 'exit', ''].join('\n'),
      );
      const connect = [
        '-device',
        options.device,
        '-if',
        options.interface ?? 'SWD',
        '-speed',
        String(options.speedKilohertz ?? 4000),
      ];
      const args = [
        ...['-NoGui', '1', '-ExitOnError', '1', '-USB', options.serialNumber],
        ...connect,
        ...['-AutoConnect', '1', '-CommandFile', script],
      ];
      return [{ ...writeStep(options, 'JLinkExe', args), doneTimes: segments.length }];
    },
  };
}

/**
 * st-flash (stlink-tools 1.7): reads back what it wrote and says so. The answer without a probe was recorded from 1.7.0; the failed
 * verification is that of stlink-org/stlink#1320 and #818.
 */
export function stFlashRecipe(options: ProbeOptions): FlashRecipe {
  const probe = ['--serial', options.serialNumber];
  return {
    name: 'st-flash',
    verified: 'readback',
    judge: {
      mismatch: /Verification of flash failed|verification failed|Flash memory not verified/i,
      failed: /ERROR/,
      done: /Flash written and verified! jolly good!/,
      absent: /Couldn't find any ST-Link devices|ST-Link devices not found/i,
      install: 'apt-get install stlink-tools',
    },
    steps: async segments => [
      ...segments.map(({ path, address }) =>
        writeStep(options, 'st-flash', [...probe, 'write', path, hex(address)]),
      ),
      { ...writeStep(options, 'st-flash', [...probe, 'reset']), phase: 'reset' as const },
    ],
  };
}

export interface GdbToolOptions extends ToolOptions {
  /** The GDB server belongs to one probe, so its address names the probe. */
  address: GdbAddress;
  server: GdbServer;
}

/** What `target extended-remote` takes. */
function targetOf(address: GdbAddress): string {
  if ('path' in address) return address.path;
  if ('host' in address) return `${address.host}:${address.port}`;
  const link = parseLinkUrl(address.link);
  return link.kind === 'serial' ? link.path : address.link;
}

/** GDB itself against any GDB server: `load`, then `compare-sections` (by `qCRC` where the server has it, else by reading). */
export function gdbRecipe(options: GdbToolOptions): FlashRecipe {
  const where = targetOf(options.address);
  return {
    name: `gdb (${options.server.name} at ${gdbAddressText(options.address)})`,
    verified: 'checksum',
    judge: {
      mismatch: /MIS-MATCHED/,
      failed: /"monitor" command not supported|^error:/im,
      done: /matched\./,
      absent: /could not connect|Connection refused|No such file or directory\.$/im,
      install: 'apt-get install gdb-multiarch',
    },
    steps: async (segments, folder) => {
      const image = join(folder, 'image.srec');
      await writeFile(image, await toSRecords(segments));
      const monitor = (commands: readonly string[]) => commands.map(command => `monitor ${command}`);
      const commands = [
        ...[
          'set confirm off',
          'set pagination off',
          'set tcp auto-retry off',
          'set architecture arm',
          `file ${gdbFile(image)}`,
        ],
        `target extended-remote ${where}`,
        ...monitor(options.server.before),
        ...(options.server.attach === undefined ? [] : [`attach ${options.server.attach}`]),
        ...['load', 'compare-sections'],
        ...monitor(options.server.after),
        options.server.restarts ? 'kill' : 'detach',
      ];
      /* A script ends at its first error; with -ex GDB would go on, and compare the file with itself. */
      const script = join(folder, 'flash.gdb');
      await writeFile(script, `${commands.join('\n')}\n`);
      const args = ['-nx', '-batch', '-x', script];
      return [writeStep(options, 'gdb-multiarch', args)];
    },
  };
}

/** Steps that read every segment back into the temporary folder. */
export function readBackSteps(
  segments: readonly SegmentFile[],
  folder: string,
  step: (segment: SegmentFile, path: string) => FlashStep,
): FlashStep[] {
  return segments.map(segment => {
    const path = join(folder, `back-${segment.address.toString(16)}.bin`);
    return { ...step(segment, path), phase: 'read back' as const, readBack: { segment, path } };
  });
}
