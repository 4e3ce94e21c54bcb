/**
 * One Armv6-M instruction as WebAssembly over the locals of thumb-machine.ts. Encodings: Armv6-M Architecture Reference Manual, A5; cycles:
 * Cortex-M0+ technical reference manual, table 3-1, without wait states.
 */
import { type Exit, isExceptionReturn, local, locate, reg, setReg } from './thumb-machine.js';
import type { Code, Width } from './wasm-code.js';
import * as w from './wasm-code.js';

export const NZ = 1;
export const C = 2;
export const V = 4;
export const allFlags = NZ | C | V;

/** How control leaves an instruction. `stop`: left to the interpreter, which runs it from outside. */
export type Flow = 'next' | 'jump' | 'condition' | 'call' | 'indirect' | 'stop';

export interface Lifted {
  bytes: number;
  /** Cycles if no branch is taken; a taken condition costs one more. */
  cycles: number;
  flow: Flow;
  /** Flags written and read (bits NZ, C, V). */
  sets: number;
  reads: number;
  /**
   * The code, given which of the flags in `sets` are wanted, and how to leave the region before this instruction. Of an `indirect` it sets
   * the program counter.
   */
  code: (wanted: number, exit: Exit) => Code;
  /** Target of a jump, condition or call. */
  target?: number;
  condition?: number;
  /** Of a comparison or subtraction: what was compared. */
  compared?: [left: Code, right: Code];
}

/** Reads code from flash: 16 bits at an address; undefined outside. */
export type CodeReader = (address: number) => number | undefined;

const stop: Lifted = { bytes: 2, cycles: 1, flow: 'stop', sets: 0, reads: 0, code: () => [] };

const left = w.get(local.left);
const right = w.get(local.right);
const result = w.get(local.result);
const amount = w.get(local.amount);
const carry = w.get(local.carry);

function plain(code: Lifted['code'] | Code, more: Partial<Lifted> = {}): Lifted {
  return { ...stop, flow: 'next', code: typeof code === 'function' ? code : () => code, ...more };
}

/** Sets the wanted flags: N and Z from `result`, C and V from expressions. */
function flags(wanted: number, carryValue: Code, overflowValue: Code): Code {
  return [
    ...(wanted & NZ ? w.set(local.nz, result) : []),
    ...(wanted & C ? w.set(local.carry, carryValue) : []),
    ...(wanted & V ? w.set(local.overflow, overflowValue) : []),
  ];
}

const into = (register: number | undefined): Code => (register === undefined ? [] : setReg(register, result));

/** An operation that sets N and Z from its result, and C from `shiftedOut` if it has one. */
function logical(register: number | undefined, value: Code, shiftedOut?: Code): Lifted {
  return plain(
    wanted => [...w.set(local.result, value), ...flags(wanted, shiftedOut ?? [], []), ...into(register)],
    { sets: shiftedOut === undefined ? NZ : NZ | C },
  );
}

const operands = (a: Code, b: Code): Code => [...w.set(local.left, a), ...w.set(local.right, b)];

function subtract(register: number | undefined, a: Code, b: Code): Lifted {
  return plain(
    wanted => [
      ...operands(a, b),
      ...w.set(local.result, w.sub(left, right)),
      ...flags(wanted, w.notLessUnsigned(left, right), w.and(w.xor(left, right), w.xor(left, result))),
      ...into(register),
    ],
    { sets: allFlags, compared: [a, b] },
  );
}

const sumOverflow = w.and(w.xor(left, result), w.xor(right, result));

function addition(register: number | undefined, a: Code, b: Code): Lifted {
  return plain(
    wanted => [
      ...operands(a, b),
      ...w.set(local.result, w.add(left, right)),
      ...flags(wanted, w.lessUnsigned(result, left), sumOverflow),
      ...into(register),
    ],
    { sets: allFlags },
  );
}

function addWithCarry(register: number, a: Code, b: Code): Lifted {
  const carryOut = w.select(w.notGreaterUnsigned(result, left), w.lessUnsigned(result, left), carry);
  return plain(
    wanted => [
      ...operands(a, b),
      ...w.set(local.result, w.add(w.add(left, right), carry)),
      ...flags(wanted, carryOut, sumOverflow),
      ...into(register),
    ],
    { sets: allFlags, reads: C },
  );
}

