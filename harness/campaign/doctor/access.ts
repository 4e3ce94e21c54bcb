import { constants } from 'node:fs';
import { access, readdir, readFile, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { type DeviceSources, describeDevice, listDevices } from '../../wire/devices/identity.js';
import type { DoctorFinding } from './finding.js';

export interface AccessOptions extends DeviceSources {
  /** Ids of the groups that this process belongs to; default: its own. */
  groups?: readonly number[];
  /** 0 is root, who may open everything. */
  userId?: number;
}

/** USB vendors of boards and probes that a flash tool opens, and where rules for them come from. */
const vendors = [
  {
    id: '2e8a',
    name: 'Raspberry Pi (Pico in its boot loader)',
    from: "the rules in picotool's folder udev/",
  },
  { id: '0483', name: 'ST (ST-Link, DFU, LPM01A)', from: 'apt-get install stlink-tools' },
  { id: '1366', name: 'SEGGER (J-Link)', from: "99-jlink.rules of SEGGER's package" },
] as const;

const ruleFolders = ['etc/udev/rules.d', 'run/udev/rules.d', 'usr/lib/udev/rules.d', 'lib/udev/rules.d'];
const reload = 'then `sudo udevadm control --reload && sudo udevadm trigger` and plug it in again';
const isOpenable = (path: string): Promise<boolean> =>
  access(path, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );

async function groupName(root: string, id: number): Promise<string> {
  const text = await readFile(join(root, 'etc/group'), 'utf8').catch(() => '');
  const line = text.split('\n').find(entry => entry.split(':')[2] === String(id));
  return line?.split(':')[0] ?? String(id);
}

/** How a user gets at a device file: by the group that it belongs to. */
async function groupFix(path: string, root: string): Promise<string> {
  const owner = await stat(path).catch(() => undefined);
  if (owner === undefined) return 'plug the device in again: its file has gone';
  const group = await groupName(root, owner.gid);
  if ((owner.mode & 0o060) !== 0o060)
    return `no group may open it: install udev rules for its vendor, ${reload}`;
  return `sudo usermod -aG ${group} ${userInfo().username}, and log in again`;
}

/** Every serial device with an identity, and whether this user may open it. */
export async function findDevices(options: AccessOptions = {}): Promise<DoctorFinding[]> {
  const devices = await listDevices(options);
  if (devices.length === 0)
    return [
      {
        area: 'device',
        what: 'serial devices',
        ok: true,
        required: false,
        detail: 'none connected; emulated boards need none',
      },
    ];
  return Promise.all(
    devices.map(async device => {
      const finding = { area: 'device', what: device.path, required: false } as const;
      const detail = describeDevice(device);
      if (await isOpenable(device.path)) return { ...finding, ok: true, detail };
      return {
        ...finding,
        ok: false,
        detail: `${detail}; it may not be opened`,
        fix: await groupFix(device.path, options.root ?? '/'),
      };
    }),
  );
}

interface UsbDevice {
  vendor: string;
  product: string;
  name: string;
  file: string;
}

/** USB devices of the known vendors, with their files below /dev/bus/usb, which flash tools open. */
async function usbDevices(root: string): Promise<UsbDevice[]> {
  const folder = join(root, 'sys/bus/usb/devices');
  const found = await Promise.all(
    (await readdir(folder).catch(() => [])).map(async name => {
      const read = (file: string) =>
        readFile(join(folder, name, file), 'utf8').then(
          text => text.trim(),
          () => '',
        );
      const [vendor, product, title, bus, device] = await Promise.all(
        ['idVendor', 'idProduct', 'product', 'busnum', 'devnum'].map(read),
      );
      const file = join(root, 'dev/bus/usb', bus.padStart(3, '0'), device.padStart(3, '0'));
      return { vendor, product, name: title, file };
    }),
  );
  return found.filter(({ vendor }) => vendors.some(({ id }) => id === vendor));
}

async function ruleFiles(root: string, vendor: string): Promise<string[]> {
  const found = new Set<string>();
  for (const folder of ruleFolders)
    for (const name of await readdir(join(root, folder)).catch(() => []))
      if (name.endsWith('.rules')) {
        const text = await readFile(join(root, folder, name), 'utf8').catch(() => '');
        if (text.toLowerCase().includes(vendor)) found.add(name);
      }
  return [...found].sort();
}

/** Whether flash tools may open what is plugged in, and whether there are udev rules for what may be plugged in. Linux only. */
export async function findUsbAccess(options: AccessOptions = {}): Promise<DoctorFinding[]> {
  const root = options.root ?? '/';
  const plugged = await usbDevices(root);
  return Promise.all(
    vendors.map(async ({ id, name, from }) => {
      const rules = await ruleFiles(root, id);
      const finding = { area: 'access', what: `udev rules for ${name}`, required: false } as const;
      const told = rules.length > 0 ? rules.join(', ') : 'none';
      for (const device of plugged.filter(({ vendor }) => vendor === id))
        if (!(await isOpenable(device.file)))
          return {
            ...finding,
            ok: false,
            detail: `${device.name} ${id}:${device.product} is connected, but ${device.file} may not be opened; rules: ${told}`,
            fix: `${from}; ${reload}`,
          };
      if (rules.length > 0) return { ...finding, ok: true, detail: told };
      return { ...finding, ok: false, detail: 'none; needed to flash as another user than root', fix: from };
    }),
  );
}

/** Whether this user is in the group that serial devices have (Debian: dialout). Linux only. */
export async function findGroups(options: AccessOptions = {}): Promise<DoctorFinding[]> {
  const root = options.root ?? '/';
  const { groups = process.getgroups?.() ?? [], userId = process.getuid?.() ?? 0 } = options;
  const text = await readFile(join(root, 'etc/group'), 'utf8').catch(() => '');
  const known = text.split('\n').map(line => line.split(':'));
  const serial = known.find(([name]) => name === 'dialout') ?? known.find(([name]) => name === 'uucp');
  if (serial === undefined) return [];
  const finding = { area: 'access', what: `group ${serial[0]}`, required: false } as const;
  if (userId === 0)
    return [{ ...finding, ok: true, detail: 'this is root, who may open every serial device' }];
  if (groups.includes(Number(serial[2])))
    return [{ ...finding, ok: true, detail: `${userInfo().username} is in it` }];
  return [
    {
      ...finding,
      ok: false,
      detail: `${userInfo().username} is not in it and may not open serial devices`,
      fix: `sudo usermod -aG ${serial[0]} ${userInfo().username}, and log in again`,
    },
  ];
}
