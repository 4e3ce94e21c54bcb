import { expect } from 'chai';
import { execa } from 'execa';
import { GoldenNetwork } from '../../model/golden/network.js';
import { packBundle } from '../../model/pack/bundle.js';
import { tinyBundle, tinyNetwork, tinyWindows } from '../../testing/model/tiny.js';
import { FrameEncoder } from '../../wire/dut/frames.js';
import { GdbFlasher } from '../../wire/flash/gdb/flasher.js';
import { loadFirmware } from '../manifest.js';
import { createQemuMachine, type QemuBoard, type QemuMachine } from './machine.js';

const levels = [{ name: '96MHz', millivolts: 850, hertz: 96_000_000, registers: [96_000_000, 0, 0, 0] }];
const windowCount = 6;

/** What the board says, line by line. */
class Listener {
  #text = '';
  #wake: () => void = () => undefined;

  constructor(readonly machine: QemuMachine) {
    machine.uart.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('latin1');
      this.#wake();
    });
    machine.uart.on('close', () => this.#wake());
  }

  async until(end: string): Promise<string> {
    for (;;) {
      const at = this.#text.indexOf(end);
      if (at >= 0) {
        const taken = this.#text.slice(0, at);
        this.#text = this.#text.slice(at + end.length);
        return taken;
      }
      if (this.machine.uart.destroyed) throw this.machine.uart.errored ?? new Error('the machine is gone');
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
    }
  }

  command(text: string): Promise<string> {
    this.machine.uart.write(`${text}%`);
    return this.until('m-ready\r\n');
  }
}

/** Label of each window, streamed one by one. */
async function labelsOf(dut: Listener, windows: readonly Int8Array[]): Promise<number[]> {
  dut.machine.uart.write('lf stream%');
  await dut.until('\r\n');
  const encoder = new FrameEncoder(windows[0].length);
  const labels: number[] = [];
  for (const [sequence, window] of windows.entries()) {
    const bytes = new Uint8Array(window.buffer, window.byteOffset, window.length);
    dut.machine.uart.write(encoder.encode(sequence, bytes, new Uint8Array(encoder.frameBytes)).slice());
    const line = await dut.until('\r\n');
    labels.push(Number(/^m-w \d+ (\d+) b /.exec(line)?.[1] ?? Number.NaN));
  }
  dut.machine.uart.write(Uint8Array.of(0, 0));
  await dut.until('m-ready\r\n');
  return labels;
}

if (!(await execa('qemu-system-arm', ['--version'], { reject: false })).failed) {
  for (const board of ['mps2-an385', 'mps2-an386'] as const satisfies readonly QemuBoard[]) {
    describe(`${board} firmware in QEMU`, () => {
      it('should run a network too large for the LM3S6965 as the golden interpreter does, at a level read back', async () => {
        const { entry, segments } = loadFirmware(board);
        const description = tinyBundle('ic');
        const network = tinyNetwork('ic');
        const { blob, arenaBytes } = packBundle(
          { description, networks: [{ network }] },
          {
            ...{ core: entry.core, levels, flashBytes: 4_000_000, ramArenaBytes: entry.arenaBytes },
          },
        );
        expect(arenaBytes).to.be.above(48 * 1024);
        const machine = await createQemuMachine({ board, levelHz: [96_000_000], datagramInput: true });
        try {
          const dut = new Listener(machine);
          const segmentsWithBlob = [...segments, { address: entry.blobAddress, data: blob }];
          expect((await new GdbFlasher(machine.gdbAddress).flash(segmentsWithBlob)).verified).to.equal(
            'readback',
          );
          await dut.until('m-ready\r\n');
          expect(await dut.command('lf level 0')).to.contain('n=0 mv=850 hz=96000000 reg=5b8d800:0:0:0 *');
          const windows = tinyWindows('ic', windowCount);
          const golden = new GoldenNetwork(network);
          const expected = windows.map(window => {
            const [scores] = golden.run([window]);
            return scores.indexOf(Math.max(...scores));
          });
          expect(await labelsOf(dut, windows)).to.deep.equal(expected);
        } finally {
          await machine.close();
        }
      }).timeout(600_000);
    });
  }
}
