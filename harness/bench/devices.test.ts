import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Duplex } from 'node:stream';
import * as nodePty from '@lydell/node-pty';
import { expect } from 'chai';
import { Random } from '../data/random.js';
import { type ErrorCode, LittlefirstError } from '../errors.js';
import { closeLink, openLink } from '../link/open-link.js';
import {
  type DeviceRequest,
  type DeviceSources,
  listDevices,
  resolveDevice,
  type SerialDevice,
} from './devices.js';
import { lockDevice } from './devices-lock.js';

async function failure(promise: Promise<unknown>, code: ErrorCode): Promise<LittlefirstError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(LittlefirstError);
  expect((error as LittlefirstError).code, (error as Error).message).to.equal(code);
  return error as LittlefirstError;
}

/** `open` of node-pty, which its type declarations leave out. */
const { open: openPty } = nodePty as unknown as {
  open(options: { encoding: null }): { master: Duplex; _slave: { destroy(): void }; _pty: string };
};

interface Plugged {
  vid: string;
  pid: string;
  product: string;
  serial?: string;
  socket: string;
  interfaceNumber?: number;
  /** What the device file leads to. */
  target?: string;
}

interface Seen {
  sysfs: boolean;
  udev: boolean;
}

/** Makes `/dev` and `/sys` as Linux would after these devices were found in this order. */
async function enumerate(root: string, devices: readonly Plugged[], seen: Seen): Promise<void> {
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
    await writeFile(join(usb, 'idVendor'), `${device.vid}\n`);
    await writeFile(join(usb, 'idProduct'), `${device.pid}\n`);
    if (device.serial !== undefined) await writeFile(join(usb, 'serial'), `${device.serial}\n`);
    await link(
      join('../../../devices/usb1', `1-${device.socket}`, `1-${device.socket}:1.${number}`),
      join(root, 'sys/class/tty', tty, 'device'),
    );
  }
}

const pico = { vid: '2e8a', pid: '000a', product: 'Pico' };
const ppk2 = { vid: '1915', pid: 'c00a', product: 'PPK2' };

