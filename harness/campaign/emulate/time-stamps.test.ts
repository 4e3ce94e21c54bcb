import { scrypt } from 'node:crypto';
import { closeSync, constants, openSync, read, readSync, writeSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { emulatedInstruments } from '../../emulator/instruments/open.js';
import { type Served, serveTerminal } from '../../emulator/instruments/serve.js';
import { openTerminal } from '../../emulator/instruments/terminal.js';
import { EmulatedInterfaceBoard } from '../../emulator/interface-board.js';
import { TestBench } from '../../testing/bench/test-bench.js';
import { type StartedBoard, startBoard } from './board.js';

const windowBytes = 384;
const pieceBytes = 96;
const settings = [
  ...['acqtime inf', 'trigdelay 0', 'trigsrc sw', 'eventsrc d7 fal', 'output energy', 'format ascii_dec'],
  ...['freq 1k', 'volt 3300m', 'start'],
];
const reply = /\[dut\]: m-ready\r\n/;

/** Writes a command and takes what is said up to `end`. */
function ask(port: Duplex, command: string, end: RegExp): Promise<string> {
  return new Promise(resolve => {
    let text = '';
    const hear = (bytes: Buffer) => {
      text += bytes.toString('latin1');
      if (!end.test(text)) return;
      port.off('data', hear);
      resolve(text);
    };
    port.on('data', hear);
    port.write(command);
  });
}

/** A serial port whose client takes at once whatever is there. */
class GreedyPort {
  heard = '';
  private readonly room = Buffer.alloc(4096);
  private readonly fd: number;

  constructor(path: string) {
    this.fd = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  }

  /** @returns all that has come up to now */
  take(): string {
    for (;;)
      try {
        this.heard += this.room.toString('latin1', 0, readSync(this.fd, this.room));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return this.heard;
        throw error;
      }
  }

  write(command: string): void {
    this.heard = '';
    writeSync(this.fd, command);
  }

  async ask(command: string, end: RegExp): Promise<void> {
    this.write(command);
    while (!end.test(this.take())) await pause(1);
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** Leaves the process one of its four threads for files and the like, and that with much to do. @returns what ends it */
function occupyPool(): () => Promise<void> {
  const plug = openTerminal();
  const fd = openSync(plug.path, constants.O_RDONLY | constants.O_NOCTTY);
  const blocked = [1, 2, 3].map(
    () => new Promise<void>(resolve => read(fd, Buffer.alloc(1), 0, 1, null, () => resolve())),
  );
  let isOver = false;
  const job = () =>
    new Promise<void>(resolve =>
      scrypt('pool', 'salt', 16, () => {
        if (isOver) resolve();
        else job().then(resolve);
      }),
    );
  const jobs = [job(), job()];
  return async () => {
    isOver = true;
    plug.port.write('...');
    await Promise.all([...blocked, ...jobs]);
    closeSync(fd);
    plug.close();
  };
}

describe('emulated board, interface board and monitor together', function () {
  this.timeout(120_000);
  let bench: TestBench;
  let board: StartedBoard;
  before(async () => {
    bench = await TestBench.make();
    board = await startBoard({
      board: 'rp2040',
      bundle: `${bench.folder}/bundle`,
      regime: 'energy',
      logic: 'timestamp',
    });
    const dut = board.line.plug();
    await ask(dut, `db load ${windowBytes}%`, /m-ready\r\n/);
    for (let at = 0; at < windowBytes; at += pieceBytes)
      await ask(dut, `db ${'00'.repeat(pieceBytes)}%`, /m-ready\r\n/);
    dut.destroy();
  });
  after(async () => {
    await board.close();
    await bench.remove();
  });

  /*
   * The stock runner takes, the moment it reads m-ready, what it has of the monitor: on a real bench the DUT's last lines, at 9600 baud, leave the
   * monitor's lines that much time.
   */
  it('hears m-ready after both time stamps, later by what the lines between them take', async () => {
    const monitor = emulatedInstruments.lpm01a(board.instrument).port;
    const { port } = new EmulatedInterfaceBoard(board.line.plug(), board.time);
    for (const command of settings) await ask(monitor, `${command}\r\n`, /ack/);
    let told = '';
    monitor.on('data', (bytes: Buffer) => {
      told += bytes.toString('latin1');
    });

    await ask(port, 'setbaud 9600%', /m-ready/);
    const before = told.length;
    const text = await ask(port, 'dut infer 40 0%', reply);

    const seen = told.slice(before).split('\r\n');
    const stamps = seen.flatMap((line, i) => (line.startsWith('event') ? [i] : []));
    expect(stamps.map(i => seen[i])).to.deep.equal(['event 1 ris', 'event 2 ris']);
    const lines = text.slice(text.indexOf('[dut]: m-infer-done')).replaceAll('[dut]: ', '');
    const milliseconds = (lines.length * 10) / 9.6;
    const samples = seen.slice(stamps[1]).filter(line => /\d{4}[+-]\d{2}$/.test(line)).length;
    /* A board tells how far it came every 5 ms. */
    expect(samples, `of 1 ms since the second; its lines take ${milliseconds} ms`).to.be.above(
      milliseconds - 6,
    );
    port.destroy();
    monitor.destroy();
  });

  it('has told a client that waits for nothing of both time stamps when it hears m-ready, however busy this process is', async () => {
    const served: Served[] = [];
    const ports: GreedyPort[] = [];
    const serve = async (name: string, create: () => Duplex) => {
      const path = `${bench.folder}/${name}`;
      served.push(await serveTerminal(create, path));
      const port = new GreedyPort(path);
      ports.push(port);
      return port;
    };
    try {
      const monitor = await serve('lpm', () => emulatedInstruments.lpm01a(board.instrument).port);
      const host = await serve('io', () => new EmulatedInterfaceBoard(board.line.plug(), board.time).port);
      for (const command of settings) await monitor.ask(`${command}\r\n`, /ack/);
      await host.ask('setbaud 9600%', /m-ready/);
      const release = occupyPool();
      try {
        host.write('dut infer 40 0%');
        while (!reply.test(host.take())) {
          monitor.take();
          await pause(1);
        }
        expect(monitor.take().match(/event \d+ ris/g)).to.deep.equal(['event 1 ris', 'event 2 ris']);
      } finally {
        await release();
      }
    } finally {
      for (const port of ports) port.close();
      for (const one of served) await one.close();
    }
  });
});
