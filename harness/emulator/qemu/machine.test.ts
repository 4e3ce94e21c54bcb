import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import type { PowerEvent } from '../../machine/machine.js';
import { packagePath } from '../../package-root.js';
import { moduleHref, nodeWords } from '../../testing/child.js';
import { failure } from '../../testing/failure.js';
import { canAssemble } from '../../testing/timing/yardsticks.js';
import { GdbFlasher } from '../../wire/flash/gdb/flasher.js';
import { createQemuMachine, type QemuMachine, type QemuOptions } from './machine.js';

const levelHz = [50_000_000, 10_000_000];

async function assembleEcho(): Promise<Uint8Array> {
  const work = await mkdtemp(join(tmpdir(), 'littlefirst-echo-'));
  try {
    const [elf, bin] = [join(work, 'echo.elf'), join(work, 'echo.bin')];
    const source = packagePath('firmware', 'test', 'qemu', 'echo.S');
    const flags = ['-mcpu=cortex-m4', '-mthumb', '-nostdlib', '-Wl,-Ttext=0,-e,start'];
    await execa('arm-none-eabi-gcc', [...flags, source, '-o', elf]);
    await execa('arm-none-eabi-objcopy', ['-O', 'binary', elf, bin]);
    return new Uint8Array(await readFile(bin));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Collects what the machine says until it ends with `text`. */
async function hear(machine: QemuMachine, text: string): Promise<string> {
  let heard = '';
  while (!heard.endsWith(text)) {
    const chunk: Buffer | null = machine.uart.read();
    if (chunk !== null) heard += chunk.toString('latin1');
    else {
      if (machine.uart.destroyed) throw machine.uart.errored ?? new Error(`the UART ended after "${heard}"`);
      await new Promise<void>(resolve => {
        const wake = () => {
          machine.uart.off('readable', wake).off('close', wake);
          resolve();
        };
        machine.uart.on('readable', wake).on('close', wake);
      });
    }
  }
  return heard;
}

async function ask(machine: QemuMachine, text: string): Promise<string> {
  machine.uart.write(text);
  return hear(machine, text.slice(-1));
}

/** Resolves when a process id is gone. */
async function gone(pid: number): Promise<void> {
  while (
    existsSync(`/proc/${pid}`) &&
    !/^State:\s+Z/m.test(await readFile(`/proc/${pid}/status`, 'utf8').catch(() => 'State: Z'))
  )
    await new Promise(resolve => setImmediate(resolve));
}

/** Whoever ends QEMU removes the folder after it: the two are not one step, so it is awaited, up to the test's timeout. */
async function removed(folder: string): Promise<void> {
  while (existsSync(folder)) await new Promise(resolve => setImmediate(resolve));
}

if ((await canAssemble()) && !(await execa('qemu-system-arm', ['--version'], { reject: false })).failed) {
  describe('QEMU machine', () => {
    let image: Uint8Array;
    const open = new Set<QemuMachine>();

    const create = async (options: Partial<QemuOptions> = {}): Promise<QemuMachine> => {
      const machine = await createQemuMachine({ board: 'lm3s6965', levelHz, ...options });
      open.add(machine);
      return machine;
    };
    const start = async (options: Partial<QemuOptions> = {}): Promise<QemuMachine> => {
      const machine = await create(options);
      await machine.load([{ address: 0, data: image }]);
      await machine.reset();
      await hear(machine, '!');
      return machine;
    };

    before(async () => {
      image = await assembleEcho();
    });

    afterEach(async () => {
      await Promise.all([...open].map(machine => machine.close()));
      open.clear();
    });

    it('loads, reads back, starts and carries bytes both ways', async () => {
      const machine = await start();
      expect(await machine.read(0, image.length)).to.deep.equal(image);
      expect(await ask(machine, 'abcdefgh')).to.equal('abcdefgh');
    });

    it('carries bytes over a pseudo terminal too', async () => {
      const machine = await start({ link: 'pty' });
      expect(machine.ptyPath).to.match(/^\/dev\/pts\/\d+$/);
      expect(await ask(machine, 'abc')).to.equal('abc');
    });

    it('gives markers, levels and sleep their virtual times', async () => {
      const machine = await start();
      const events: PowerEvent[] = [];
      machine.onPower(batch => events.push(...batch));
      for (const command of ['W', 'L', 'W', 'E', '3']) await ask(machine, command);
      await machine.settle();
      const kinds = events.map(({ kind, value }) => `${kind} ${value}`);
      expect(kinds).to.deep.equal([
        ...['marker 1', 'marker 0', 'level 1', 'marker 1', 'marker 0', 'sleep 0', 'wake 0', 'marker 3'],
      ]);
      const [fast, fastEnd, , slow, slowEnd, sleep, wake] = events;
      expect(fast.timeNs).to.be.closeTo(fast.cycles * 20, 1);
      expect(fastEnd.timeNs - fast.timeNs).to.be.closeTo((fastEnd.cycles - fast.cycles) * 20, 1);
      expect(slowEnd.cycles - slow.cycles).to.equal(fastEnd.cycles - fast.cycles);
      expect(slowEnd.timeNs - slow.timeNs).to.be.closeTo((slowEnd.cycles - slow.cycles) * 100, 1);
      expect(wake.timeNs - sleep.timeNs).to.equal(100_000);
      expect(wake.cycles).to.equal(sleep.cycles);
      expect(fastEnd.cyclesLow).to.be.at.most(fastEnd.cycles);
      expect(fastEnd.cyclesHigh).to.be.above(fastEnd.cycles);
    });

    it('resets with an event, empties the link and keeps RAM; power off loses it', async () => {
      const machine = await start();
      const events: PowerEvent[] = [];
      machine.onPower(batch => events.push(...batch));
      await ask(machine, 'a');
      machine.uart.write('M');
      expect(await hear(machine, '\0')).to.equal('\0');
      machine.uart.write('xyz');
      await machine.reset();
      expect(await hear(machine, '!')).to.equal('!');
      expect(events.map(({ kind }) => kind)).to.deep.equal(['reset']);
      machine.uart.write('M');
      expect(await hear(machine, 'k')).to.equal('k');
      await machine.power(false);
      machine.uart.write('lost');
      await machine.power(true);
      expect(await hear(machine, '!')).to.equal('!');
      machine.uart.write('M');
      expect(await hear(machine, '\0')).to.equal('\0');
    });

    it('tells of a restart by the program where it happened, however late the host hears of it', async () => {
      const machine = await start();
      const events: PowerEvent[] = [];
      machine.onPower(batch => events.push(...batch));
      await ask(machine, 'L');
      await new Promise<void>(resolve => machine.uart.write('R', () => resolve()));
      /* The load itself: a host that is busy while the program restarts and goes on. */
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
      await hear(machine, '!');
      await machine.settle();
      expect(await ask(machine, 'C1')).to.equal('+1');
      await machine.settle();
      expect(events.map(({ kind, value }) => `${kind} ${value}`)).to.deep.equal([
        'level 1',
        'reset 0',
        'marker 1',
      ]);
    });

    it('counts the same cycles in every run, in both ways of counting', async () => {
      const run = async (exactTiming: boolean): Promise<number[]> => {
        const machine = await start({ exactTiming });
        const events: PowerEvent[] = [];
        machine.onPower(batch => events.push(...batch));
        await ask(machine, 'W');
        await machine.settle();
        await machine.close();
        const [begin, end] = events;
        return [
          end.cycles - begin.cycles,
          end.cyclesLow! - begin.cyclesLow!,
          end.cyclesHigh! - begin.cyclesHigh!,
        ];
      };
      /* 1000 SUBS, 999 branches taken and one not, and the closing store. */
      const expected = [1000 + 2 * 999 + 1 + 1, 1000 + 2 * 999 + 1 + 1, 1000 + 4 * 999 + 1 + 2];
      expect(await run(false)).to.deep.equal(expected);
      expect(await run(false)).to.deep.equal(expected);
      expect(await run(true)).to.deep.equal(expected);
    });

    it('is flashed through its GDB server, with everything read back', async () => {
      const machine = await create();
      const blob = Uint8Array.from({ length: 5000 }, (_, index) => (index * 7) & 0xff);
      const flasher = new GdbFlasher(machine.gdbAddress);
      const report = await flasher.flash([
        { address: 0, data: image },
        { address: 0x14000, data: blob },
      ]);
      expect(report.verified).to.equal('readback');
      expect(report.segments.map(({ bytes }) => bytes)).to.deep.equal([image.length, 5000]);
      expect(await hear(machine, '!')).to.match(/!$/);
      expect(await machine.read(0x14000, 5000)).to.deep.equal(blob);
      expect(await ask(machine, 'a')).to.equal('a');
    });

    it('stops a program that uses DSP instructions on the M3, and runs it on the M4', async () => {
      const m3 = await start();
      m3.uart.write('D');
      const error = await failure(hear(m3, 'D'), 'LF_EMULATOR_FAILED');
      expect(error.message).to.match(/DSP instruction/);
      await failure(m3.settle(), 'LF_EMULATOR_FAILED');
      const m4 = await start({ board: 'lm3s6965-m4' });
      expect(await ask(m4, 'D')).to.equal('D');
    });

    it('says why when the program locks up, to every call', async () => {
      const machine = await start();
      machine.uart.write('X');
      const error = await failure(hear(machine, 'X'), 'LF_EMULATOR_FAILED');
      expect(error.message).to.match(/Lockup/);
      for (const call of [machine.reset(), machine.read(0, 4), machine.power(false), machine.settle()])
        await failure(call, 'LF_EMULATOR_FAILED');
    });

    it('says what is missing or in use', async () => {
      const absent = await failure(create({ command: 'qemu-that-is-not-there' }), 'LF_TOOL_MISSING');
      expect(absent.message).to.contain('apt-get install qemu-system-arm');
      const broken = await failure(create({ plugin: packagePath('package.json') }), 'LF_EMULATOR_FAILED');
      expect(broken.message).to.match(/plugin/i);
      const server = createServer().listen(0, '127.0.0.1');
      await new Promise(resolve => server.once('listening', resolve));
      const { port } = server.address() as AddressInfo;
      await failure(create({ gdb: { host: '127.0.0.1', port } }), 'LF_LINK_BUSY');
      await new Promise(resolve => server.close(resolve));
      await failure(create({ levelHz: [] }), 'LF_CONFIG_INVALID');
    });

    it('refuses a level that it was not told about', async () => {
      const machine = await start({ levelHz: [50_000_000] });
      machine.uart.write('L');
      const error = await failure(hear(machine, '?'), 'LF_EMULATOR_FAILED');
      expect(error.message).to.contain('level 1');
    });

    it('survives the death of QEMU with a clear error', async () => {
      const machine = await start();
      process.kill(machine.pid!, 'SIGKILL');
      const error = await failure(hear(machine, '?'), 'LF_EMULATOR_FAILED');
      expect(error.message).to.contain('SIGKILL');
      await failure(machine.settle(), 'LF_EMULATOR_FAILED');
    });

    it('leaves no process behind when the harness is closed, interrupted or killed', async () => {
      const work = await mkdtemp(join(tmpdir(), 'littlefirst-parent-'));
      const script = join(work, 'parent.mjs');
      await writeFile(
        script,
        `import { createQemuMachine } from ${JSON.stringify(moduleHref('emulator/qemu/machine'))};
        const machine = await createQemuMachine({ board: 'lm3s6965', levelHz: [50e6] });
        console.log(machine.pid + ' ' + machine.gdbAddress.path);
        process.on('message', () => process.exit(0));`,
      );
      const spawnParent = async (): Promise<{ parent: ChildProcess; pid: number; folder: string }> => {
        const parent = spawn(process.execPath, [...nodeWords, script], {
          stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
        });
        const line = await new Promise<string>(resolve =>
          parent.stdout!.once('data', (data: Buffer) => resolve(data.toString().trim())),
        );
        const [pid, gdb] = line.split(' ');
        return { parent, pid: Number(pid), folder: dirname(gdb) };
      };
      const ways: ((parent: ChildProcess) => void)[] = [
        parent => parent.kill('SIGKILL'),
        parent => parent.kill('SIGINT'),
        parent => parent.send('exit'),
      ];
      await Promise.all(
        ways.map(async end => {
          const { parent, pid, folder } = await spawnParent();
          expect(existsSync(`/proc/${pid}`)).to.equal(true);
          end(parent);
          await gone(pid);
          await removed(folder);
        }),
      );
      await rm(work, { recursive: true, force: true });
    });

    it('removes its folder of sockets', async () => {
      const machine = await create();
      const folder = dirname((machine.gdbAddress as { path: string }).path);
      expect(existsSync(folder)).to.equal(true);
      await machine.close();
      await machine.close();
      expect(existsSync(folder)).to.equal(false);
    });
  });
}
