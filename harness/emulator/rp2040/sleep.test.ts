import { expect } from 'chai';
import type { MachineOptions, MemorySegment, PowerEvent } from '../../machine/machine.js';
import { levelsForBoard, loadChip } from '../../measure/chip/profile.js';
import { testSegments } from '../../testing/dut/rp2040.js';
import { gates, testBundle } from '../../testing/model/bundle.js';
import { FrameEncoder } from '../../wire/dut/frames.js';
import { createSupply } from '../supply.js';
import { FirmwareFault, Rp2040Board } from './board.js';
import { sleepDepths } from './power.js';

const { gated, crystal, lowered } = sleepDepths;
const sleepEnable1 = 0xac;

/** The firmware on a board in this process: what it says, and what its supply sees. */
class SleepingBoard {
  readonly events: PowerEvent[] = [];
  text = '';
  readonly #board: Rp2040Board;

  /** @param leftOut clocks that the firmware is made to leave out of those of deep sleep, bits of SLEEP_EN1 */
  constructor(segments: readonly MemorySegment[], options: Partial<MachineOptions> = {}, leftOut = 0) {
    const note =
      (kind: PowerEvent['kind']) =>
      (value = 0) =>
        void this.events.push({
          timeNs: this.#board.clock.nanos,
          cycles: this.#board.cycles,
          kind,
          value,
        });
    this.#board = new Rp2040Board(
      { levelHz: [], ...options },
      {
        marker: note('marker'),
        level: note('level'),
        sleep: note('sleep'),
        wake: note('wake'),
        clock: note('clock'),
        reset: note('reset'),
      },
      byte => {
        this.text += String.fromCharCode(byte);
      },
      {
        translates: true,
        attach: ({ clocks }) => {
          const write = clocks.writeUint32.bind(clocks);
          clocks.writeUint32 = (offset, value) =>
            write(offset, offset === sleepEnable1 ? value & ~leftOut : value);
        },
      },
    );
    for (const segment of segments) this.#board.load(segment);
    this.#board.reset();
    this.run();
  }

  /** Sends, and lets the board run until it rests. @returns what it said, and what happened meanwhile */
  run(input: string | Uint8Array = ''): { said: string; events: PowerEvent[] } {
    const [from, at] = [this.events.length, this.text.length];
    this.#board.feed(typeof input === 'string' ? Buffer.from(input, 'latin1') : input);
    for (let slices = 0; this.#board.run(50_000) !== 'idle'; slices++) expect(slices).to.be.below(1000);
    return { said: this.text.slice(at), events: this.events.slice(from) };
  }

  /** One window between two idles of so long: the events from the marker's fall before the first to the rise that ends the second. */
  window(guardMicroseconds: number): PowerEvent[] {
    this.run(`lf guard ${guardMicroseconds}%`);
    this.run('lf stream quiet%');
    const encoder = new FrameEncoder(4);
    const frame = encoder.encode(0, Uint8Array.of(1, 2, 3, 4), new Uint8Array(encoder.frameBytes));
    const { said, events } = this.run(Uint8Array.of(...frame, 0, 0));
    expect(said).to.match(/^m-w 0 /m);
    const big = events.findIndex(({ kind, value }) => kind === 'marker' && value === 2);
    const fall = events.findLastIndex(({ kind, value }, i) => i < big && kind === 'marker' && value === 0);
    const end = events.findIndex(({ kind, value }, i) => i > big && kind === 'marker' && value === 3);
    return events.slice(fall, end + 1);
  }
}

const depths = (events: readonly PowerEvent[]): number[] =>
  events.filter(({ kind }) => kind === 'sleep').map(({ value }) => value);

