import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadFirmware } from '../emulator/manifest.js';
import { createRp2040Machine } from '../emulator/rp2040/machine.js';
import { LittlefirstError } from '../errors.js';
import { FakeDut, type FakeDutOptions } from '../testing/dut/fake.js';
import { failure } from '../testing/failure.js';
import { commandPower, machinePower, meterPower, scpiPower, uhubctlPower } from '../wire/devices/power.js';
import { createPower, powerSchema } from '../wire/devices/power-config.js';
import { DutClient } from '../wire/dut/client.js';
import { DirectFlasher } from '../wire/flash/direct.js';
import { closeLink, openLink } from '../wire/link/open.js';
import { type RecoveryActions, recoverDut } from './recovery.js';

describe('power', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lf-power-'));
  });
  after(() => rm(folder, { recursive: true }));

  async function program(name: string, body: string): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, `#!/bin/sh\n${body}\n`);
    await chmod(path, 0o755);
    return path;
  }

  it('switches by commands, and checks the identity after a cycle', async () => {
    const log = join(folder, 'log');
    const relay = await program('relay', `echo "$*" >> ${log}`);
    const identify = async () => writeFile(log, 'identified\n', { flag: 'a' });
    const power = commandPower('relay', {
      on: `${relay} {channel} 1`,
      off: `${relay} {channel} 0`,
      values: { channel: '3' },
      offMilliseconds: 0,
      identify,
    });
    await power.cycle();
    expect(await readFile(log, 'utf8')).to.equal('3 0\n3 1\nidentified\n');
    await failure(commandPower('relay', { on: 'false', off: 'false' }).on(), 'LF_POWER_FAILED');
    await failure(commandPower('relay', { on: join(folder, 'none'), off: 'x' }).on(), 'LF_TOOL_MISSING');
    await failure(
      commandPower('relay', { on: 'sleep 600', off: 'x', budgetMilliseconds: 50 }).on(),
      'LF_POWER_FAILED',
    );
  });

  it('believes uhubctl only when the new status of the port says so', async () => {
    const says = (state: string) =>
      `echo "Current status for hub 1-1 [05e3:0608]"; echo "  Port 2: 0103 power enable connect [2e8a:000a]"; echo "Sent power off request"; echo "New status for hub 1-1"; echo "  Port 2: ${state}"`;
    await uhubctlPower('1-1', 2, { command: await program('uhubctl', says('0000 off')) }).off();
    await uhubctlPower('1-1', 2, { command: await program('uhubctl', says('0100 power')) }).on();
    await failure(
      uhubctlPower('1-1', 2, { command: await program('uhubctl', says('0103 power enable connect')) }).off(),
      'LF_POWER_FAILED',
    );
    const none = await program('uhubctl', 'echo "No compatible devices detected at location 1-1!"; exit 1');
    expect(
      (await failure(uhubctlPower('1-1', 2, { command: none }).off(), 'LF_POWER_FAILED')).message,
    ).to.include('No compatible devices');
  });

  it('never switches off a hub port that another device hangs on', async () => {
    const log = join(folder, 'hub.log');
    const hub = (connected: string) =>
      program(
        'uhubctl',
        `echo "$*" >> ${log}
echo "Current status for hub 1-1 [2109:2817 VIA Labs, Inc. USB2.0 Hub, USB 2.10, 4 ports]"
case "$*" in
  *"-a off"*) echo "  Port 2: 0103 power enable connect [${connected}]"; echo "Sent power off request"; echo "New status for hub 1-1 [2109:2817]"; echo "  Port 2: 0000 off";;
  *) echo "  Port 2: 0103 power enable connect [${connected}]";;
esac`,
      );
    const off = async (connected: string) =>
      uhubctlPower('1-1', 2, { command: await hub(connected), serialNumber: 'E66A02' }).off();
    await off('2e8a:000a Raspberry Pi Pico E66A02');
    await off('');
    await writeFile(log, '');
    const wrong = await failure(off('2e8a:000a Raspberry Pi Pico E66A01'), 'LF_DEVICE_AMBIGUOUS');
    expect(wrong.message).to.include('E66A01').and.to.include('E66A02');
    expect(await readFile(log, 'utf8')).to.not.include('-a off');
  });

  it('is made from what a bench file says', async () => {
    const on = await program('switch-on', 'echo now on');
    const off = await program('switch-off', 'echo now off');
    const config = powerSchema.parse({
      by: 'command',
      on,
      off,
      expectOn: 'now on',
      expectOff: 'now off',
      offMilliseconds: 0,
    });
    await createPower(config, undefined).cycle();
    const lying = powerSchema.parse({ ...config, expectOff: 'dark' });
    await failure(createPower(lying, undefined).cycle(), 'LF_POWER_FAILED');
    expect(() => createPower(powerSchema.parse({ by: 'meter' }), undefined))
      .to.throw(LittlefirstError)
      .with.property('code', 'LF_CONFIG_INVALID');
    expect(powerSchema.safeParse({ by: 'command', on, off, expectOn: '(' }).success).to.equal(false);
  });

  it('switches a SCPI output and reads its state back', async () => {
    let stuck = false;
    let state = '0';
    const heard: string[] = [];
    const server = createServer(socket => {
      socket.setEncoding('utf8').on('data', (chunk: Buffer | string) => {
        for (const line of String(chunk).trim().split('\n')) {
          heard.push(line);
          if (line === 'OUTP? (@2)') socket.write(`${state}\n`);
          else if (!stuck) state = line.includes('ON') ? '1' : '0';
        }
      });
      socket.on('error', () => undefined);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const power = scpiPower({ host: '127.0.0.1', port, channels: '(@2)', offMilliseconds: 0 });
    await power.cycle();
    expect(heard).to.deep.equal(['OUTP OFF,(@2)', 'OUTP? (@2)', 'OUTP ON,(@2)', 'OUTP? (@2)']);
    stuck = true;
    await failure(power.off(), 'LF_POWER_FAILED');
    server.close();
    await failure(scpiPower({ host: '127.0.0.1', port: 1 }).on(), 'LF_POWER_FAILED');
  });

  it("switches a meter's own supply", async () => {
    const states: boolean[] = [];
    await meterPower('PPK2', async on => void states.push(on), { offMilliseconds: 0 }).cycle();
    expect(states).to.deep.equal([false, true]);
  });

  it('brings an emulated board back that lost its supply: detected in its phase, cycled, identified', async () => {
    const firmware = loadFirmware('rp2040');
    const machine = await createRp2040Machine({ levelHz: [125_000_000] });
    try {
      await new DirectFlasher(machine).flash(firmware.segments);
      const power = machinePower(machine);
      const link = await openLink('emulated:', { machine });
      const client = new DutClient(link, { budgets: { sync: 2_500 } });
      const { image } = await client.sync();
      await power.off();
      const dead = await failure(new DutClient(link, { budgets: { sync: 300 } }).sync(), 'LF_DUT_TIMEOUT');
      expect(dead.detail.fields?.phase).to.equal('sync');
      const actions: string[] = [];
      await recoverDut('sync', dead, {
        identify: async () => (await client.sync()).image === image,
        powerCycle: () => power.cycle(),
        onFault: ({ action }) => actions.push(action),
      });
      expect(actions).to.deep.equal([
        'recovery after "sync": identify failed',
        'recovery after "sync": power-cycle done',
        'recovery after "sync": identify done',
      ]);
      await closeLink(link);
    } finally {
      await machine.close();
    }
  });
});

