/**
 * One Armv6-M instruction as WebAssembly over the locals of machine.ts. Encodings: Armv6-M Architecture Reference Manual, A5; cycles:
 * Cortex-M0+ technical reference manual, table 3-1, without wait states.
 */
import { isExceptionReturn, local, reg, setReg } from './machine.js';
import {
  aligned,
  blockTransfer,
  loadStoreImmediate,
  loadStoreRegister,
  moved,
  pop,
  push,
  spRelative,
} from './memory.js';
import {
  addition,
  addWithCarry,
  C,
  type Lifted,
  logical,
  NZ,
  plain,
  shiftByImmediate,
  shiftByRegister,
  stop,
  subtract,
  V,
  zero,
} from './operations.js';
import type { Code } from './wasm-code.js';
import * as w from './wasm-code.js';

/** Reads code from flash: 16 bits at an address; undefined outside. */
export type CodeReader = (address: number) => number | undefined;

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
