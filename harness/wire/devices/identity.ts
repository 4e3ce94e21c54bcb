import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type ErrorFields, LittlefirstError } from '../../errors.js';
import { systemPorts } from '../link/system-ports.js';
import { isPlaceholder } from './placeholder.js';
import { fromListed, type ListedPort } from './system-list.js';

/** A serial device as it is connected now. */
export interface SerialDevice {
  /** Device file to open, e.g. `/dev/ttyACM0`. Changes from one enumeration to the next: never store it. */
  path: string;
  /** USB serial number, as the device itself tells it. */
  serialNumber?: string;
  /** USB vendor and product, four lower-case hex digits each. */
  vendorId?: string;
  productId?: string;
  /** Number of the USB interface; a device with several serial ports has several. */
  interfaceNumber?: number;
  /** What the device calls that interface; on Windows what the device manager shows of it. */
  interfaceName?: string;
  /** The USB socket: name below `/dev/serial/by-path`, or the bus and its ports (`1-2.3`) where there is no such link. */
  port?: string;
  /** Name below `/dev/serial/by-id`. */
  id?: string;
}

/** What a bench file says about a device; every given field must fit. */
export interface DeviceRequest {
  serialNumber?: string;
  /** By-path name or bus and ports, see `SerialDevice.port`. */
  port?: string;
  /** By-id name. */
  id?: string;
  vid?: string;
  pid?: string;
  /** Number, or name as the device tells it. */
  interface?: number | string;
  /** What the device is on the bench, for messages: `board`, `meter`, ... */
  role: string;
}

export interface DeviceSources {
  /** Where `dev` and `sys` are; a folder of its own in tests. */
  root?: string;
  /** Default: `SerialPort.list()`, which fails on Linux without udevadm; that is no failure here. */
  list?: () => Promise<ListedPort[]>;
}

async function systemList(): Promise<ListedPort[]> {
  return (await systemPorts()).list();
}

const names = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
const text = (file: string): Promise<string | undefined> =>
  readFile(file, 'utf8').then(
    content => content.trim() || undefined,
    () => undefined,
  );

/** Device file -> link name, of one folder below /dev/serial. */
async function linkNames(root: string, kind: 'by-id' | 'by-path'): Promise<Map<string, string>> {
  const folder = join(root, 'dev/serial', kind);
  const pairs = await Promise.all(
    (await names(folder)).map(async name => {
      const target = await targetName(join(folder, name));
      return target === undefined ? undefined : ([target, name] as const);
    }),
  );
  return new Map(pairs.filter(pair => pair !== undefined));
}

/** The name in /dev that a link of udev points at; the links are relative and one level deep. */
async function targetName(link: string): Promise<string | undefined> {
  const target = await readlink(link).catch(() => undefined);
  return target === undefined ? undefined : basename(target);
}

/** What the kernel tells of a tty: the USB device above it, needing neither udev nor its tools. */
async function fromSysfs(root: string, name: string): Promise<Partial<SerialDevice>> {
  let folder = await realpath(join(root, 'sys/class/tty', name, 'device')).catch(() => undefined);
  let interfaceNumber: number | undefined;
  let interfaceName: string | undefined;
  const top = await realpath(join(root, 'sys')).catch(() => '/sys');
  while (folder?.startsWith(`${top}/`)) {
    const number = await text(join(folder, 'bInterfaceNumber'));
    if (number !== undefined && interfaceNumber === undefined) {
      interfaceNumber = Number.parseInt(number, 16);
      interfaceName = await text(join(folder, 'interface'));
    }
    const vendorId = await text(join(folder, 'idVendor'));
    if (vendorId !== undefined)
      return {
        vendorId,
        productId: await text(join(folder, 'idProduct')),
        serialNumber: await text(join(folder, 'serial')),
        interfaceNumber,
        interfaceName,
        port: basename(folder),
      };
    folder = dirname(folder);
  }
  return {};
}

/** Serial number and interface from a by-id name: `usb-Raspberry_Pi_Pico_E66164084329A932-if00`. */
function fromIdName(name: string | undefined): Partial<SerialDevice> {
  const match = name === undefined ? null : /^usb-.*_([^_]+?)(?:-if([0-9a-f]{2}))?(?:-port\d+)?$/i.exec(name);
  if (match === null) return {};
  return {
    serialNumber: match[1],
    interfaceNumber: match[2] === undefined ? undefined : Number.parseInt(match[2], 16),
  };
}

const known = <T extends object>(value: T): Partial<T> =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Partial<T>;

/**
 * All serial devices that have an identity: from the kernel (`/sys/class/tty`), udev's links and `SerialPort.list()`, joined
 * by device file. Where they differ the kernel is right.
 */
