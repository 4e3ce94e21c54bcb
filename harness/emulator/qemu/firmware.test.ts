import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import { execa } from 'execa';
import type { PowerEvent } from '../../machine/machine.js';
import { GoldenCascade } from '../../model/cascade/golden.js';
import { packBundle } from '../../model/pack/bundle.js';
import { gates, testBundle } from '../../testing/model/bundle.js';
import { FrameEncoder } from '../../wire/dut/frames.js';
import { GdbFlasher } from '../../wire/flash/gdb/flasher.js';
import { loadFirmware } from '../manifest.js';
import { createQemuMachine, type QemuBoard, type QemuMachine } from './machine.js';

/* Stand-in levels: the frequencies are not those of the emulated clock tree. */
const levels = [
  { name: '96MHz', millivolts: 800, hertz: 96_000_000, registers: [3, 27, 0, 0] },
  { name: '48MHz', millivolts: 670, hertz: 48_000_000, registers: [15, 31, 1, 0] },
];
const windows = [
  [7, -3, 12, 0],
  [-20, 0, 5, 9],
  [1, 1, 0, -7],
].map(values => Int8Array.from(values));

function frame(payload: Int8Array): Uint8Array {
  const encoder = new FrameEncoder(payload.length);
  const bytes = new Uint8Array(payload.buffer, payload.byteOffset, payload.length);
  return encoder.encode(0, bytes, new Uint8Array(encoder.frameBytes)).slice();
}

/** The firmware on a flashed machine. */
class Dut {
  readonly events: PowerEvent[] = [];
  private text = '';
  private wake: () => void = () => undefined;

  constructor(readonly machine: QemuMachine) {
    machine.uart.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('latin1');
      this.wake();
    });
    machine.uart.on('close', () => this.wake());
    machine.onPower(events => this.events.push(...events));
  }

  async until(end: string): Promise<string> {
    for (;;) {
      const at = this.text.indexOf(end);
      if (at >= 0) {
        const taken = this.text.slice(0, at);
        this.text = this.text.slice(at + end.length);
        return taken;
      }
      if (this.machine.uart.destroyed) throw this.machine.uart.errored ?? new Error('the machine is gone');
      await new Promise<void>(resolve => {
        this.wake = resolve;
      });
    }
  }

  command(text: string): Promise<string> {
    this.machine.uart.write(`${text}%`);
    return this.until('m-ready\r\n');
  }

  async loadWindows(): Promise<void> {
    for (const [slot, window] of windows.entries()) {
      this.machine.uart.write(`lf load ${slot}%`);
      await this.until('\r\n');
      this.machine.uart.write(frame(window));
      await this.until('m-ready\r\n');
    }
  }

  /** Cycles (best, optimistic, pessimistic) and time of each stretch between two markers of a loop. */
  async loop(count: number): Promise<{ reply: string; stretches: number[][] }> {
    await this.machine.settle();
    this.events.length = 0;
    const reply = await this.command(`lf loop ${count}`);
    await this.machine.settle();
    const markers = this.events.filter(({ kind }) => kind === 'marker');
    /* The idle edge behind the command before may come only now: the loop begins with its own command's transfer edge. */
    const edges = markers
      .slice(markers.findIndex(({ value }) => value === 3))
      .filter(({ value }) => value !== 3);
    const stretches = edges
      .slice(1)
      .map((edge, index) => [
        edge.value,
        edge.cycles - edges[index].cycles,
        edge.cyclesLow! - edges[index].cyclesLow!,
        edge.cyclesHigh! - edges[index].cyclesHigh!,
      ]);
    /* The first and last edges border on UART traffic, whose timing is the host's. */
    return { reply, stretches: stretches.slice(1, -1) };
  }
}