describe('devices', () => {
  let folder: string;
  let root: string;
  let sources: DeviceSources;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lf-devices-'));
    root = join(folder, 'root');
    sources = { root, list: () => Promise.reject(new Error('udevadm is missing')) };
  });
  after(() => rm(folder, { recursive: true }));

  it('reads serial number, vendor, product, interface and socket from the kernel and from udev', async () => {
    await enumerate(root, [{ ...pico, serial: 'E66A', socket: '2.3', interfaceNumber: 1 }], {
      sysfs: true,
      udev: true,
    });
    const facts = { serialNumber: 'E66A', interfaceNumber: 1, path: join(root, 'dev/ttyACM0') };
    const both = {
      ...facts,
      vendorId: '2e8a',
      productId: '000a',
      id: 'usb-Maker_Pico_E66A-if01',
      port: 'pci-0-usb-0:2.3:1.01',
    };
    expect(await listDevices(sources)).to.deep.equal([both]);
    await enumerate(root, [{ ...pico, serial: 'E66A', socket: '2.3', interfaceNumber: 1 }], {
      sysfs: true,
      udev: false,
    });
    expect(await listDevices(sources)).to.deep.equal([
      { ...facts, vendorId: '2e8a', productId: '000a', port: '1-2.3' },
    ]);
    await enumerate(root, [{ ...pico, serial: 'E66A', socket: '2.3', interfaceNumber: 1 }], {
      sysfs: false,
      udev: true,
    });
    expect(await listDevices(sources)).to.deep.equal([{ ...facts, id: both.id, port: both.port }]);
  });

  it("takes SerialPort's list where there is nothing else", async () => {
    await rm(root, { recursive: true });
    const list = async () => [
      { path: 'COM7', serialNumber: 'A1', vendorId: '2E8A', productId: '000A' },
      { path: 'COM1' },
    ];
    expect(
      (await resolveDevice({ serialNumber: 'A1', vid: '2e8a', role: 'board' }, { root, list })).path,
    ).to.equal('COM7');
  });

  it('says what would tell candidates apart', async () => {
    const cases: [Plugged[], RegExp][] = [
      [
        [
          { ...pico, serial: 'A', socket: '1' },
          { ...pico, serial: 'B', socket: '2' },
        ],
        /give serialNumber/,
      ],
      [
        [
          { ...pico, socket: '1' },
          { ...pico, socket: '2' },
        ],
        /give port/,
      ],
      [
        [
          { ...pico, serial: 'A', socket: '1' },
          { ...pico, serial: 'A', socket: '2' },
        ],
        /give port/,
      ],
      [
        [
          { ...ppk2, serial: 'A', socket: '1', interfaceNumber: 1 },
          { ...ppk2, serial: 'A', socket: '1', interfaceNumber: 3 },
        ],
        /give interface/,
      ],
    ];
    for (const [plugged, hint] of cases) {
      await enumerate(root, plugged, { sysfs: true, udev: false });
      const error = await failure(
        resolveDevice({ vid: plugged[0].vid, role: 'board' }, sources),
        'LF_DEVICE_AMBIGUOUS',
      );
      expect(error.detail.hint).to.match(hint);
      expect(error.message).to.include('ttyACM0').and.to.include('ttyACM1');
    }
    const missing = await failure(
      resolveDevice({ serialNumber: 'Z', role: 'meter' }, sources),
      'LF_DEVICE_MISSING',
    );
    expect(missing.message).to.include('meter').and.to.include('serialNumber Z').and.to.include('ttyACM1');
  });

  it('never swaps two equal boards and two equal meters over 200 random re-enumerations', async function () {
    this.timeout(60_000);
    const random = new Random(7, 42);
    const things = [
      { ...pico, serial: 'E66A01', socket: '1.1' },
      { ...pico, serial: 'E66A02', socket: '1.2' },
      { ...ppk2, socket: '2.1', interfaceNumber: 1 },
      { ...ppk2, socket: '2.2', interfaceNumber: 1 },
    ].map((thing, index) => {
      const pty = openPty({ encoding: null });
      const target = pty._pty;
      /* Held open, so that the terminal survives while nobody has it open. */
      const held = openSync(target, constants.O_RDWR | constants.O_NOCTTY);
      pty._slave.destroy();
      pty.master.on('data', (asked: Buffer) => {
        if (asked.includes('?')) pty.master.write(`device ${index}\n`);
      });
      return { ...thing, target, pty, held };
    });
    try {
      for (let round = 0; round < 200; round += 1) {
        const order = [...things].sort(() => random.uniform() - 0.5).filter(() => random.uniform() < 0.9);
        const seen = { sysfs: round % 3 !== 0, udev: round % 3 !== 1 };
        await enumerate(root, order, seen);
        const port = (socket: string, number: string) =>
          seen.udev ? `pci-0-usb-0:${socket}:1.${number}` : `1-${socket}`;
        const requests: DeviceRequest[] = [
          { serialNumber: 'E66A01', role: 'board' },
          { serialNumber: 'E66A02', role: 'second board' },
          { port: port('2.1', '01'), role: 'meter' },
          { port: port('2.2', '01'), role: 'second meter' },
        ];
        for (const [index, request] of requests.entries()) {
          if (!order.includes(things[index])) {
            await failure(resolveDevice(request, sources), 'LF_DEVICE_MISSING');
            continue;
          }
          const { path } = await resolveDevice(request, sources);
          expect(await realpath(path), `round ${round}`).to.equal(things[index].target);
          if (round % 5 !== 0) continue;
          const link = await openLink(`serial:${path}`);
          const answer = once(link, 'data');
          link.write('?');
          expect(String((await answer)[0]), `round ${round}`).to.include(`device ${index}`);
          await closeLink(link);
        }
      }
    } finally {
      for (const { pty, held } of things) {
        closeSync(held);
        pty.master.destroy();
      }
    }
  });

  describe('lock', () => {
    const device: SerialDevice = {
      path: '/dev/ttyACM0',
      serialNumber: `test-${process.pid}`,
      vendorId: '2e8a',
      productId: '000a',
    };

    for (const kind of ['without a file', 'with a file'])
      it(`is exclusive, names its holder and is free after release (${kind})`, async () => {
        const place = kind === 'with a file' ? { folder } : {};
        const lock = await lockDevice(device, { purpose: 'campaign 7', ...place });
        const error = await failure(lockDevice({ ...device, path: '/dev/ttyACM9' }, place), 'LF_LINK_BUSY');
        expect(error.message).to.include(`process ${process.pid}: campaign 7`);
        const other = await lockDevice({ ...device, serialNumber: 'other' }, place);
        await other.release();
        await lock.release();
        await (await lockDevice(device, place)).release();
      });

    for (const kind of ['without a file', 'with a file'])
      it(`dies with its process (${kind})`, async () => {
        const place = kind === 'with a file' ? { folder } : {};
        const module = new URL('./devices-lock.ts', import.meta.url).href;
        const script = `const { lockDevice } = await import(${JSON.stringify(module)});
          await lockDevice(${JSON.stringify(device)}, { purpose: 'doomed', ...${JSON.stringify(place)} });
          console.log('held'); setInterval(() => {}, 1000);`;
        const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const exited = once(child, 'exit');
        await once(child.stdout, 'data');
        const error = await failure(lockDevice(device, place), 'LF_LINK_BUSY');
        expect(error.message).to.include(`process ${child.pid}: doomed`);
        child.kill('SIGKILL');
        await exited;
        await (await lockDevice(device, place)).release();
      });
  });
});