describe('sleep of the rp2040', function () {
  this.timeout(60_000);
  let segments: MemorySegment[];
  before(async () => {
    segments = testSegments(
      await testBundle([{ kind: 'hold', name: 'big-only', big: 'big', gate: gates.none }]),
    );
  });

  it('stops PLL and ring oscillator and lowers the voltage in a long idle, and only gates clocks in a guard', () => {
    const board = new SleepingBoard(segments);
    board.run('lf level 0%');
    const short = depths(board.window(100));
    expect(short.length).to.be.at.least(2);
    expect(new Set(short)).to.deep.equal(new Set([gated]));
    const long = board.window(50_000);
    expect(depths(long)).to.deep.equal([lowered, crystal, gated, lowered, crystal, gated]);
    /* At the level whose voltage is the lowest already nothing has to rise again. */
    board.run('lf level 1%');
    expect(depths(board.window(50_000))).to.deep.equal([lowered, gated, lowered, gated]);
  });

  it('idles at least as long as it is told, and hardly longer, at any depth', () => {
    const board = new SleepingBoard(segments);
    for (const microseconds of [100, 1999, 2000, 2001, 3000, 50_000]) {
      const events = board.window(microseconds);
      const rise = events.find(({ kind, value }) => kind === 'marker' && value !== 0)!;
      expect((rise.timeNs - events[0].timeNs) / 1e3 - microseconds, `${microseconds} us`).to.be.within(0, 25);
    }
  });

  it('sleeps deep while it waits for the host, and hears a paced line from its first byte', () => {
    for (const [baud, depth] of [
      [115_200, lowered],
      [500_000, crystal],
      [1_000_000, gated],
    ]) {
      const board = new SleepingBoard(segments, { uart: 'paced' });
      board.run('lf level 0%');
      board.run(`lf baud ${baud}%`);
      expect(depths(board.events).at(-1), `at ${baud}`).to.equal(depth);
      const long = `q${'0123456789'.repeat(20)}`;
      const { said, events } = board.run(`${long}%`);
      expect(said, `at ${baud}`).to.equal(`e-[Unknown command: ${long}]\r\nm-ready\r\n`);
      expect(depths(events).at(-1)).to.equal(depth);
    }
  });

  it('is deaf, or never wakes, where firmware leaves a clock out', () => {
    for (const uart of ['paced', 'fast'] as const) {
      for (const leftOut of [1 << 6, 1 << 7])
        expect(new SleepingBoard(segments, { uart }, leftOut).run('name%').said, uart).to.equal('');
      expect(new SleepingBoard(segments, { uart }).run('name%').said).to.contain('m-name-dut');
    }
    for (const leftOut of [1 << 5, 1 << 12]) {
      const board = new SleepingBoard(segments, {}, leftOut);
      board.run('lf guard 5000%');
      expect(board.run('lf stream quiet%').said).to.contain('m-lf-stream');
      const encoder = new FrameEncoder(4);
      const frame = encoder.encode(0, Uint8Array.of(1, 2, 3, 4), new Uint8Array(encoder.frameBytes));
      const { said, events } = board.run(Uint8Array.of(...frame, 0, 0));
      expect(said).to.equal('');
      expect(events.at(-1)?.kind).to.equal('sleep');
    }
  });

  it('costs no more than gating from where the firmware begins with it, by the profile', async () => {
    const chip = await loadChip('rp2040');
    const levels = levelsForBoard(chip, 'rp2040');
    const order = [levels[0], levels[4]];
    /** Joules of the idle before a window. */
    const joules = (events: readonly PowerEvent[], level: number): number => {
      const supply = createSupply(chip, [order[level]]);
      let sum = 0;
      supply.onSegments(segments => {
        for (const { startNs, endNs, amps } of segments)
          sum += startNs < events[0].timeNs ? 0 : amps * (endNs - startNs) * 1e-9;
      });
      supply.push([{ ...events[0], kind: 'begin', value: 0 }]);
      const until = events.findIndex(({ kind, value }) => kind === 'marker' && value !== 0);
      supply.push(events.slice(0, until + 1));
      return sum * chip.supply.millivolts.value * 1e-3;
    };
    for (const level of [0, 1]) {
      const board = new SleepingBoard(segments);
      board.run(`lf level ${level}%`);
      const light = joules(board.window(1999), level);
      expect(joules(board.window(2001), level)).to.be.below(light);
      const [shorter, longer] = [50_000, 100_000].map(us => joules(board.window(us), level));
      const watts = (longer - shorter) / 0.05;
      const deepest = chip.sleep.states!.at(-1)!;
      /* The timer's whole microseconds may fall otherwise in the two: one more awake on the crystal is 14 nJ in 50 ms. */
      expect(watts * 1e6).to.be.closeTo(
        deepest.fixedMicroamps.value * chip.supply.millivolts.value * 1e-3,
        0.4,
      );
      /* What going and coming back cost agrees with what the profile says of it. */
      const cost = (shorter - watts * 0.05) * 1e6;
      const stated = level === 0 ? deepest : chip.sleep.states![1];
      const said = deepest.enter.microjoules.value + stated.leave.microjoules.value;
      expect(cost / said, `${cost} of ${said} uJ`).to.be.within(0.6, 1.4);
    }
  });
});

describe('faults of the rp2040 in its clocks', () => {
  /** Thumb code that stores words to registers, then hangs. */
  function stores(words: readonly [address: number, value: number][]): MemorySegment[] {
    const code: number[] = [];
    const pool: number[] = words.flat();
    /* ldr r0, [pc, ..]; ldr r1, [pc, ..]; str r1, [r0] a pair, behind two words of vectors. */
    const poolAt = (6 * words.length + 2 + 3) & ~3;
    words.forEach((_, i) => {
      for (const [half, register] of [
        [0, 0],
        [1, 1],
      ]) {
        const pc = (6 * i + 2 * half + 4) & ~3;
        code.push(0x4800 | (register << 8) | ((poolAt + 8 * i + 4 * half - pc) >> 2));
      }
      code.push(0x6001);
    });
    code.push(0xe7fe);
    while (2 * code.length < poolAt) code.push(0xbf00);
    const data = new Uint8Array(8 + poolAt + 4 * pool.length);
    const view = new DataView(data.buffer);
    view.setUint32(0, 0x20040000, true);
    view.setUint32(4, 0x10000109, true);
    code.forEach((half, i) => {
      view.setUint16(8 + 2 * i, half, true);
    });
    pool.forEach((word, i) => {
      view.setUint32(8 + poolAt + 4 * i, word, true);
    });
    return [{ address: 0x10000100, data }];
  }

  const pll = 0x40028000;
  const on: [number, number][] = [
    [0x40008030, 2],
    [pll + 8, 125],
    [pll + 12, 0x62000],
    [pll + 4, 4],
  ];
  const cases: [what: string, words: [number, number][], message: string][] = [
    ['a PLL that has not locked', [...on, [0x4000803c, 1]], 'a PLL that has not locked'],
    ['a memory in use switched off', [[0x40004018, 1]], 'a memory that the program needs was switched off'],
    [
      'a restart without ring oscillator',
      [
        [0x40008030, 2],
        [0x40060000, (0xd1e << 12) | 0xfa4],
        [0x40058000, 1 << 31],
      ],
      'ring oscillator off',
    ],
  ];
  for (const [what, words, message] of cases)
    it(`ends the run at ${what}`, () => {
      expect(() => new SleepingBoard(stores(words))).to.throw(FirmwareFault, message);
    });
});
