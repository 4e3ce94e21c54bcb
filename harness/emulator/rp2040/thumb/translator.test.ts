import { expect } from 'chai';
import { type Logger, RP2040 } from 'rp2040js';
import { randomSource } from '../../../testing/model/networks.js';
import { layout } from './machine.js';
import { ThumbTranslator } from './translator.js';

const start = layout.flashBase + 0x400;
const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** State before and after a piece of code. */
interface State {
  registers: number[];
  flags: { N: boolean; Z: boolean; C: boolean; V: boolean };
}

/** Puts code (16-bit instructions, then a BKPT that ends it) into flash. */
function assemble(translator: ThumbTranslator, code: readonly number[]): void {
  translator.forget();
  const halfwords = Uint16Array.from([...code, 0xbe00]);
  translator.flash.set(new Uint8Array(halfwords.buffer), start - layout.flashBase);
}

/** Runs the translated code once. */
function runTranslated(translator: ThumbTranslator, before: State): State & { cycles: number } {
  const core = { ...before.flags };
  for (;;) {
    translator.registers.set([...before.registers, start]);
    Object.assign(core, before.flags);
    const cycles = translator.run(core, 100_000, true);
    if (cycles > 0) return { registers: [...translator.registers], flags: { ...core }, cycles };
  }
}

/** rp2040js's interpreter on the same memory. */
class Interpreter {
  readonly #core;

  constructor({ flash, ram }: ThumbTranslator) {
    const chip = new RP2040();
    chip.logger = silent;
    Object.assign(chip, {
      flash,
      flashView: new DataView(flash.buffer, flash.byteOffset, flash.length),
      sram: ram,
      sramView: new DataView(ram.buffer, ram.byteOffset, ram.length),
    });
    this.#core = chip.core;
  }

  /** Runs up to `count` instructions of a piece of code of that length. */
  run(before: State, count: number): State & { cycles: number } {
    const core = this.#core;
    core.registers.set([...before.registers, start]);
    Object.assign(core, before.flags);
    core.cycles = 0;
    for (let i = 0; i < count && core.PC < start + 2 * count; i++) core.executeInstruction();
    const { N, Z, C, V, cycles } = core;
    return { registers: [...core.registers], flags: { N, Z, C, V }, cycles };
  }
}

const random = randomSource(11);
const integer = (limit: number) => Math.floor(random() * limit);
const interesting = [0, 1, 2, 31, 32, 33, 255, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff];

function randomState(): State {
  const registers = Array.from({ length: 13 }, () =>
    random() < 0.4 ? interesting[integer(interesting.length)] : integer(2 ** 32),
  );
  registers[5] = layout.ramBase + 4 * integer(1000);
  registers[6] = layout.flashBase + 4 * integer(1000);
  registers.push(layout.ramBase + 0x8000, 0x10000101);
  return { registers, flags: { N: random() < 0.5, Z: false, C: random() < 0.5, V: random() < 0.5 } };
}

/** Random instructions that keep r5, r6 and SP as pointers; without those in which rp2040js sets C or V otherwise than the ARM. */
const makers: (() => number)[] = [
  () => (integer(3) << 11) | (integer(32) << 6) | (integer(8) << 3) | integer(5),
  () => 0x1800 | (integer(4) << 9) | (integer(8) << 6) | (integer(8) << 3) | integer(5),
  () => 0x2000 | (integer(4) << 11) | (integer(5) << 8) | integer(256),
  () => 0x4000 | ([0, 1, 8, 9, 10, 12, 13, 14, 15][integer(9)] << 6) | (integer(8) << 3) | integer(5),
  () => 0x4600 | (integer(13) << 3) | integer(5),
  () => 0x4400 | (integer(13) << 3) | integer(5),
  () => 0x4800 | (integer(5) << 8) | integer(16),
  () => 0x6800 | (integer(32) << 6) | ((5 + integer(2)) << 3) | integer(5),
  () => 0x7800 | (integer(32) << 6) | ((5 + integer(2)) << 3) | integer(5),
  () => 0x8800 | (integer(32) << 6) | ((5 + integer(2)) << 3) | integer(5),
  () => 0x6000 | (integer(32) << 6) | (5 << 3) | integer(8),
  () => 0x7000 | (integer(32) << 6) | (5 << 3) | integer(8),
  () => 0x8000 | (integer(32) << 6) | (5 << 3) | integer(8),
  () => 0x9800 | (integer(5) << 8) | integer(64),
  () => 0x9000 | (integer(8) << 8) | integer(64),
  () => 0xa000 | (integer(2) << 11) | (integer(5) << 8) | integer(256),
  () => 0xb200 | (integer(4) << 6) | (integer(8) << 3) | integer(5),
  () => 0xba00 | (integer(8) << 3) | integer(5),
  () => 0xc800 | ((5 + integer(2)) << 8) | (1 + integer(31)),
];

