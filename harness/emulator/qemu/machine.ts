import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { asLittlefirstError, LittlefirstError } from '../../errors.js';
import { afterAttended } from '../../host/attended-clock.js';
import { makeTemporaryFolder, removeTemporaryFolder } from '../../host/temporary-folder.js';
import type { Machine, MemorySegment, PowerEvent } from '../../machine/machine.js';
import type { GdbAddress } from '../../wire/flash/gdb/connection.js';
import { GdbRemote } from '../../wire/flash/gdb/remote.js';
import {
  argumentsFor,
  gdbAddressOf,
  type QemuBoard,
  type QemuOptions,
  type QemuPaths,
  ramOf,
  receiverOf,
  ringsDoorbell,
} from './arguments.js';
import { QemuDatagrams } from './datagrams.js';
import { doorbellRequest } from './doorbell.js';
import { checkLevels, QemuPower, restMilliseconds } from './power.js';
import { QemuProcess } from './process.js';
import { Qmp } from './qmp.js';
import { awaitClient } from './sockets.js';
import { ensureTimingPlugin } from './timing-plugin.js';
import { openUartPty, openUartSocket, QemuUart } from './uart.js';

export type { QemuBoard, QemuOptions } from './arguments.js';

/** A machine in QEMU; besides the common interface it has a GDB server of its own. */
export interface QemuMachine extends Machine {
  readonly board: QemuBoard;
  /** Where a `GdbFlasher` reaches it. */
  readonly gdbAddress: GdbAddress;
  /** Device of the UART if it is a pseudo terminal. */
  readonly ptyPath: string | undefined;
  /** Process id of QEMU. */
  readonly pid: number | undefined;
}

class Qemu implements QemuMachine {
  readonly board: QemuBoard;
  readonly uart: QemuUart;
  readonly gdbAddress: GdbAddress;
  ptyPath: string | undefined;
  private readonly power_: QemuPower;
  private failure: LittlefirstError | undefined;
  private queue: Promise<unknown> = Promise.resolve();
  private powered = true;
  private closed = false;

  constructor(
    options: QemuOptions,
    private readonly paths: QemuPaths,
    private readonly process_: QemuProcess,
    private readonly qmp: Qmp,
    private readonly events: Socket,
    input: QemuDatagrams | undefined,
  ) {
    /* What happened before a byte was sent is told before the byte. */
    this.uart = new QemuUart(input, options.pace === 'real' ? () => this.power_.sync() : undefined);
    this.board = options.board;
    this.gdbAddress = gdbAddressOf(options, paths);
    this.power_ = new QemuPower(options.levelHz, line => events.write(line), options.logic);
    events.setEncoding('utf8');
    events.on('error', () => undefined);
    events.on('data', (text: string) => this.receive(text));
    process_.onDeath(error => this.fail(error));
  }

  get pid(): number | undefined {
    return this.process_.pid;
  }

  async openUart(link: QemuOptions['link']): Promise<void> {
    if (link === 'pty') {
      const devices = (await this.qmp.execute('query-chardev')) as { label: string; filename: string }[];
      this.ptyPath = devices.find(({ label }) => label === 'uart')?.filename.replace(/^pty:/, '');
    }
    this.uart.attach(await this.connectUart());
  }

  /** Lets the plugin answer the firmware in RAM. @throws LF_EMULATOR_FAILED */
  async openDoorbell(): Promise<void> {
    this.events.write(await doorbellRequest(this.qmp));
    await this.power_.sync();
  }

  load(segments: readonly MemorySegment[]): Promise<void> {
    return this.inTurn(() =>
      this.throughGdb(async remote => {
        for (const { address, data } of segments) await remote.writeMemory(address, data);
      }),
    );
  }

  read(address: number, length: number): Promise<Uint8Array> {
    return this.inTurn(() => this.throughGdb(remote => remote.readMemory(address, length)));
  }

  reset(): Promise<void> {
    return this.inTurn(() => this.restart());
  }

  onPower(listener: (events: readonly PowerEvent[]) => void): () => void {
    return this.power_.onPower(listener);
  }