describe('recoverDut', () => {
  let server: Server;
  beforeEach(async () => {
    server = createServer().listen(0);
    await once(server, 'listening');
  });
  afterEach(() => server.close());

  async function connect(
    faults: FakeDutOptions['faults'],
  ): Promise<{ dut: FakeDut; client: DutClient; close: () => Promise<void> }> {
    const arrived = once(server, 'connection');
    const link = await openLink(`tcp:127.0.0.1:${(server.address() as AddressInfo).port}`);
    const dut = new FakeDut((await arrived)[0], { faults });
    const budgets = { sync: 300, identity: 100, level: 100, stream: 50, 'stream-end': 100 };
    return { dut, client: new DutClient(link, { budgets }), close: () => closeLink(link) };
  }

  const source = { count: 30, windowBytes: 8, payload: (index: number) => new Uint8Array(8).fill(index) };

  /** How a board fails in the middle of its windows, and in which phases that may be noticed. */
  const kinds: Record<
    string,
    (dut: () => FakeDut, faults: NonNullable<FakeDutOptions['faults']>) => (line: string) => string[]
  > = {
    'a hang': (_dut, faults) => line => {
      if (line.startsWith('m-w 7 ')) faults.silent = true;
      return [line];
    },
    'a brown-out: noise, then silence': (_dut, faults) => line => {
      if (!line.startsWith('m-w 7 ')) return [line];
      faults.silent = true;
      return ['\u00ff\u0000\u0080'];
    },
    'a restart in the middle of a window': dut => line => {
      if (line.startsWith('m-w 7 ')) dut().boot();
      return [line];
    },
    'a silent board': (_dut, faults) => () => {
      faults.silent = true;
      return [];
    },
    'a babbling board': () => line => (line.startsWith('m-w') ? Array(100).fill('\u00fe noise') : [line]),
    "a board that answers with yesterday's output": () => line =>
      line.startsWith('m-w') ? ['m-w 9 1 g 1 5 5 5 1 *0000'] : [line],
  };

  for (const [kind, build] of Object.entries(kinds))
    it(`detects ${kind}, names the phase, cycles the power where asking does not help, and the block runs again`, async () => {
      let dut: FakeDut | undefined;
      const faults: NonNullable<FakeDutOptions['faults']> = {};
      faults.line = build(() => dut as FakeDut, faults);
      const opened = await connect(faults);
      dut = opened.dut;
      const { client } = opened;
      const run = async () => {
        await client.sync();
        await client.streamWindows(source, { onResult: () => {} });
      };
      const error = await run().then(
        () => undefined,
        (reason: LittlefirstError) => reason,
      );
      expect(error?.code).to.be.oneOf(['LF_DUT_TIMEOUT', 'LF_DUT_REPLY']);
      if (error?.code === 'LF_DUT_TIMEOUT')
        expect(error.detail.fields?.phase).to.be.oneOf(['sync', 'stream']);
      const journal: string[] = [];
      await recoverDut('stream', error as LittlefirstError, {
        identify: async () => (await client.sync()).board === 'fake' && faults.line === undefined,
        powerCycle: async () => {
          faults.silent = false;
          faults.line = undefined;
          opened.dut.boot();
        },
        flash: async () => {
          faults.line = undefined;
        },
        onFault: ({ action }) => journal.push(action),
      });
      expect(journal.at(-1)).to.equal('recovery after "stream": identify done');
      await run();
      await opened.close();
    });

  const lost = new LittlefirstError('LF_LINK_LOST', 'the line broke');
  const scripted = (steps: Partial<RecoveryActions>): { actions: RecoveryActions; journal: string[] } => {
    const journal: string[] = [];
    return {
      journal,
      actions: {
        identify: async () => true,
        onFault: ({ action }) => journal.push(action.replace(/^.*: /, '')),
        ...steps,
      },
    };
  };

  it('flashes a board that came back with another image, and identifies it again', async () => {
    let flashed = false;
    const { actions, journal } = scripted({
      identify: async () => flashed,
      powerCycle: async () => {},
      flash: async () => {
        flashed = true;
      },
    });
    await recoverDut('stream', lost, actions);
    expect(journal).to.deep.equal(['power-cycle done', 'identify done', 'flash done', 'identify done']);
  });

  it('never goes on with a board that is not the one it should be', async () => {
    const { actions } = scripted({ identify: async () => false, powerCycle: async () => {} });
    await failure(recoverDut('stream', lost, actions), 'LF_DUT_IDENTITY');
  });

  it('neither cycles nor flashes another board', async () => {
    const other = new LittlefirstError('LF_DUT_IDENTITY', 'another board');
    const silent = new LittlefirstError('LF_DUT_TIMEOUT', 'silence');
    const never = () => Promise.reject(new Error('must not be called'));
    const { actions, journal } = scripted({
      identify: () => Promise.reject(other),
      powerCycle: never,
      restart: never,
      flash: never,
    });
    await failure(recoverDut('stream', silent, actions), 'LF_DUT_IDENTITY');
    expect(journal).to.deep.equal(['identify failed']);
  });

  it('restarts by other means where the power cannot be switched, and gives up where nothing helps', async () => {
    const power = new LittlefirstError('LF_POWER_FAILED', 'no relay');
    const silent = new LittlefirstError('LF_DUT_TIMEOUT', 'silence');
    const { actions, journal } = scripted({
      identify: () => Promise.reject(silent),
      powerCycle: () => Promise.reject(power),
      restart: async () => {},
    });
    const error = await failure(recoverDut('level', silent, actions), 'LF_DUT_TIMEOUT');
    expect(error.message).to.include('"level"');
    expect(journal).to.deep.equal([
      'identify failed',
      'power-cycle failed',
      'restart done',
      'identify failed',
    ]);
  });

  /** Work that ends when it is cancelled, and takes a moment for it. */
  const cancellable = (signal: AbortSignal, onEnd: () => void): Promise<never> =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () =>
        setImmediate(() => {
          onEnd();
          reject(signal.reason);
        }),
      );
    });

  it('cancels a step that takes too long, names it, and begins the next when it has ended', async () => {
    let under = 0;
    const overlaps: number[] = [];
    const enter = (): void => {
      overlaps.push(under);
      under += 1;
    };
    const leave = (): void => {
      under -= 1;
    };
    const endless = (signal: AbortSignal): Promise<never> => {
      enter();
      return cancellable(signal, leave);
    };
    const silent = new LittlefirstError('LF_DUT_TIMEOUT', 'silence');
    const { actions, journal } = scripted({
      identify: endless,
      powerCycle: endless,
      restart: endless,
      flash: endless,
      budgets: { identify: 20, 'power-cycle': 20, restart: 20, flash: 20 },
    });
    const error = await failure(recoverDut('stream', silent, actions), 'LF_DUT_TIMEOUT');
    expect((error.detail.cause as LittlefirstError).message).to.include('flash');
    expect(journal).to.deep.equal([
      'identify failed',
      'power-cycle failed',
      'restart failed',
      'flash failed',
    ]);
    expect(overlaps).to.deep.equal([0, 0, 0, 0]);
  });

  it('gives up when a cancelled step does not end: nothing else may touch the board', async function () {
    this.timeout(60_000);
    const never = () => Promise.reject(new Error('must not be called'));
    const { actions, journal } = scripted({
      powerCycle: () => new Promise(() => {}),
      restart: never,
      flash: never,
      identify: never,
      budgets: { 'power-cycle': 20 },
    });
    const error = await failure(recoverDut('stream', lost, actions), 'LF_POWER_FAILED');
    expect(error.message).to.include('power-cycle');
    expect(journal.join()).to.match(/power-cycle failed and did not end within \d+ ms of being cancelled/);
  });

  it('ends with the reason of whoever interrupts it', async () => {
    const controller = new AbortController();
    const reason = new LittlefirstError('LF_INTERRUPTED', 'enough');
    const { actions } = scripted({
      powerCycle: signal => {
        setImmediate(() => controller.abort(reason));
        return cancellable(signal, () => {});
      },
      signal: controller.signal,
    });
    await failure(recoverDut('stream', lost, actions), 'LF_INTERRUPTED');
  });

  it('leaves the supply on when a cycle is cancelled', async () => {
    const states: boolean[] = [];
    const controller = new AbortController();
    const cycle = meterPower('PPK2', async on => void states.push(on), { offMilliseconds: 3_600_000 }).cycle(
      controller.signal,
    );
    setImmediate(() => controller.abort(lost));
    await failure(cycle, 'LF_LINK_LOST');
    expect(states).to.deep.equal([false, true]);
  });

  it('ends a command that switches the supply when the cycle is cancelled', async () => {
    const controller = new AbortController();
    const power = commandPower('relay', { on: 'true', off: 'sleep 600', budgetMilliseconds: 600_000 });
    const cycle = power.cycle(controller.signal);
    setImmediate(() => controller.abort(lost));
    await failure(cycle, 'LF_LINK_LOST');
  });
});
