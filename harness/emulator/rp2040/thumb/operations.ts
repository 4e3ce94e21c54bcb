/** What a lifted instruction is, and the arithmetic with flags that instructions are made of. */
import { type Exit, local, reg, setReg } from './machine.js';
import type { Code } from './wasm-code.js';
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

/** What is left to the interpreter. */
export const stop: Lifted = { bytes: 2, cycles: 1, flow: 'stop', sets: 0, reads: 0, code: () => [] };

const left = w.get(local.left);
const right = w.get(local.right);
export const result = w.get(local.result);
const amount = w.get(local.amount);
const carry = w.get(local.carry);

export function plain(code: Lifted['code'] | Code, more: Partial<Lifted> = {}): Lifted {
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
export function logical(register: number | undefined, value: Code, shiftedOut?: Code): Lifted {
  return plain(
    wanted => [...w.set(local.result, value), ...flags(wanted, shiftedOut ?? [], []), ...into(register)],
    { sets: shiftedOut === undefined ? NZ : NZ | C },
  );
}

const operands = (a: Code, b: Code): Code => [...w.set(local.left, a), ...w.set(local.right, b)];

export function subtract(register: number | undefined, a: Code, b: Code): Lifted {
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

export function addition(register: number | undefined, a: Code, b: Code): Lifted {
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

export function addWithCarry(register: number, a: Code, b: Code): Lifted {
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
export const zero = w.constant(0);
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

export function shiftByRegister(kind: number, register: number, by: number): Lifted {
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

export function shiftByImmediate(kind: number, register: number, from: number, count: number): Lifted {
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
