/** Loads and stores. */
import { isExceptionReturn, local, locate, reg, setReg } from './machine.js';
import { type Lifted, plain, result, stop } from './operations.js';
import type { Code, Width } from './wasm-code.js';
import * as w from './wasm-code.js';

export const aligned = (value: Code) => w.and(value, w.constant(-2));

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

/** A register plus a constant. */
export const moved = (register: number, bytes: number) => w.add(reg(register), w.constant(bytes));

export function push(opcode: number): Lifted {
  const list = listOf(opcode & 0xff);
  if (opcode & 0x100) list.push(14);
  const below = moved(13, -4 * list.length);
  return list.length === 0 ? stop : multiple(false, below, list, setReg(13, below));
}

export function pop(opcode: number): Lifted {
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

export function blockTransfer(opcode: number): Lifted {
  const n = (opcode >> 8) & 7;
  const list = listOf(opcode & 0xff);
  if (list.length === 0) return stop;
  const after = list.includes(n) ? [] : setReg(n, moved(n, 4 * list.length));
  return multiple((opcode & 0x800) !== 0, reg(n), list, after);
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

export function loadStoreRegister(opcode: number): Lifted {
  const [loads, width] = registerAccesses[(opcode >> 9) & 7];
  const at = w.add(reg((opcode >> 3) & 7), reg((opcode >> 6) & 7));
  return (loads ? loadFrom : storeTo)(opcode & 7, at, width);
}

export function loadStoreImmediate(opcode: number): Lifted {
  const offset = (opcode >> 6) & 31;
  const [width, scale]: [Width, number] =
    opcode >> 12 === 6 ? ['word', 4] : opcode >> 12 === 7 ? ['unsigned8', 1] : ['unsigned16', 2];
  return (opcode & 0x800 ? loadFrom : storeTo)(opcode & 7, moved((opcode >> 3) & 7, offset * scale), width);
}

export function spRelative(opcode: number): Lifted {
  return (opcode & 0x800 ? loadFrom : storeTo)((opcode >> 8) & 7, moved(13, (opcode & 0xff) << 2), 'word');
}
