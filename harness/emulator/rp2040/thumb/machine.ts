/** How translated code sees the machine: WebAssembly locals, and the memory it shares with the interpreter. */
import {
  add,
  and,
  type Code,
  constant,
  get,
  lessUnsigned,
  notLessUnsigned,
  set,
  sub,
  when,
} from './wasm-code.js';

/** Locals: the parameter (cycles that may be spent), r0..r14, and what follows. */
export const local = {
  budget: 0,
  r: (index: number) => 1 + index,
  pc: 16,
  cycles: 17,
  /** Flags: sign of `nz` = N, `nz` zero = Z; `carry` 0 or 1; sign of `overflow` = V. */
  nz: 18,
  carry: 19,
  overflow: 20,
  address: 21,
  left: 22,
  right: 23,
  result: 24,
  amount: 25,
  /** Operands of the comparison that a block's closing condition looks at. */
  compareLeft: 26,
  compareRight: 27,
} as const;
export const localCount = 27;

/** The shared memory: RAM, then the core's registers and flags, then flash. */
export const layout = {
  ramBase: 0x20000000,
  ramBytes: 264 * 1024,
  ramAt: 0,
  registersAt: 264 * 1024,
  flagsAt: 264 * 1024 + 64,
  flashBase: 0x10000000,
  flashBytes: 2 * 1024 * 1024,
  flashAt: 512 * 1024,
  pages: (512 * 1024 + 2 * 1024 * 1024) / 65536,
} as const;

/** Leaves the region before the instruction at hand, from `nesting` blocks deep inside it. */
export type Exit = (nesting: number) => Code;

const reg = (index: number) => get(local.r(index));

export { reg };
export const setReg = (index: number, value: Code) => set(local.r(index), value);

/**
 * Puts the place of a RAM or flash address in shared memory into `local.address`; exits when it is neither or misaligned.
 * @param bytes how much is accessed there
 */
export function locate(at: Code, bytes: number, alignment: number, readOnly: boolean, exit: Exit): Code {
  const place = get(local.address);
  const inFlash: Code = [
    ...set(local.address, add(place, constant(layout.ramBase - layout.flashBase))),
    ...when(notLessUnsigned(place, constant(layout.flashBytes - bytes + 1)), exit(2)),
    ...set(local.address, add(place, constant(layout.flashAt))),
  ];
  return [
    ...set(local.address, sub(at, constant(layout.ramBase))),
    ...when(notLessUnsigned(place, constant(layout.ramBytes - bytes + 1)), readOnly ? inFlash : exit(1)),
    ...(alignment === 0 ? [] : when(and(place, constant(alignment)), exit(1))),
  ];
}

/** 1 if the value is an EXC_RETURN (0xFxxxxxxx). */
export function isExceptionReturn(value: Code): Code {
  return lessUnsigned(constant(0xefffffff | 0), value);
}
