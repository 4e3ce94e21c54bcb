/** Branch conditions over the flags, or over the operands of the comparison that set them. */
import { local } from './machine.js';
import type { Code } from './wasm-code.js';
import * as w from './wasm-code.js';

const nz = w.get(local.nz);
const carry = w.get(local.carry);
const zero = w.constant(0);
const sameSign = w.notLessSigned(w.xor(nz, w.get(local.overflow)), zero);
const p = w.get(local.compareLeft);
const q = w.get(local.compareRight);
/** Conditions over the flags, and over the operands of the comparison that set them; even codes, odd ones are their opposite. */
const byFlags = [
  w.isZero(nz),
  carry,
  w.lessSigned(nz, zero),
  w.lessSigned(w.get(local.overflow), zero),
  w.and(carry, w.notEqual(nz, zero)),
  sameSign,
  w.and(w.notEqual(nz, zero), sameSign),
];
const byOperands = [
  w.equal(p, q),
  w.notLessUnsigned(p, q),
  w.lessSigned(w.sub(p, q), zero),
  byFlags[3],
  w.greaterUnsigned(p, q),
  w.notLessSigned(p, q),
  w.greaterSigned(p, q),
];

/** 1 if condition `condition` (0..13) holds. @param compared use the operands of the comparison instead of the flags */
export function conditionCode(condition: number, compared: boolean): Code {
  const code = (compared ? byOperands : byFlags)[condition >> 1];
  return condition & 1 ? w.isZero(code) : code;
}
