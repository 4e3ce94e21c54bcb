import type { Duplex } from 'node:stream';
import { expect } from 'chai';
import { emulatedInstruments } from '../../emulator/instruments/open.js';
import { EmulatedInterfaceBoard } from '../../emulator/interface-board.js';
import { TestBench } from '../../testing/bench/test-bench.js';
import { type StartedBoard, startBoard } from './board.js';

const windowBytes = 384;
const pieceBytes = 96;

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
  });
  after(async () => {
    await board.close();
    await bench.remove();
  });

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

  /*
   * The stock runner takes, the moment it reads m-ready, what it has of the monitor: on a real bench the DUT's last lines, at 9600 baud, leave the
   * monitor's lines that much time.
   */
  it('hears m-ready after both time stamps, later by what the lines between them take', async () => {
    const monitor = emulatedInstruments.lpm01a(board.instrument).port;
    const { port } = new EmulatedInterfaceBoard(board.line.plug(), board.time);
    for (const command of [
      ...['acqtime inf', 'trigdelay 0', 'trigsrc sw', 'eventsrc d7 fal', 'output energy', 'format ascii_dec'],
      ...['freq 1k', 'volt 3300m', 'start'],
    ])
      await ask(monitor, `${command}\r\n`, /ack/);
    let told = '';
    monitor.on('data', (bytes: Buffer) => {
      told += bytes.toString('latin1');
    });

    await ask(port, 'setbaud 9600%', /m-ready/);
    const reply = /\[dut\]: m-ready\r\n/;
    await ask(port, `dut db load ${windowBytes}%`, reply);
    for (let at = 0; at < windowBytes; at += pieceBytes)
      await ask(port, `dut db ${'00'.repeat(pieceBytes)}%`, reply);
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
  });
});