const bit0 = (value: Code) => w.and(value, w.constant(1));
const below32 = w.lessUnsigned(amount, w.constant(32));
const upTo32 = w.notGreaterUnsigned(amount, w.constant(32));
const zero = w.constant(0);
/** LSL, LSR, ASR, ROR of `left` by `amount` (0 to 255): value, and carry if the amount is not 0. */
const shifts: readonly [value: Code, carry: Code][] = [
  [
    w.select(w.shl(left, amount), zero, below32),
    w.select(bit0(w.shrUnsigned(left, w.sub(w.constant(32), amount))), zero, upTo32),
  ],
  [
    w.select(w.shrUnsigned(left, amount), zero, below32),
    w.select(bit0(w.shrUnsigned(left, w.sub(amount, w.constant(1)))), zero, upTo32),
  ],
  [
    w.shrSigned(left, w.select(amount, w.constant(31), below32)),
    w.select(
      bit0(w.shrUnsigned(left, w.sub(amount, w.constant(1)))),
      w.shrUnsigned(left, w.constant(31)),
      below32,
    ),
  ],
  [w.rotateRight(left, amount), w.shrUnsigned(result, w.constant(31))],
];

function shiftByRegister(kind: number, register: number, by: number): Lifted {
  const [value, shiftedOut] = shifts[kind];
  return plain(
    wanted => [
      ...w.set(local.left, reg(register)),
      ...w.set(local.amount, w.and(reg(by), w.constant(255))),
      ...w.set(local.result, value),
      ...flags(wanted, w.select(shiftedOut, carry, amount), []),
      ...into(register),
    ],
    { sets: NZ | C, reads: C },
  );
}

function shiftByImmediate(kind: number, register: number, from: number, count: number): Lifted {
  const value = reg(from);
  const k = w.constant;
  if (kind === 0 && count === 0) return logical(register, value);
  if (kind === 0) {
    return logical(register, w.shl(value, k(count)), bit0(w.shrUnsigned(value, k(32 - count))));
  }
  const out = bit0(w.shrUnsigned(value, k((count === 0 ? 32 : count) - 1)));
  if (kind === 1) return logical(register, count === 0 ? zero : w.shrUnsigned(value, k(count)), out);
  return logical(register, w.shrSigned(value, k(count === 0 ? 31 : count)), out);
}

function dataProcessing(opcode: number): Lifted {
  const d = opcode & 7;
  const a = reg(d);
  const b = reg((opcode >> 3) & 7);
  switch ((opcode >> 6) & 15) {
    case 0:
      return logical(d, w.and(a, b));
    case 1:
      return logical(d, w.xor(a, b));
    case 2:
      return shiftByRegister(0, d, (opcode >> 3) & 7);
    case 3:
      return shiftByRegister(1, d, (opcode >> 3) & 7);
    case 4:
      return shiftByRegister(2, d, (opcode >> 3) & 7);
    case 5:
      return addWithCarry(d, a, b);
    case 6:
      return addWithCarry(d, a, w.not(b));
    case 7:
      return shiftByRegister(3, d, (opcode >> 3) & 7);
    case 8:
      return logical(undefined, w.and(a, b));
    case 9:
      return subtract(d, zero, b);
    case 10:
      return subtract(undefined, a, b);
    case 11:
      return addition(undefined, a, b);
    case 12:
      return logical(d, w.or(a, b));
    case 13:
      return logical(d, w.mul(a, b));
    case 14:
      return logical(d, w.and(a, w.not(b)));
    default:
      return logical(d, w.not(b));
  }
}

const aligned = (value: Code) => w.and(value, w.constant(-2));

/** ADD, CMP, MOV with high registers, BX, BLX. */
function highRegisters(opcode: number, address: number): Lifted {
  const m = (opcode >> 3) & 15;
  const d = ((opcode >> 4) & 8) | (opcode & 7);
  const from = m === 15 ? w.constant(address + 4) : reg(m);
  const operation = (opcode >> 8) & 3;
  if (operation === 3) {
    if (m === 15 || (opcode & 7) !== 0) return stop;
    const links = (opcode & 0x80) !== 0;
    return plain(
      (_, exit) => [
        ...w.when(isExceptionReturn(from), exit(1)),
        ...w.set(local.pc, aligned(from)),
        ...(links ? setReg(14, w.constant((address + 2) | 1)) : []),
      ],
      { flow: 'indirect', cycles: 2 },
    );
  }
  if (operation === 1) return d === 15 || m === 15 ? stop : subtract(undefined, reg(d), reg(m));
  if (d === 15) return stop;
  const value = operation === 0 ? w.add(reg(d), from) : from;
  return plain(setReg(d, d === 13 ? w.and(value, w.constant(-4)) : value));
}

/** Inside RAM or flash at once, else the interpreter does it (peripherals, faults). */
function loadFrom(register: number, at: Code, width: Width): Lifted {
  const bytes = 1 << w.widths[width].align;
  return plain(
    (_, exit) => [
      ...locate(at, bytes, bytes - 1, true, exit),
      ...setReg(register, w.load(width, w.get(local.address))),
    ],
    { cycles: 2 },
  );
}

