import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { makeMlperfBench } from '../../testing/bench/mlperf.js';
import { TestBench } from '../../testing/bench/test-bench.js';
import { enumerate } from '../../testing/devices/usb.js';
import { findDevices, findGroups, findUsbAccess } from './access.js';
import { findBench } from './benches.js';
import { examine } from './doctor.js';
import type { DoctorFinding } from './finding.js';
import { findPackages } from './packages.js';
import { findTool } from './tools.js';

const isRoot = process.getuid?.() === 0;

describe('doctor', function () {
  this.timeout(60_000);
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lf-doctor-'));
  });
  after(() => rm(folder, { recursive: true }));
  const list = async () => [];

  it('tells versions, how to get what is missing, and what is too old', async () => {
    const tool = { flag: '--version', need: 'everything', fix: 'apt-get install it' };
    const node = await findTool({ ...tool, command: process.execPath });
    expect(node).to.deep.include({ what: process.execPath, ok: true, detail: process.version });
    const absent = await findTool({ ...tool, command: 'no-such-tool' });
    expect(absent).to.include({ ok: false, fix: 'apt-get install it' });
    const atLeast = { version: '99.1', reason: 'in a test' };
    const old = await findTool({ ...tool, command: process.execPath, atLeast });
    expect(old.ok).to.equal(false);
    expect(old.detail).to.include('older than 99.1 (in a test)');
    const enough = { version: process.versions.node, reason: 'in a test' };
    expect((await findTool({ ...tool, command: process.execPath, atLeast: enough })).ok).to.equal(true);
  });

  it('says which optional packages load, and what is missed without the others', async () => {
    const all = await findPackages();
    expect(all.every(({ required }) => !required)).to.equal(true);
    expect(all.find(({ what }) => what === 'package serialport')).to.include({ ok: true, detail: 'loads' });
    const none = await findPackages(async name => {
      throw new Error(`No native build was found for ${name}`);
    });
    expect(none.filter(({ ok }) => ok)).to.deep.equal([]);
    expect(none.map(({ fix }) => fix)).to.include.members([
      'npm install serialport',
      'npm install @tensorflow/tfjs @tensorflow/tfjs-backend-wasm',
    ]);
    expect(none[0].detail).to.match(/serial port .* needs it: No native build/);
  });

  it('lists devices with their identity, and says when one cannot be opened', async () => {
    await mkdir(join(folder, 'dev/serial/by-id'), { recursive: true });
    await writeFile(join(folder, 'dev/ttyACM0'), '');
    for (const [tty, serial] of [
      ['ttyACM0', 'A1'],
      ['ttyACM1', 'B2'],
    ])
      await symlink(`../../${tty}`, join(folder, `dev/serial/by-id/usb-Maker_Board_${serial}-if00`));
    const [here, gone] = await findDevices({ root: folder, list });
    expect(here.ok).to.equal(true);
    expect(here.detail).to.include('A1');
    expect(gone.ok).to.equal(false);
    expect(gone.detail).to.include('B2');
    expect(gone.fix).to.include('plug');
    expect((await findDevices({ root: join(folder, 'empty'), list }))[0].detail).to.include('none connected');
  });

  it('names the group that serial devices have', async () => {
    const root = join(folder, 'groups');
    await mkdir(join(root, 'etc'), { recursive: true });
    await writeFile(join(root, 'etc/group'), 'root:x:0:\nuucp:x:10:\ndialout:x:20:\n');
    const [outside] = await findGroups({ root, userId: 1000, groups: [1000] });
    expect(outside).to.include({ ok: false, what: 'group dialout' });
    expect(outside.fix).to.match(/usermod -aG dialout \S+/);
    expect((await findGroups({ root, userId: 1000, groups: [1000, 20] }))[0].ok).to.equal(true);
    expect((await findGroups({ root, userId: 0, groups: [] }))[0].ok).to.equal(true);
  });

  it('finds udev rules, and a board in its boot loader that they do not open', async () => {
    const root = join(folder, 'usb');
    await mkdir(join(root, 'usr/lib/udev/rules.d'), { recursive: true });
    await writeFile(join(root, 'usr/lib/udev/rules.d/49-st.rules'), 'ATTRS{idVendor}=="0483", MODE="660"\n');
    const of = (found: DoctorFinding[], name: string) => found.find(({ what }) => what.includes(name))!;
    const before = await findUsbAccess({ root });
    expect(of(before, 'ST (')).to.include({ ok: true, detail: '49-st.rules' });
    expect(of(before, 'Raspberry')).to.include({ ok: false });
    const usb = join(root, 'sys/bus/usb/devices/1-2');
    await mkdir(usb, { recursive: true });
    for (const [file, value] of Object.entries({
      idVendor: '2e8a',
      idProduct: '0003',
      product: 'RP2 Boot',
      busnum: '1',
      devnum: '7',
    }))
      await writeFile(join(usb, file), `${value}\n`);
    const pico = of(await findUsbAccess({ root }), 'Raspberry');
    expect(pico.ok).to.equal(false);
    expect(pico.detail).to.include('RP2 Boot 2e8a:0003').and.to.include('dev/bus/usb/001/007');
    expect(pico.fix).to.include('picotool').and.to.include('udevadm control --reload');
  });

  describe('bench files', () => {
    let bench: TestBench;
    before(async () => {
      bench = await TestBench.make();
    });
    after(() => bench.remove());

    it('that would work here, and what those lack that would not', async () => {
      const root = join(folder, 'bench-root');
      await enumerate(root, [{ vid: '2e8a', pid: '000a', product: 'Pico', serial: 'A1', socket: '1' }], {
        sysfs: true,
        udev: true,
      });
      const real = { meter: { driver: 'none' }, flasher: 'none' };
      const cases: [Record<string, unknown>, RegExp | true][] = [
        [{}, true],
        [{ ...real, device: { serialNumber: 'A1' } }, true],
        [{ ...real, device: { serialNumber: 'B2' } }, /board is not connected/],
        [{ ...real, link: 'serial:/dev/no-such-port' }, /no-such-port, the board, is not there/],
        [{ ...real, flasher: 'auto', link: 'tcp:host:1' }, /flasher/],
        [
          {
            ...real,
            link: 'tcp:host:1',
            flasher: { tool: 'picotool', serialNumber: 'A1', command: 'no-such-tool' },
          },
          /no-such-tool: not found/,
        ],
        [{ board: 'stm32l4r5', levels: 'all' }, /no emulator/],
        [{ bundles: ['nowhere'] }, /no bundle/],
        [{ schema: 'other' }, /not usable/],
        [{ meter: { driver: 'ppk2', device: { serialNumber: 'P9' } } }, /meter is not connected/],
      ];
      for (const [changes, expected] of cases) {
        const made = await TestBench.make(changes);
        const found = await findBench(made.benchFile, { root, list });
        await made.remove();
        expect(found.ok, found.detail).to.equal(expected === true);
        if (expected === true) continue;
        expect(found.detail).to.match(expected);
        expect(found.fix).to.be.a('string').with.length.above(5);
      }
    });

    it('for a DUT that is not ours: its golden model must be there and readable', async () => {
      for (const [model, ok] of [
        ['bundle/big.tflite', true],
        ['bundle/none.tflite', false],
        ['mlperf.yaml', false],
      ] as const) {
        const made = await makeMlperfBench(1, { golden: { model } });
        const found = await findBench(made.benchFile, { root: join(folder, 'empty'), list });
        await made.remove();
        expect(found.ok, found.detail).to.equal(ok);
      }
    });

    if (!isRoot)
      it('say that a port may not be opened', async () => {
        const port = join(folder, 'locked');
        await writeFile(port, '');
        await chmod(port, 0);
        const made = await TestBench.make({
          meter: { driver: 'none' },
          flasher: 'none',
          link: `serial:${port}`,
        });
        const found = await findBench(made.benchFile, { root: folder, list });
        await made.remove();
        expect(found.detail).to.include('may not be opened');
      });

    it('examines everything at once', async () => {
      const found = await examine({ root: join(folder, 'empty'), list, files: [bench.benchFile] });
      expect(new Set(found.map(({ area }) => area))).to.include.members([
        'harness',
        'data',
        'tool',
        'access',
        'device',
        'bench',
      ]);
      expect(found.at(-1)).to.include({ area: 'bench', ok: true });
      for (const { ok, fix, what } of found) if (!ok) expect(fix, what).to.be.a('string');
    });
  });
});
