import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A USB serial device as it is plugged in. */
export interface Plugged {
  vid: string;
  pid: string;
  product: string;
  serial?: string;
  socket: string;
  interfaceNumber?: number;
  interfaceName?: string;
  /** What the device file leads to. */
  target?: string;
}

/** What of it a system shows. */
export interface Seen {
  sysfs: boolean;
  udev: boolean;
}

/** Makes `/dev` and `/sys` as Linux would after these devices were found in this order. */
export async function enumerate(root: string, devices: readonly Plugged[], seen: Seen): Promise<void> {
  await rm(root, { recursive: true, force: true });
  const link = async (target: string, path: string) => {
    await mkdir(dirname(path), { recursive: true });
    await symlink(target, path);
  };
  for (const [index, device] of devices.entries()) {
    const tty = `ttyACM${index}`;
    const number = (device.interfaceNumber ?? 0).toString(16).padStart(2, '0');
    await mkdir(join(root, 'dev'), { recursive: true });
    if (device.target === undefined) await writeFile(join(root, 'dev', tty), '');
    else await symlink(device.target, join(root, 'dev', tty));
    if (seen.udev) {
      const serial = device.serial === undefined ? '' : `_${device.serial}`;
      const id = `usb-Maker_${device.product}${serial}-if${number}`;
      await link(`../../${tty}`, join(root, 'dev/serial/by-id', id)).catch(() => undefined);
      await link(
        `../../${tty}`,
        join(root, 'dev/serial/by-path', `pci-0-usb-0:${device.socket}:1.${number}`),
      );
    }
    if (!seen.sysfs) continue;
    const usb = join(root, 'sys/devices/usb1', `1-${device.socket}`);
    const interfaceFolder = join(usb, `1-${device.socket}:1.${number}`);
    await mkdir(join(interfaceFolder, 'tty', tty), { recursive: true });
    await writeFile(join(interfaceFolder, 'bInterfaceNumber'), `${number}\n`);
    if (device.interfaceName !== undefined)
      await writeFile(join(interfaceFolder, 'interface'), `${device.interfaceName}\n`);
    await writeFile(join(usb, 'idVendor'), `${device.vid}\n`);
    await writeFile(join(usb, 'idProduct'), `${device.pid}\n`);
    if (device.serial !== undefined) await writeFile(join(usb, 'serial'), `${device.serial}\n`);
    await link(
      join('../../../devices/usb1', `1-${device.socket}`, `1-${device.socket}:1.${number}`),
      join(root, 'sys/class/tty', tty, 'device'),
    );
  }
}