function storeTo(register: number, at: Code, width: Width): Lifted {
  const bytes = 1 << w.widths[width].align;
  return plain(
    (_, exit) => [
      ...locate(at, bytes, bytes - 1, false, exit),
      ...w.store(width, w.get(local.address), reg(register)),
    ],
    { cycles: 2 },
  );
}

/** Loads or stores several registers from an address on; `after` follows. */
function multiple(loads: boolean, at: Code, list: number[], after: Code): Lifted {
  const place = w.get(local.address);
  return plain(
    (_, exit) => [
      ...locate(at, 4 * list.length, 3, loads, exit),
      ...list.flatMap((register, i) =>
        loads ? setReg(register, w.load('word', place, 4 * i)) : w.store('word', place, reg(register), 4 * i),
      ),
      ...after,
    ],
    { cycles: 1 + list.length },
  );
}

function listOf(bits: number): number[] {
  return [0, 1, 2, 3, 4, 5, 6, 7].filter(index => (bits >> index) & 1);
}

const moved = (register: number, bytes: number) => w.add(reg(register), w.constant(bytes));

function push(opcode: number): Lifted {
  const list = listOf(opcode & 0xff);
  if (opcode & 0x100) list.push(14);
  const below = moved(13, -4 * list.length);
  return list.length === 0 ? stop : multiple(false, below, list, setReg(13, below));
}

function pop(opcode: number): Lifted {
  const list = listOf(opcode & 0xff);
  if ((opcode & 0x100) === 0) {
    return list.length === 0 ? stop : multiple(true, reg(13), list, setReg(13, moved(13, 4 * list.length)));
  }
  const size = 4 * (list.length + 1);
  const place = w.get(local.address);
  return plain(
    (_, exit) => [
      ...locate(reg(13), size, 3, false, exit),
      ...w.set(local.result, w.load('word', place, size - 4)),
      ...w.when(isExceptionReturn(result), exit(1)),
      ...w.set(local.pc, aligned(result)),
      ...list.flatMap((register, i) => setReg(register, w.load('word', place, 4 * i))),
      ...setReg(13, moved(13, size)),
    ],
    { flow: 'indirect', cycles: 3 + list.length + 1 },
  );
}

function blockTransfer(opcode: number): Lifted {
  const n = (opcode >> 8) & 7;
  const list = listOf(opcode & 0xff);
  if (list.length === 0) return stop;
  const after = list.includes(n) ? [] : setReg(n, moved(n, 4 * list.length));
  return multiple((opcode & 0x800) !== 0, reg(n), list, after);
}

/** The bytes of a word in opposite order. */
function reversed(value: Code): Code {
  return w.or(
    w.and(w.rotateLeft(value, w.constant(8)), w.constant(0x00ff00ff)),
    w.and(w.rotateRight(value, w.constant(8)), w.constant(0xff00ff00 | 0)),
  );
}

function extended(opcode: number, value: Code): Code {
  switch ((opcode >> 6) & 3) {
    case 0:
      return w.shrSigned(w.shl(value, w.constant(16)), w.constant(16));
    case 1:
      return w.shrSigned(w.shl(value, w.constant(24)), w.constant(24));
    case 2:
      return w.and(value, w.constant(0xffff));
    default:
      return w.and(value, w.constant(0xff));
  }
}

function miscellaneous(opcode: number): Lifted {
  const m = reg((opcode >> 3) & 7);
  const d = opcode & 7;
  switch ((opcode >> 8) & 15) {
    case 0:
      return plain(setReg(13, moved(13, (opcode & 0x80 ? -4 : 4) * (opcode & 0x7f))));
    case 2:
      return plain(setReg(d, extended(opcode, m)));
    case 4:
    case 5:
      return push(opcode);
    case 12:
    case 13:
      return pop(opcode);
    case 10:
      return (opcode & 0xc0) === 0 ? plain(setReg(d, reversed(m))) : stop;
    case 15:
      return opcode === 0xbf00 ? plain([]) : stop;
    default:
      return stop;
  }
}

const registerAccesses: readonly [loads: boolean, width: Width][] = [
  [false, 'word'],
  [false, 'unsigned16'],
  [false, 'unsigned8'],
  [true, 'signed8'],
  [true, 'word'],
  [true, 'unsigned16'],
  [true, 'unsigned8'],
  [true, 'signed16'],
];

function loadStoreRegister(opcode: number): Lifted {
  const [loads, width] = registerAccesses[(opcode >> 9) & 7];
  const at = w.add(reg((opcode >> 3) & 7), reg((opcode >> 6) & 7));
  return (loads ? loadFrom : storeTo)(opcode & 7, at, width);
}

