import { once } from 'node:events';
import { expect } from 'chai';
import { execa } from 'execa';
import type { Machine, PowerEvent } from '../machine/machine.js';
import { packBundle } from '../model/pack/bundle.js';
import { banner, help, lap, ready, withoutTimes } from '../testing/dut/mlperf.js';
import { testLevels, testSegments } from '../testing/dut/rp2040.js';
import { gates, testBundle } from '../testing/model/bundle.js';
import { GdbFlasher } from '../wire/flash/gdb/flasher.js';
import { loadFirmware } from './manifest.js';
import { createQemuMachine } from './qemu/machine.js';
import { createRp2040Machine } from './rp2040/machine.js';

/*
 * What the stock runner says in its order (mlcommons/tiny, benchmark/runner: main.py, device_under_test.py, script.py), and what a
 * DUT must answer (benchmark/api/internally_implemented.cpp), byte for byte.
 * The input of the test bundle has 4 bytes.
 */
type Exchange = [command: string, reply: string];

const identity = (board: string): Exchange[] => [
  ['name', `m-name-dut-[littlefirst-${board}]\r\nm-ready\r\n`],
  ['profile', 'm-profile-[ULPMark for tinyML Firmware V0.0.1]\r\nm-model-[test]\r\nm-ready\r\n'],
];
const download: Exchange[] = [
  ['db load 4', 'm-[Expecting 4 bytes]\r\nm-ready\r\n'],
  ['db 017f', 'm-ready\r\n'],
  ['db 00fe', 'm-load-done\r\nm-ready\r\n'],
];
const inference = (stamp: string): Exchange[] => [
  [
    'infer 3 2',
    `m-warmup-start-2\r\nm-warmup-done\r\nm-infer-start-3\r\n${stamp}${stamp}m-infer-done\r\nm-results-[0.000,1.000,0.000]\r\nm-ready\r\n`,
  ],
  ['results', 'm-results-[0.000,1.000,0.000]\r\nm-ready\r\n'],
  ['timestamp', `${stamp}m-ready\r\n`],
];
/** What a person at a terminal, or a runner with a wrong script, may say. */
const mistakes: Exchange[] = [
  ['', 'e-[Unknown command: ]\r\nm-ready\r\n'],
  ['setbaud 9600', 'e-[Unknown command: setbaud]\r\nm-ready\r\n'],
  ['db', "e-[Command 'db' requires a subcommand]\r\nm-ready\r\n"],
  ['db load', "e-[Command 'db load' requires the # of bytes]\r\nm-ready\r\n"],
  ['db load 0', "e-[Command 'db load' must be >0 bytes]\r\nm-ready\r\n"],
  ['db load 27649', 'Supplied buffer size 27649 exceeds maximum of 4\nm-ready\r\n'],
  ['db load 4', 'm-[Expecting 4 bytes]\r\nm-ready\r\n'],
  ['db 017', 'e-[Insufficent number of hex digits]\r\nm-ready\r\n'],
  ['db 01zz', "e-[Invalid hex digit 'zz']\r\nm-ready\r\n"],
  ['db 7F00FEAA', 'm-load-done\r\nm-ready\r\n'],
  ['db print', 'm-buffer-01-7f-00-fe\r\n\r\nm-ready\r\n'],
  ['infer 0', 'e-[Inference iterations must be >0]\r\nm-ready\r\n'],
  ['infer 1 -1', 'e-[Inference warmup must be >=0]\r\nm-ready\r\n'],
];
const helps: Exchange[] = [['help', `${help}${ready}`]];

/** Raw bytes to and from a machine, a reply being what ends in the wanted number of `m-ready`. */
class Terminal {
  private text = '';

  constructor(readonly machine: Pick<Machine, 'uart'>) {
    machine.uart.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('latin1');
    });
  }

  async take(readies = 1): Promise<string> {
    for (;;) {
      const parts = this.text.split(ready);
      if (parts.length > readies) {
        const taken = `${parts.slice(0, readies).join(ready)}${ready}`;
        this.text = this.text.slice(taken.length);
        return withoutTimes(taken);
      }
      await once(this.machine.uart, 'data');
    }
  }

  async replay(exchanges: readonly Exchange[]): Promise<void> {
    for (const [command, reply] of exchanges) {
      this.machine.uart.write(`${command}%`);
      expect(await this.take(), command).to.equal(reply);
    }
  }

  /** The whole transcript of both regimes. */
  async replayAll(board: string): Promise<void> {
    expect(await this.take()).to.equal(banner);
    await this.replay([...identity(board), ...helps, ...mistakes, ...download, ...inference(lap)]);
    this.machine.uart.write('lf regime energy%');
    expect(await this.take(2)).to.match(/^m-lf-regime name=energy baud=9600 \*[0-9A-F]{4}\r\nm-ready\r\n/);
    await this.replay([...identity(board), ...download, ...inference(''), ...mistakes]);
  }
}

const strategy = { kind: 'hold', name: 'big-only', big: 'big', gate: gates.none } as const;

describe('MLPerf Tiny transcript on rp2040', function () {
  this.timeout(60_000);
  let machine: Machine;
  let terminal: Terminal;
  const events: PowerEvent[] = [];

  before(async () => {
    machine = await createRp2040Machine({
      levelHz: testLevels.map(level => level.hertz),
      logic: 'timestamp',
    });
    machine.onPower(batch => events.push(...batch));
    terminal = new Terminal(machine);
    await machine.load(testSegments(await testBundle([strategy])));
    await machine.reset();
  });
  after(() => machine.close());

  it('is answered byte for byte in the performance and the energy regime', () =>
    terminal.replayAll('rp2040'));

  it('pulses the time-stamp pin low around the inferences of the energy regime, and only there', async () => {
    await terminal.replay(download);
    await machine.settle();
    events.length = 0;
    await terminal.replay([inference('')[0]]);
    await machine.settle();
    const pin = events.filter(({ kind }) => kind === 'logic');
    expect(pin.map(({ value }) => value)).to.deep.equal([0, 1, 0, 1]);
    for (const [fall, rise] of [
      [pin[0], pin[1]],
      [pin[2], pin[3]],
    ])
      expect((rise.timeNs - fall.timeNs) / 1000, 'width of a pulse, us').to.be.within(50, 60);
    const sent = events.filter(({ kind }) => kind === 'wake' || kind === 'sleep');
    expect(sent.some(({ timeNs }) => timeNs > pin[0].timeNs && timeNs < pin[2].timeNs)).to.equal(false);
  });
});

if (!(await execa('qemu-system-arm', ['--version'], { reject: false })).failed)
  describe('MLPerf Tiny transcript on lm3s6965', function () {
    this.timeout(120_000);

    it('is answered byte for byte in the performance and the energy regime', async () => {
      const { entry, segments } = loadFirmware('lm3s6965');
      const levels = [{ name: '48MHz', millivolts: 670, hertz: 48_000_000, registers: [15, 31, 0, 0] }];
      const { blob } = packBundle(await testBundle([strategy]), {
        core: entry.core,
        levels,
        flashBytes: 192 * 1024,
        ramArenaBytes: entry.arenaBytes,
      });
      const machine = await createQemuMachine({ board: 'lm3s6965', levelHz: [48_000_000] });
      try {
        const terminal = new Terminal(machine);
        await new GdbFlasher(machine.gdbAddress).flash([
          ...segments,
          { address: entry.blobAddress, data: blob },
        ]);
        await terminal.replayAll('lm3s6965');
      } finally {
        await machine.close();
      }
    });
  });
