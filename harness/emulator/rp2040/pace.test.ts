import { expect } from 'chai';
import type { PowerEvent } from '../../machine/machine.js';
import { testLevels, testSegments } from '../../testing/dut/rp2040.js';
import { createRp2040Machine } from './machine.js';
import { RealTimePace } from './pace.js';

describe('RealTimePace', () => {
  it('makes a board wait that is ahead, for no longer than a heartbeat', () => {
    let host = 1000;
    const pace = new RealTimePace(0, () => host);
    expect(pace.wait(1e6, 1e6), 'a little ahead').to.equal(0);
    expect(pace.wait(4e6, 4e6)).to.be.closeTo(2, 1e-6);
    expect(pace.wait(4e6, 900e6), 'asleep for long').to.equal(5);
    host += 10;
    expect(pace.wait(4e6, 4e6)).to.equal(0);
    expect(pace.until(4e6)).to.be.closeTo(12e6, 1);
  });

  it('does not hurry a board that computes slower than real time, nor one whose thread was not let run', () => {
    let host = 0;
    const pace = new RealTimePace(0, () => host);
    host = 1000;
    expect(pace.until(400e6), 'goes on from where the board is').to.be.closeTo(402e6, 1);
    host += 9;
    expect(pace.until(400e6), 'a little is caught up').to.be.closeTo(411e6, 1);
  });
});

describe("an emulated rp2040 at the host's pace", function () {
  this.timeout(60_000);

  it('tells how its time goes on while it waits, and while it is off', async () => {
    const machine = await createRp2040Machine({
      levelHz: testLevels.map(({ hertz }) => hertz),
      pace: 'real',
    });
    try {
      let later: (events: readonly PowerEvent[]) => void = () => {};
      machine.onPower(events => later(events));
      /** Resolves when the board's time has gone on by this much. */
      const pass = (milliseconds: number) =>
        new Promise<number>(resolve => {
          const from = machine.progress!();
          later = events => {
            const { timeNs } = events.at(-1)!;
            if (timeNs - from > milliseconds * 1e6) resolve(timeNs);
          };
        });
      await machine.load(testSegments());
      await machine.reset();
      const waited = await pass(30);
      await machine.power(false);
      const off = await pass(30);
      expect(off).to.be.greaterThan(waited);
      await machine.power(true);
      expect(await pass(30)).to.be.greaterThan(off);
    } finally {
      await machine.close();
    }
  });

  it('waits for those who tell of it when they are held up, so that nothing happens faster than it should', async () => {
    const machine = await createRp2040Machine({
      levelHz: testLevels.map(({ hertz }) => hertz),
      pace: 'real',
    });
    try {
      await machine.load(testSegments());
      await machine.reset();
      /** Longest that the board's time went on while the main thread did nothing, milliseconds. */
      let most = 0;
      for (let i = 0; i < 5; i += 1) {
        await machine.settle();
        const from = machine.progress!();
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 150);
        most = Math.max(most, (machine.progress!() - from) * 1e-6);
      }
      expect(most).to.be.below(60);
    } finally {
      await machine.close();
    }
  });

  it('starts in the energy regime with its strap on', async () => {
    const machine = await createRp2040Machine({ levelHz: [133e6], energyStrap: true });
    try {
      let text = '';
      const banner = new Promise<void>(resolve => {
        machine.uart.on('data', (bytes: Buffer) => {
          text += bytes.toString('latin1');
          if (text.includes('m-ready')) resolve();
        });
      });
      await machine.load(testSegments());
      await machine.reset();
      await banner;
      expect(text).to.equal('m-timestamp-mode-energy\r\nm-init-done\r\nm-ready\r\n');
    } finally {
      await machine.close();
    }
  });

  it('tells of a pulse before the byte that comes behind it', async () => {
    const machine = await createRp2040Machine({
      levelHz: testLevels.map(({ hertz }) => hertz),
      pace: 'real',
      energyStrap: true,
      logic: 'timestamp',
    });
    try {
      let edges = 0;
      let text = '';
      let seen = 0;
      machine.onPower(events => {
        edges += events.filter(({ kind }) => kind === 'logic').length;
      });
      let heard = () => {};
      machine.uart.on('data', (bytes: Buffer) => {
        text += bytes.toString('latin1');
        if (!text.includes('m-ready\r\n')) return;
        text = '';
        seen = edges;
        heard();
      });
      const ready = () => new Promise<void>(resolve => (heard = resolve));
      await machine.load(testSegments());
      const started = ready();
      await machine.reset();
      await started;
      for (let i = 0; i < 20; i += 1) {
        const before = edges;
        const answered = ready();
        machine.uart.write('timestamp%');
        await answered;
        expect(seen - before, `edges at the end of reply ${i}`).to.equal(2);
      }
    } finally {
      await machine.close();
    }
  });
});