function loadStoreImmediate(opcode: number): Lifted {
  const offset = (opcode >> 6) & 31;
  const [width, scale]: [Width, number] =
    opcode >> 12 === 6 ? ['word', 4] : opcode >> 12 === 7 ? ['unsigned8', 1] : ['unsigned16', 2];
  return (opcode & 0x800 ? loadFrom : storeTo)(opcode & 7, moved((opcode >> 3) & 7, offset * scale), width);
}

function immediate8(opcode: number): Lifted {
  const d = (opcode >> 8) & 7;
  const value = w.constant(opcode & 0xff);
  switch ((opcode >> 11) & 3) {
    case 0:
      return logical(d, value);
    case 1:
      return subtract(undefined, reg(d), value);
    case 2:
      return addition(d, reg(d), value);
    default:
      return subtract(d, reg(d), value);
  }
}

function addSubtract3(opcode: number): Lifted {
  const n = reg((opcode >> 3) & 7);
  const field = (opcode >> 6) & 7;
  const operand = opcode & 0x400 ? w.constant(field) : reg(field);
  return (opcode & 0x200 ? subtract : addition)(opcode & 7, n, operand);
}

function literal(opcode: number, address: number, read: CodeReader): Lifted {
  const at = ((address + 4) & ~3) + ((opcode & 0xff) << 2);
  const low = read(at);
  const high = read(at + 2);
  if (low === undefined || high === undefined) return stop;
  return plain(setReg((opcode >> 8) & 7, w.constant(low | (high << 16))), { cycles: 2 });
}

function spRelative(opcode: number): Lifted {
  return (opcode & 0x800 ? loadFrom : storeTo)((opcode >> 8) & 7, moved(13, (opcode & 0xff) << 2), 'word');
}

function wide(opcode: number, second: number, address: number): Lifted {
  if (opcode >> 11 === 0b11110 && (second & 0xd000) === 0xd000) {
    const sign = (opcode >> 10) & 1;
    const i1 = 1 - (sign ^ ((second >> 13) & 1));
    const i2 = 1 - (sign ^ ((second >> 11) & 1));
    const offset =
      ((sign ? 0xff : 0) << 24) |
      (i1 << 23) |
      (i2 << 22) |
      ((opcode & 0x3ff) << 12) |
      ((second & 0x7ff) << 1);
    return plain(setReg(14, w.constant((address + 4) | 1)), {
      bytes: 4,
      cycles: 3,
      flow: 'call',
      target: (address + 4 + offset) | 0,
    });
  }
  const barrier = opcode === 0xf3bf && [0x8f40, 0x8f50, 0x8f60].includes(second & 0xfff0);
  return barrier ? plain([], { bytes: 4, cycles: 3 }) : { ...stop, bytes: 4 };
}

function branches(opcode: number, address: number): Lifted {
  const condition = (opcode >> 8) & 15;
  if (condition >= 14) return stop;
  const target = (address + 4 + (((opcode & 0xff) << 24) >> 23)) | 0;
  return plain([], { flow: 'condition', condition, target, reads: conditionReads[condition >> 1] });
}

const conditionReads = [NZ, C, NZ, V, NZ | C, NZ | V, NZ | V];

/** The instruction at `address`; `stop` for those that are left to the interpreter. */
export function lift(address: number, read: CodeReader): Lifted {
  const opcode = read(address);
  if (opcode === undefined) return stop;
  if (opcode >> 11 >= 0b11101) {
    const second = read(address + 2);
    return second === undefined ? stop : wide(opcode, second, address);
  }
  switch (opcode >> 12) {
    case 0:
    case 1:
      return opcode >> 11 === 3
        ? addSubtract3(opcode)
        : shiftByImmediate(opcode >> 11, opcode & 7, (opcode >> 3) & 7, (opcode >> 6) & 31);
    case 2:
    case 3:
      return immediate8(opcode);
    case 4:
      if (opcode >> 10 === 0b010000) return dataProcessing(opcode);
      return opcode >> 10 === 0b010001 ? highRegisters(opcode, address) : literal(opcode, address, read);
    case 5:
      return loadStoreRegister(opcode);
    case 6:
    case 7:
    case 8:
      return loadStoreImmediate(opcode);
    case 9:
      return spRelative(opcode);
    case 10: {
      const d = (opcode >> 8) & 7;
      const offset = (opcode & 0xff) << 2;
      return plain(setReg(d, opcode & 0x800 ? moved(13, offset) : w.constant(((address + 4) & ~3) + offset)));
    }
    case 11:
      return miscellaneous(opcode);
    case 12:
      return blockTransfer(opcode);
    case 13:
      return branches(opcode, address);
    default:
      return plain([], {
        flow: 'jump',
        cycles: 2,
        target: (address + 4 + (((opcode & 0x7ff) << 21) >> 20)) | 0,
      });
  }
}