export async function listDevices(sources: DeviceSources = {}): Promise<SerialDevice[]> {
  const root = sources.root ?? '/';
  const [byId, byPath, ttys, listed] = await Promise.all([
    linkNames(root, 'by-id'),
    linkNames(root, 'by-path'),
    names(join(root, 'sys/class/tty')),
    (sources.list ?? systemList)().catch(() => [] as ListedPort[]),
  ]);
  const device = (name: string) => join(root, 'dev', name);
  const found = new Map<string, SerialDevice>();
  const add = (path: string, part: Partial<SerialDevice>) =>
    found.set(path, { ...found.get(path), ...known(part), path });
  for (const port of listed) {
    const facts = fromListed(port);
    if (facts.serialNumber !== undefined || facts.vendorId !== undefined) add(port.path, facts);
  }
  for (const [name, id] of byId) add(device(name), { ...fromIdName(id), id });
  for (const [name, port] of byPath) add(device(name), { port });
  for (const name of ttys) {
    const facts = await fromSysfs(root, name);
    if (facts.vendorId !== undefined) add(device(name), { ...facts, port: byPath.get(name) ?? facts.port });
  }
  return [...found.values()].sort((a, b) => a.path.localeCompare(b.path));
}

/** Hex digits, and serial numbers too: Windows writes them in lower case. */
const sameText = (a: string | undefined, b: string): boolean => a?.toLowerCase() === b.toLowerCase();

function isInterface({ interfaceNumber, interfaceName }: SerialDevice, wanted: number | string): boolean {
  if (typeof wanted === 'number') return interfaceNumber === wanted;
  return /^\d{1,3}$/.test(wanted) ? interfaceNumber === Number(wanted) : sameText(interfaceName, wanted);
}

function fits(device: SerialDevice, request: DeviceRequest): boolean {
  return (
    (request.serialNumber === undefined || sameText(device.serialNumber, request.serialNumber)) &&
    (request.port === undefined || device.port === request.port) &&
    (request.id === undefined || device.id === request.id) &&
    (request.vid === undefined || sameText(device.vendorId, request.vid)) &&
    (request.pid === undefined || sameText(device.productId, request.pid)) &&
    (request.interface === undefined || isInterface(device, request.interface))
  );
}

/** One device in words. */
export function describeDevice(device: SerialDevice): string {
  const parts = [
    device.path,
    `${device.vendorId ?? '????'}:${device.productId ?? '????'}`,
    `serial number ${device.serialNumber ?? 'none'}`,
    `port ${device.port ?? 'unknown'}`,
  ];
  if (device.interfaceNumber !== undefined || device.interfaceName !== undefined)
    parts.push(
      ['interface', device.interfaceNumber, device.interfaceName && JSON.stringify(device.interfaceName)]
        .filter(part => part !== undefined)
        .join(' '),
    );
  return parts.join(', ');
}

/** What would tell the candidates apart: a field that all of them have, with a different value each. */
function tellApart(candidates: readonly SerialDevice[]): string {
  const distinct = (field: 'serialNumber' | 'port' | 'interfaceNumber') => {
    const values = candidates.map(candidate => candidate[field]);
    return !values.includes(undefined) && new Set(values).size === values.length;
  };
  if (distinct('serialNumber')) return 'give serialNumber';
  if (distinct('port')) return 'give port (the USB socket): their serial numbers do not tell them apart';
  if (distinct('interfaceNumber')) return 'give interface: they are ports of one device';
  return 'give serialNumber or port together with interface';
}

/**
 * Finds the one device that a request means; never the first of several.
 * @throws LF_DEVICE_MISSING, LF_DEVICE_AMBIGUOUS
 */
export async function resolveDevice(
  request: DeviceRequest,
  sources: DeviceSources = {},
): Promise<SerialDevice> {
  const devices = await listDevices(sources);
  const candidates = devices.filter(device => fits(device, request));
  if (candidates.length === 1) return candidates[0];
  const { role, ...wanted } = request;
  const asked = Object.entries(known(wanted))
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');
  const fields: ErrorFields = { role, ...wanted, candidates: candidates.map(({ path }) => path) };
  const list = (found: readonly SerialDevice[]) =>
    found.map(device => `\n    ${describeDevice(device)}`).join('') || 'no serial device with an identity';
  if (candidates.length === 0 && isPlaceholder(request.serialNumber))
    throw new LittlefirstError(
      'LF_DEVICE_MISSING',
      `The bench file does not say yet which ${role} it means`,
      {
        expected: `the serial number of your ${role} instead of the placeholder ${request.serialNumber}`,
        received: list(devices),
        hint: '`littlefirst doctor --write <bench file>` puts the number of the connected device in',
        fields,
      },
    );
  if (candidates.length === 0)
    throw new LittlefirstError('LF_DEVICE_MISSING', `The ${role} is not connected`, {
      expected: asked || 'a serial device',
      received: list(devices),
      hint: 'check cable and power; `littlefirst doctor` lists what is connected',
      fields,
    });
  throw new LittlefirstError('LF_DEVICE_AMBIGUOUS', `${candidates.length} devices could be the ${role}`, {
    expected: `one device with ${asked || 'any identity'}`,
    received: list(candidates),
    hint: tellApart(candidates),
    fields,
  });
}