describe('ThumbTranslator', () => {
  it('should do what the interpreter does, with the same cycles, on random code', () => {
    const translator = new ThumbTranslator();
    const interpreter = new Interpreter(translator);
    for (let round = 0; round < 150; round++) {
      const code: number[] = [];
      const length = 1 + integer(24);
      let pointersMoved = 0;
      while (code.length < length) {
        const opcode = makers[integer(makers.length)]();
        if (opcode >> 11 === 0b11001) pointersMoved += 1;
        if (pointersMoved < 20) code.push(opcode);
        if (random() < 0.15) code.push(0xd000 | (integer(14) << 8) | integer(2));
      }
      code.push(0x46c0, 0x46c0, 0x46c0);
      assemble(translator, code);
      const before = randomState();
      const memory = translator.ram.slice();
      const interpreted = interpreter.run(before, code.length);
      const written = translator.ram.slice();
      translator.ram.set(memory);
      const translated = runTranslated(translator, before);
      expect(translated, `round ${round}: ${code.map(word => word.toString(16)).join(' ')}`).to.deep.equal(
        interpreted,
      );
      expect(Buffer.compare(written, translator.ram), `RAM after round ${round}`).to.equal(0);
    }
  });

  it('should add and subtract with carry as the architecture says', () => {
    const translator = new ThumbTranslator();
    for (const [opcode, subtracts] of [
      [0x4148, false],
      [0x4188, true],
    ] as const) {
      assemble(translator, [opcode, 0x46c0]);
      for (const left of interesting) {
        for (const right of interesting) {
          for (const C of [false, true]) {
            const operand = subtracts ? ~right >>> 0 : right;
            const sum = left + operand + (C ? 1 : 0);
            const signed = (left | 0) + (operand | 0) + (C ? 1 : 0);
            const registers = [left, right, ...new Array<number>(13).fill(0)];
            const { registers: after, flags } = runTranslated(translator, {
              registers,
              flags: { N: false, Z: false, C, V: false },
            });
            const what = `${left} ${right} ${C}`;
            expect(after[0], what).to.equal(sum % 2 ** 32);
            expect(flags, what).to.deep.equal({
              N: (sum | 0) < 0,
              Z: sum % 2 ** 32 === 0,
              C: sum >= 2 ** 32,
              V: signed !== (sum | 0),
            });
          }
        }
      }
    }
  });

  it('should shift by a register as the architecture says', () => {
    const translator = new ThumbTranslator();
    /** Bit by bit; the carry is the last bit shifted out. */
    const steps: Record<number, (value: number) => [number, boolean]> = {
      16520: value => [(value << 1) >>> 0, value >= 2 ** 31],
      16584: value => [value >>> 1, (value & 1) === 1],
      16648: value => [(value >> 1) >>> 0, (value & 1) === 1],
      16840: value => [((value >>> 1) | (value << 31)) >>> 0, (value & 1) === 1],
    };
    for (const [opcode, step] of Object.entries(steps)) {
      assemble(translator, [Number(opcode), 0x46c0]);
      for (const value of interesting) {
        for (const amount of [0, 1, 5, 31, 32, 33, 64, 255, 256, 257]) {
          let expected: [number, boolean] = [value, true];
          for (let i = 0; i < (amount & 255); i++) expected = step(expected[0]);
          const registers = [value, amount, ...new Array<number>(13).fill(0)];
          const { registers: after, flags } = runTranslated(translator, {
            registers,
            flags: { N: false, Z: false, C: true, V: true },
          });
          const [result, C] = expected;
          expect([after[0], flags], `${Number(opcode).toString(16)} ${value} ${amount}`).to.deep.equal([
            result,
            { N: (result | 0) < 0, Z: result === 0, C, V: true },
          ]);
        }
      }
    }
  });

  it('should leave peripherals and exception returns to the interpreter, before the instruction', () => {
    const translator = new ThumbTranslator();
    assemble(translator, [0x3001, 0x6808, 0x3001]);
    const { registers, cycles } = runTranslated(translator, {
      registers: [1, 0xd0000000, ...new Array<number>(13).fill(0)],
      flags: { N: false, Z: false, C: false, V: false },
    });
    expect([registers[0], registers[15], cycles]).to.deep.equal([2, start + 2, 1]);
  });

  it('should take an address with and without the Thumb bit for the same place', () => {
    const translator = new ThumbTranslator();
    assemble(translator, [0x2001, 0xe7ff, 0x2102]); // movs r0, #1; b over nothing; movs r1, #2
    const enter = (address: number) => {
      translator.registers.fill(0);
      translator.registers[15] = address;
      return translator.run({ N: false, Z: false, C: false, V: false }, 100, true);
    };
    let cycles = 0;
    while (cycles === 0) cycles = enter(start | 1);
    expect([...translator.registers.subarray(0, 2)]).to.deep.equal([1, 2]);
    expect(enter(start + 4)).to.equal(1);
    expect([...translator.registers.subarray(0, 2)]).to.deep.equal([0, 2]);
    expect(translator.registers[15]).to.equal(start + 6);
  });
});