  /**
   * Bytes to the board lie with the kernel, then with QEMU's main loop, then in the UART; the core may sleep between two pieces of them, and on a busy
   * host for long after they came. So it has come to rest when nothing waits, the main loop has been round, the UART is empty and the core has done
   * nothing meanwhile.
   */
  async settle(): Promise<void> {
    this.check();
    let isLate = false;
    const cancel = afterAttended(() => {
      isLate = true;
    }, restMilliseconds);
    try {
      for (let seen = -1; !isLate; ) {
        const isTaken = !this.powered || (await this.uart.isTaken());
        const isRead = !this.powered || (await this.isRead());
        await this.power_.sync();
        if (this.powered) await this.power_.rest();
        this.check();
        if (isTaken && isRead && seen === this.power_.events) return;
        seen = this.power_.events;
      }
    } finally {
      cancel();
    }
  }

  /** Whether the core has read all that came by datagrams; after a turn of QEMU's main loop. */
  private async isRead(): Promise<boolean> {
    if (!this.uart.hasInput) {
      await this.qmp.execute('query-status');
      return true;
    }
    const { address, mask, whenEmpty } = receiverOf(this.board);
    const command = `xp /1wx 0x${address.toString(16)}`;
    const said = String(await this.qmp.execute('human-monitor-command', { 'command-line': command }));
    return (Number(said.split(':')[1]) & mask) === whenEmpty;
  }

  power(on: boolean): Promise<void> {
    return this.inTurn(async () => {
      if (on === this.powered) return;
      this.powered = on;
      if (on) {
        await this.forget();
        await this.restart();
      } else {
        await this.qmp.execute('stop');
        await this.power_.sync();
        await this.uart.detach();
      }
    });
  }

  begin(): Promise<void> {
    return this.inTurn(async () => {
      /* The program must not go on, for a moment only, in a RAM that was emptied under it. */
      await this.qmp.execute('stop');
      await this.forget();
      await this.restart(() => this.power_.begin());
    });
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.process_.stop();
    this.shutDown(
      new LittlefirstError('LF_EMULATOR_FAILED', 'The machine was closed', { expected: 'an open machine' }),
    );
    this.uart.destroy();
  }

  /** Empties the RAM. */
  private forget(): Promise<void> {
    const { address, length } = ramOf(this.board);
    return this.throughGdb(remote => remote.writeMemory(address, new Uint8Array(length)));
  }

  /** @param onReset told once the core was reset, before it runs */
  private async restart(onReset = () => this.power_.reset()): Promise<void> {
    await this.qmp.execute('stop');
    await this.power_.sync();
    await this.uart.detach();
    const done = this.qmp.nextEvent('RESET');
    await this.qmp.execute('system_reset');
    await done;
    onReset();
    /* Behind this the plugin knows of the reset. */
    await this.power_.sync();
    this.uart.attach(await this.connectUart());
    if (this.powered) await this.qmp.execute('cont');
  }

  private connectUart(): Promise<Duplex> {
    return this.ptyPath === undefined ? openUartSocket(this.paths.uart) : openUartPty(this.ptyPath);
  }

  /** QEMU halts the machine when a GDB client comes; it goes on afterwards if it ran. */
  private async throughGdb<T>(act: (remote: GdbRemote) => Promise<T>): Promise<T> {
    const { running } = (await this.qmp.execute('query-status')) as { running: boolean };
    const remote = await GdbRemote.connect(this.gdbAddress);
    try {
      return await act(remote);
    } finally {
      await remote.close();
      if (running && this.failure === undefined) await this.qmp.execute('cont');
    }
  }

  /** Commands to the machine go one after another; the machine's death ends the one under way. */
  private inTurn<T>(act: () => Promise<T>): Promise<T> {
    const result = this.queue.then(async () => {
      this.check();
      try {
        return await act();
      } catch (error) {
        throw this.failure ?? error;
      }
    });
    this.queue = result.catch(() => undefined);
    return result;
  }