if (!(await execa('qemu-system-arm', ['--version'], { reject: false })).failed) {
  for (const board of ['lm3s6965', 'lm3s6965-m4'] as const satisfies readonly QemuBoard[]) {
    const datagramInput = board === 'lm3s6965-m4';
    const input = datagramInput ? 'datagrams to UART1' : 'UART0';
    describe(`${board} firmware in QEMU, input by ${input}`, () => {
      let dut: Dut;
      const { entry, segments } = loadFirmware(board);

      before(async () => {
        const bundle = await testBundle([{ kind: 'hold', name: 'big-only', big: 'big', gate: gates.none }]);
        const { blob } = packBundle(bundle, {
          core: entry.core,
          levels,
          flashBytes: 192 * 1024,
          ramArenaBytes: entry.arenaBytes,
        });
        dut = new Dut(
          await createQemuMachine({ board, levelHz: levels.map(({ hertz }) => hertz), datagramInput }),
        );
        const report = await new GdbFlasher(dut.machine.gdbAddress).flash([
          ...segments,
          { address: entry.blobAddress, data: blob },
        ]);
        expect(report.verified).to.equal('readback');
        expect(await dut.until('m-ready\r\n')).to.contain('m-init-done');
      });
      after(() => dut.machine.close());

      it('identifies itself by the image that was flashed', async () => {
        const reply = await dut.command('lf id 0123abcd');
        expect(reply).to.contain(`board=${board} image=${entry.sha256.slice(0, 16)} `);
        expect(reply).to.contain('flash=262144 ram=65536').and.contain('cyclecounter=0');
      });

      it('sets levels by its registers and answers what the table says of those read back', async () => {
        for (const n of [1, 0, 1]) {
          const { millivolts, hertz, registers } = levels[n];
          const words = registers.map(word => word.toString(16)).join(':');
          expect(await dut.command(`lf level ${n}`)).to.contain(
            `n=${n} mv=${millivolts} hz=${hertz} reg=${words} *`,
          );
        }
        await dut.machine.settle();
        const seen = dut.events.filter(({ kind }) => kind === 'level').map(({ value }) => value);
        expect(seen).to.deep.equal([1, 0, 1]);
      });

      it('computes what the golden cascade computes, in the same cycles every time', async () => {
        await dut.loadWindows();
        await dut.command('lf strategy big-only');
        const first = await dut.loop(9);
        await dut.command('lf reset');
        const second = await dut.loop(9);
        const bundle = await testBundle([{ kind: 'hold', name: 'big-only', big: 'big', gate: gates.none }]);
        const golden = new GoldenCascade(bundle, 'big-only');
        const labels = Uint8Array.from({ length: 9 }, (_, index) => golden.step(windows[index % 3]).label);
        const expected = (crc32(labels) >>> 0).toString(16);
        expect(first.reply).to.match(new RegExp(`m-lf-loop n=9 labels=0*${expected} cycles=- `, 'i'));
        expect(first.stretches).to.have.length.above(10);
        expect(second.stretches).to.deep.equal(first.stretches);
      });

      if (datagramInput)
        it('has settled when it has answered what it was sent, not while that still waits for QEMU', async () => {
          for (let nonce = 1; nonce <= 20; nonce += 1) {
            let isAnswered = false;
            const answer = dut.command(`lf id ${nonce}`).then(() => {
              isAnswered = true;
            });
            await dut.machine.settle();
            /* The answer came by another socket than what tells of the rest. */
            for (let turn = 0; turn < 2; turn += 1) await new Promise(resolve => setImmediate(resolve));
            expect(isAnswered, `after question ${nonce}`).to.equal(true);
            await answer;
          }
        });

      it('keeps its guard as sleep in virtual time', async () => {
        await dut.command('lf guard 250');
        await dut.loop(2);
        const sleeps = dut.events.flatMap((event, index) => {
          const next = dut.events[index + 1];
          return event.kind === 'sleep' && next?.kind === 'wake' && next.timeNs > event.timeNs
            ? [next.timeNs - event.timeNs]
            : [];
        });
        expect(sleeps.length).to.be.above(1);
        expect(new Set(sleeps)).to.deep.equal(new Set([250_000]));
      });
    });
  }
}
