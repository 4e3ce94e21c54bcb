import { realpath } from 'node:fs/promises';
import type { BindingInterface } from '../link/binding.js';
import { closeLink, type Link, openLink } from '../link/open.js';
import { type ControlLines, parseLinkUrl } from '../link/url.js';
import { type DeviceSources, listDevices, resolveDevice, type SerialDevice } from './identity.js';
import { lockDevice } from './lock.js';
import type { DeviceChoice } from './schema.js';

/** What a bench file says of a line: a device by its identity, or a link URL. */
export interface LineChoice {
  link: string;
  device?: DeviceChoice;
}

export interface OpenLineOptions {
  /** What the device is on the bench, for messages: `board`, `meter`. */
  role: string;
  /** Rate where neither URL nor device names one, bits per second. */
  baudRate: number;
  /** The board's wish for its control lines, where neither URL nor device names one. */
  lines?: ControlLines;
  /** What is told to whoever finds the device locked. */
  purpose?: string;
  sources?: DeviceSources;
  /** Opens serial ports instead of the system's own binding. */
  serialBinding?: BindingInterface;
}

/** An open line that no other run has. */
export interface OpenLine {
  link: Link;
  /** The device behind it, where it is one of this machine. */
  device?: SerialDevice;
  /** Closes the line, then frees the device. */
  close(): Promise<void>;
}

function lineState(
  choice: 'on' | 'off' | 'leave' | undefined,
  board: boolean | undefined,
): boolean | undefined {
  if (choice === undefined) return board;
  return choice === 'leave' ? undefined : choice === 'on';
}

/** The device that a link's path leads to; a port that the system knows nothing of is known by its path. */
async function deviceBehind(path: string, sources: DeviceSources | undefined): Promise<SerialDevice> {
  const real = await realpath(path).catch(() => path);
  const devices = await listDevices(sources);
  for (const device of devices)
    if ((await realpath(device.path).catch(() => device.path)) === real) return { ...device, path };
  return { path: real };
}

/** The one device that a bench file means. @throws LF_DEVICE_MISSING, LF_DEVICE_AMBIGUOUS */
export function findDevice(
  { baudRate: _baud, dtr: _dtr, rts: _rts, ...identity }: DeviceChoice,
  role: string,
  sources?: DeviceSources,
): Promise<SerialDevice> {
  return resolveDevice({ ...identity, role }, sources);
}

/**
 * The choice that finds a device again which was found at a path: a port that enumerates anew may get another path.
 * @param seen what was behind the link when it was opened first
 */
export function sameDevice(choice: LineChoice, seen: SerialDevice | undefined): LineChoice {
  if (choice.device !== undefined || seen?.serialNumber === undefined) return choice;
  const address = parseLinkUrl(choice.link);
  if (address.kind !== 'serial') return choice;
  const state = (line: boolean | undefined) => (line === undefined ? undefined : line ? 'on' : 'off');
  const { serialNumber, vendorId: vid, productId: pid, interfaceNumber } = seen;
  return {
    link: choice.link,
    device: {
      serialNumber,
      vid,
      pid,
      interface: interfaceNumber,
      baudRate: /[?&]baud=/.test(choice.link) ? address.baudRate : undefined,
      dtr: state(address.dtr),
      rts: state(address.rts),
    },
  };
}

/** The choice with another line rate, whatever rate it names, bits per second. */
export function atRate({ link, device }: LineChoice, baudRate: number): LineChoice {
  return {
    link: link.replace(/([?&]baud=)\d+/, `$1${baudRate}`),
    device: device === undefined ? undefined : { ...device, baudRate },
  };
}

/** Path or URL to open, and the device to lock. */
async function findLine(
  { link, device }: LineChoice,
  { role, baudRate, sources }: OpenLineOptions,
): Promise<{ url: string; target: SerialDevice; isDevice: boolean }> {
  if (device !== undefined) {
    const target = await findDevice(device, role, sources);
    return { url: `serial:${target.path}`, target, isDevice: true };
  }
  const address = parseLinkUrl(link, baudRate);
  if (address.kind !== 'serial') return { url: link, target: { path: link }, isDevice: false };
  return { url: link, target: await deviceBehind(address.path, sources), isDevice: true };
}

/**
 * Finds a device by its identity, takes its lock, and opens it. Every line is locked, a network's too: two runs on one board
 * spoil both.
 * @throws LF_DEVICE_MISSING, LF_DEVICE_AMBIGUOUS, LF_LINK_BUSY naming the holder, LF_LINK_OPEN, LF_CONFIG_INVALID
 */
export async function openLine(choice: LineChoice, options: OpenLineOptions): Promise<OpenLine> {
  const { device } = choice;
  const { url, target, isDevice } = await findLine(choice, options);
  const lock = await lockDevice(target, { purpose: options.purpose });
  try {
    const link = await openLink(url, {
      baudRate: device?.baudRate ?? options.baudRate,
      lines: {
        dtr: lineState(device?.dtr, options.lines?.dtr),
        rts: lineState(device?.rts, options.lines?.rts),
      },
      serialBinding: options.serialBinding,
    });
    return {
      link,
      device: isDevice ? target : undefined,
      close: async () => {
        try {
          await closeLink(link);
        } finally {
          await lock.release();
        }
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}