  private check(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  private receive(text: string): void {
    try {
      this.power_.receive(text);
    } catch (error) {
      this.fail(asLittlefirstError(error, 'LF_EMULATOR_FAILED'));
      void this.process_.stop();
    }
  }

  private fail(error: LittlefirstError): void {
    this.shutDown(error);
    this.uart.destroy(this.failure);
  }

  private shutDown(error: LittlefirstError): void {
    this.failure ??= error;
    this.power_.fail(this.failure);
    this.qmp.fail(this.failure);
    this.qmp.close();
    this.events.destroy();
  }
}

/** Waits for both of QEMU's connections, for its death, or for the time limit. */
async function connections(
  process_: QemuProcess,
  awaited: { qmp: Promise<Socket>; events: Promise<Socket> },
  timeoutMs: number,
): Promise<{ qmp: Socket; events: Socket }> {
  let cancel = () => {};
  try {
    return await new Promise((resolve, reject) => {
      process_.onDeath(reject);
      cancel = afterAttended(
        () =>
          reject(
            new LittlefirstError('LF_EMULATOR_FAILED', 'QEMU did not come up', {
              expected: `its connections within ${timeoutMs} ms`,
              hint: 'is the machine overloaded?',
            }),
          ),
        timeoutMs,
      );
      Promise.all([awaited.qmp, awaited.events]).then(([qmp, events]) => resolve({ qmp, events }), reject);
    });
  } finally {
    cancel();
  }
}

/**
 * Starts a board in QEMU under the timing plugin, stopped before its first instruction: `load`, then `reset`.
 *
 * QEMU cannot outlive the harness: the plugin ends it when its socket closes, however the harness ended.
 * @throws LF_TOOL_MISSING without qemu-system-arm, or without plugin and compiler; LF_LINK_BUSY when `gdb` is in use;
 * LF_EMULATOR_FAILED when QEMU or the plugin does not start. Later failures reject the call under way and destroy `uart`
 * with the error.
 */
export async function createQemuMachine(options: QemuOptions): Promise<QemuMachine> {
  checkLevels(options.levelHz);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startQemu(options);
    } catch (error) {
      /* The port found for the datagrams may be taken by another program before QEMU opens it. */
      const lostPort = options.datagramInput === true && options.gdb === undefined;
      if (!lostPort || asLittlefirstError(error).code !== 'LF_LINK_BUSY' || attempt === portAttempts)
        throw error;
    }
  }
}

const portAttempts = 3;

async function startQemu(options: QemuOptions): Promise<QemuMachine> {
  const plugin = options.plugin ?? (await ensureTimingPlugin());
  const folder = makeTemporaryFolder('qemu');
  const paths: QemuPaths = {
    folder,
    uart: join(folder, 'uart'),
    qmp: join(folder, 'qmp'),
    gdb: join(folder, 'gdb'),
    events: join(folder, 'events'),
  };
  const listening: { close(): void }[] = [];
  let input: QemuDatagrams | undefined;
  let process_: QemuProcess | undefined;
  try {
    const qmpClient = await awaitClient(paths.qmp);
    listening.push(qmpClient);
    const eventClient = await awaitClient(paths.events);
    listening.push(eventClient);
    if (options.datagramInput === true) input = await QemuDatagrams.open();
    process_ = new QemuProcess(
      options.command ?? 'qemu-system-arm',
      argumentsFor(options, paths, plugin, input?.chardev),
      folder,
    );
    const awaited = { qmp: qmpClient.connection, events: eventClient.connection };
    const sockets = await connections(process_, awaited, options.startTimeoutMs ?? 20_000);
    const qmp = new Qmp(sockets.qmp);
    process_.onDeath(error => qmp.fail(error));
    const machine = new Qemu(options, paths, process_, qmp, sockets.events, input);
    await qmp.begin();
    if (ringsDoorbell(options.board)) await machine.openDoorbell();
    await machine.openUart(options.link);
    return machine;
  } catch (error) {
    await process_?.stop();
    input?.close();
    removeTemporaryFolder(folder);
    throw error;
  } finally {
    for (const server of listening) server.close();
  }
}
