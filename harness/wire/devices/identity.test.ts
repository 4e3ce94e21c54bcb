import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import { Random } from '../../data/random.js';
import { openTerminal } from '../../emulator/instruments/terminal.js';
import { moduleHref, nodeWords } from '../../testing/child.js';
import { enumerate, type Plugged } from '../../testing/devices/usb.js';
import { failure } from '../../testing/failure.js';
import {
  type DeviceRequest,
  type DeviceSources,
  listDevices,
  resolveDevice,
  type SerialDevice,
} from './identity.js';
import { lockDevice } from './lock.js';
import { type OpenLine, openLine } from './open-line.js';
import type { DeviceChoice } from './schema.js';
import type { ListedPort } from './system-list.js';

const pico = { vid: '2e8a', pid: '000a', product: 'Pico' };
const ppk2 = { vid: '1915', pid: 'c00a', product: 'PPK2' };

const hasFlock =
  process.platform === 'linux' && (await execa('flock', ['--version'], { reject: false })).exitCode === 0;

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

  /* As node-serialport lists them; shapes from serialport/node-serialport#1220, MadLittleMods/node-usb-detection#128 and Hammerspoon/hammerspoon#2862. */
  const darwin = [
    { path: '/dev/tty.Bluetooth-Incoming-Port' },
    {
      path: '/dev/tty.usbmodem132456781',
      manufacturer: 'Loupedeck',
      serialNumber: '13245678',
      locationId: '14400000',
      vendorId: '2ec2',
      productId: '0003',
    },
    {
      path: '/dev/tty.usbmodem0006834929131',
      manufacturer: 'SEGGER',
      serialNumber: '000683492913',
      locationId: '14200000',
      vendorId: '1366',
      productId: '1015',
    },
    {
      path: '/dev/tty.usbmodem0006834929133',
      manufacturer: 'SEGGER',
      serialNumber: '000683492913',
      locationId: '14200000',
      vendorId: '1366',
      productId: '1015',
    },
    {
      path: '/dev/tty.usbmodem14301',
      manufacturer: 'ST',
      locationId: '14300000',
      vendorId: '0483',
      productId: '5740',
    },
    {
      path: '/dev/tty.SLAB_USBtoUART',
      manufacturer: 'Silicon Labs',
      serialNumber: '0001',
      locationId: '14500000',
      vendorId: '10c4',
      productId: 'ea60',
    },
  ];
  const windows = [
    { path: 'COM1', pnpId: 'ACPI\\PNP0501\\0', friendlyName: 'Communications Port (COM1)' },
    {
      path: 'COM12',
      serialNumber: '0021003a4341570720323032',
      pnpId: 'USB\\VID_0483&PID_5740\\0021003A4341570720323032',
      locationId: 'Port_#0003.Hub_#0001',
      vendorId: '0483',
      productId: '5740',
      friendlyName: 'USB Serial Device (COM12)',
    },
    {
      path: 'COM5',
      serialNumber: 'e66164084329a932',
      pnpId: 'USB\\VID_2E8A&PID_000C&MI_01\\6&3A4B&0&0001',
      locationId: '0000.0014.0000.003.000.000.000.000.000',
      vendorId: '2E8A',
      productId: '000C',
      friendlyName: 'USB Serial Device (COM5)',
    },
    {
      path: 'COM6',
      serialNumber: '7&1f2e3d&0&0003',
      pnpId: 'USB\\VID_1915&PID_C00A&MI_03\\7&1F2E3D&0&0003',
      vendorId: '1915',
      productId: 'C00A',
      friendlyName: 'nRF Connect USB CDC ACM (COM6)',
    },
    {
      path: 'COM23',
      serialNumber: 'A51MAMME',
      pnpId: 'FTDIBUS\\VID_0403+PID_6001+A51MAMMEA\\0000',
      vendorId: '0403',
      productId: '6001',
      friendlyName: 'USB Serial Port (COM23)',
    },
    {
      path: 'COM24',
      serialNumber: 'FT4ABCB',
      pnpId: 'FTDIBUS\\VID_0403+PID_6011+FT4ABCB\\0000',
      vendorId: '0403',
      productId: '6011',
      friendlyName: 'USB Serial Port (COM24)',
    },
  ];
  const recorded: [what: string, ports: ListedPort[], request: Omit<DeviceRequest, 'role'>, path: string][] =
    [
      ['macOS: a serial number', darwin, { serialNumber: '13245678' }, '/dev/tty.usbmodem132456781'],
      [
        'macOS: the first port of two',
        darwin,
        { serialNumber: '000683492913', interface: 0 },
        '/dev/tty.usbmodem0006834929131',
      ],
      [
        'macOS: the second',
        darwin,
        { serialNumber: '000683492913', interface: '2' },
        '/dev/tty.usbmodem0006834929133',
      ],
      ['macOS: a place', darwin, { port: '14300000', interface: 0 }, '/dev/tty.usbmodem14301'],
      ['macOS: another driver, leading zeros', darwin, { serialNumber: '0001' }, '/dev/tty.SLAB_USBtoUART'],
      [
        'Windows: a serial number in either case',
        windows,
        { serialNumber: '0021003A4341570720323032', vid: '0483' },
        'COM12',
      ],
      [
        'Windows: a function of several',
        windows,
        { serialNumber: 'E66164084329A932', interface: 1, pid: '000c' },
        'COM5',
      ],
      [
        'Windows: by what the device manager shows',
        windows,
        { vid: '1915', interface: 'nrf connect usb cdc acm' },
        'COM6',
      ],
      ['Windows: FTDI', windows, { serialNumber: 'A51MAMME' }, 'COM23'],
      ['Windows: a channel of FTDI', windows, { serialNumber: 'FT4ABC', interface: 1 }, 'COM24'],
    ];
  for (const [what, ports, request, path] of recorded)
    it(`finds by a recorded list, ${what}`, async () => {
      const empty = { root: join(folder, 'nothing'), list: async () => ports };
      expect((await resolveDevice({ ...request, role: 'board' }, empty)).path).to.equal(path);
    });

  it('takes no place that Windows made up for a serial number, and no port without an identity', async () => {
    const found = await listDevices({ root: join(folder, 'nothing'), list: async () => windows });
    expect(found.map(({ serialNumber }) => serialNumber)).to.have.members([
      '0021003a4341570720323032',
      'e66164084329a932',
      undefined,
      'A51MAMME',
      'FT4ABC',
    ]);
    const mac = await listDevices({ root: join(folder, 'nothing'), list: async () => darwin });
    expect(mac.map(({ path }) => path)).not.to.include('/dev/tty.Bluetooth-Incoming-Port');
  });

  it('knows an interface by its name too', async () => {
    const probe = { ...pico, serial: 'A', socket: '1' };
    await enumerate(
      root,
      [
        { ...probe, interfaceNumber: 0, interfaceName: 'CMSIS-DAP' },
        { ...probe, interfaceNumber: 2, interfaceName: 'Board CDC' },
      ],
      { sysfs: true, udev: false },
    );
    const find = (wanted: number | string) =>
      resolveDevice({ serialNumber: 'A', interface: wanted, role: 'board' }, sources);
    for (const wanted of ['Board CDC', 'board cdc', '2', 2])
      expect((await find(wanted)).path).to.match(/ttyACM1$/);
    const missing = await failure(find('UART'), 'LF_DEVICE_MISSING');
    expect(missing.message).to.contain('interface 2 "Board CDC"');
  });

  it('tells a placeholder of a shipped bench file as such', async () => {
    await enumerate(root, [{ ...ppk2, serial: 'C0FFEE', socket: '1' }], { sysfs: true, udev: false });
    for (const serialNumber of ['PPK2-SERIAL', 'ST-LINK-SERIAL', 'DEBUG-PROBE-SERIAL']) {
      const told = await failure(
        resolveDevice({ serialNumber, role: 'meter' }, sources),
        'LF_DEVICE_MISSING',
      );
      expect(told.message).to.match(/does not say yet which meter.*placeholder.*C0FFEE.*doctor --write/s);
    }
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
    this.timeout(180_000);
    const random = new Random(7, 42);
    // Locks hold on the whole machine: two suites on it may not mean the same devices.
    const serial = (index: number) => `E66A0${index}-${process.pid}`;
    const socket = (index: number) => `2.${process.pid}.${index}`;
    const things = [
      { ...pico, serial: serial(1), socket: '1.1' },
      { ...pico, serial: serial(2), socket: '1.2' },
      { ...ppk2, socket: socket(1), interfaceNumber: 1 },
      { ...ppk2, socket: socket(2), interfaceNumber: 1 },
    ].map((thing, index) => {
      const terminal = openTerminal();
      terminal.port.on('data', (asked: Buffer) => {
        if (asked.includes('?')) terminal.port.write(`device ${index}\n`);
      });
      return { ...thing, target: terminal.path, terminal };
    });
    try {
      for (let round = 0; round < 200; round += 1) {
        const order = [...things].sort(() => random.uniform() - 0.5).filter(() => random.uniform() < 0.9);
        const seen = { sysfs: round % 3 !== 0, udev: round % 3 !== 1 };
        await enumerate(root, order, seen);
        const port = (socket: string, number: string) =>
          seen.udev ? `pci-0-usb-0:${socket}:1.${number}` : `1-${socket}`;
        const choices: [string, DeviceChoice][] = [
          ['board', { serialNumber: serial(1) }],
          ['second board', { serialNumber: serial(2) }],
          ['meter', { port: port(socket(1), '01') }],
          ['second meter', { port: port(socket(2), '01') }],
        ];
        const opened: OpenLine[] = [];
        for (const [index, [role, device]] of choices.entries()) {
          const opening = openLine({ link: 'device:', device }, { role, baudRate: 115200, sources });
          if (!order.includes(things[index])) {
            await failure(opening, 'LF_DEVICE_MISSING');
            continue;
          }
          const line = await opening;
          opened.push(line);
          expect(await realpath(line.device!.path), `round ${round}`).to.equal(things[index].target);
          await failure(
            openLine({ link: 'device:', device }, { role, baudRate: 115200, sources }),
            'LF_LINK_BUSY',
          );
          if (round % 5 !== 0) continue;
          const answer = once(line.link, 'data');
          line.link.write('?');
          expect(String((await answer)[0]), `round ${round}`).to.include(`device ${index}`);
        }
        for (const line of opened) await line.close();
      }
    } finally {
      for (const { terminal } of things) terminal.close();
    }
  });

  it('locks what a link leads to, however it is named, and a network line too', async () => {
    const terminal = openTerminal();
    await enumerate(root, [{ ...pico, serial: 'E66A', socket: '2.3', target: terminal.path }], {
      sysfs: true,
      udev: true,
    });
    const options = { role: 'board', baudRate: 115200, sources };
    const byId = join(root, 'dev/serial/by-id/usb-Maker_Pico_E66A-if00');
    const first = await openLine({ link: `serial:${byId}` }, { ...options, purpose: 'first' });
    expect(first.device).to.include({ serialNumber: 'E66A' });
    const device = { serialNumber: 'E66A' };
    const second = await failure(openLine({ link: 'device:', device }, options), 'LF_LINK_BUSY');
    expect(second.message).to.include('first');
    await first.close();
    await (await openLine({ link: 'device:', device }, options)).close();
    const gone = await failure(openLine({ link: 'tcp:127.0.0.1:1' }, options), 'LF_LINK_OPEN');
    expect(gone.message).to.include('tcp:127.0.0.1:1');
    terminal.close();
  });

  const busyTest = hasFlock ? it : () => undefined;
  busyTest('finds a device busy that a run in another container has open, and says who', async () => {
    const terminal = openTerminal();
    const isolated = (await execa('unshare', ['-rn', 'true'], { reject: false })).exitCode === 0;
    const script = 'exec 9<>"$0"; flock -n 9 && echo held && exec sleep 600';
    const [program, ...args] = [...(isolated ? ['unshare', '-rn'] : []), 'bash', '-c', script, terminal.path];
    const other = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(other, 'exit');
    await once(other.stdout, 'data');
    const choice = { link: `serial:${terminal.path}` };
    const options = { role: 'board', baudRate: 115200, sources };
    const error = await failure(openLine(choice, options), 'LF_LINK_BUSY');
    expect(error.message).to.include('sleep 600');
    other.kill('SIGKILL');
    await ended;
    await (await openLine(choice, options)).close();
    terminal.close();
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
        expect(error.message).to.include(`process ${process.pid} on ${hostname()}: campaign 7`);
        const other = await lockDevice({ ...device, serialNumber: 'other' }, place);
        await other.release();
        await lock.release();
        await (await lockDevice(device, place)).release();
      });

    for (const kind of ['without a file', 'with a file'])
      it(`dies with its process (${kind})`, async () => {
        const place = kind === 'with a file' ? { folder } : {};
        const module = moduleHref('wire/devices/lock');
        const script = `const { lockDevice } = await import(${JSON.stringify(module)});
          await lockDevice(${JSON.stringify(device)}, { purpose: 'doomed', ...${JSON.stringify(place)} });
          console.log('held'); setInterval(() => {}, 1000);`;
        const child = spawn(process.execPath, [...nodeWords, '--input-type=module', '-e', script], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const exited = once(child, 'exit');
        await once(child.stdout, 'data');
        const error = await failure(lockDevice(device, place), 'LF_LINK_BUSY');
        expect(error.message).to.include(`process ${child.pid} on ${hostname()}: doomed`);
        child.kill('SIGKILL');
        await exited;
        await (await lockDevice(device, place)).release();
      });
  });
});
