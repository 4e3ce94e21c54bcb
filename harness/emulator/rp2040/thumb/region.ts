import {
  type Block,
  comparisonOf,
  discover,
  type Instruction,
  solveLiveness,
  wantedFlags,
} from './blocks.js';
import { conditionCode } from './conditions.js';
import type { CodeReader } from './lift.js';
import { type Exit, layout, local, localCount } from './machine.js';
import type { Code } from './wasm-code.js';
import * as w from './wasm-code.js';

/** A translated region: a WebAssembly module (wasm-code.ts), and the addresses at which it can be entered. */
export interface Region {
  entries: number[];
  module: Uint8Array<ArrayBuffer>;
}

const spend = (cycles: number) => w.set(local.cycles, w.add(w.get(local.cycles), w.constant(cycles)));
const goOnAt = (address: number) => w.set(local.pc, w.constant(address));

/** Emits the blocks of one region in address order. In block k the labels are: blocks k+1.., the dispatching loop, the way out. */
class Emitter {
  readonly code: number[] = [];
  readonly #addresses: number[];

  constructor(private readonly blocks: Map<number, Block>) {
    this.#addresses = [...blocks.keys()];
  }

  #loop(index: number): number {
    return this.#addresses.length - 1 - index;
  }

  #out(index: number): number {
    return this.#addresses.length - index;
  }

  block(index: number): void {
    const address = this.#addresses[index];
    const block = this.blocks.get(address)!;
    const { instructions } = block;
    const beforeLast = instructions.slice(0, -1).reduce((sum, { cycles }) => sum + cycles, 0);
    const comparison = comparisonOf(block);
    const wanted = wantedFlags(block, this.blocks, comparison);
    const overdue = w.notLessSigned(w.add(w.get(local.cycles), w.constant(beforeLast)), w.get(local.budget));
    this.code.push(...w.when(overdue, [...goOnAt(address), ...w.branch(this.#out(index) + 1)]));
    let cycles = 0;
    instructions.forEach((instruction, i) => {
      const spent = cycles;
      const exit: Exit = nesting => [
        ...spend(spent),
        ...goOnAt(instruction.address),
        ...w.branch(this.#out(index) + nesting),
      ];
      if (i === comparison) {
        const [left, right] = instruction.compared!;
        this.code.push(...w.set(local.compareLeft, left), ...w.set(local.compareRight, right));
      }
      this.code.push(...instruction.code(wanted[i], exit));
      cycles += instruction.cycles;
    });
    this.#close(index, instructions[instructions.length - 1], cycles, comparison >= 0);
  }

  /** What follows the last instruction of a block. */
  #close(index: number, last: Instruction, cycles: number, compared: boolean): void {
    if (last.flow === 'indirect') {
      this.code.push(...spend(cycles), ...w.branch(this.#loop(index)));
    } else if (last.flow === 'call' || last.flow === 'jump') {
      this.code.push(...this.#goTo(last.target!, cycles, index, 0));
    } else {
      if (last.flow === 'condition') {
        const taken = this.#goTo(last.target!, cycles + 1, index, 1);
        this.code.push(...w.when(conditionCode(last.condition!, compared), taken));
      }
      const next = last.address + last.bytes;
      if (next === this.#addresses[index + 1]) this.code.push(...spend(cycles));
      else this.code.push(...this.#goTo(next, cycles, index, 0));
    }
  }

  /** To a block further down directly, to one further up through the dispatching loop, else out. */
  #goTo(address: number, cycles: number, index: number, nesting: number): Code {
    const target = this.#addresses.indexOf(address);
    if (target > index) return [...spend(cycles), ...w.branch(target - index - 1 + nesting)];
    const label = target < 0 ? this.#out(index) : this.#loop(index);
    return [...spend(cycles), ...goOnAt(address), ...w.branch(label + nesting)];
  }
}

const registerPlace = (index: number) => layout.registersAt + 4 * index;
const stateLocals: readonly [local: number, at: number][] = [
  ...Array.from({ length: 15 }, (_, i): [number, number] => [local.r(i), registerPlace(i)]),
  [local.pc, registerPlace(15)],
  [local.nz, layout.flagsAt],
  [local.carry, layout.flagsAt + 4],
  [local.overflow, layout.flagsAt + 8],
];

/** br_table over the halfwords between the first and the last block; what is no block leads out. */
function dispatch(addresses: number[]): Code {
  const first = addresses[0];
  const size = (addresses[addresses.length - 1] - first) / 2 + 1;
  const labels = new Array<number>(size).fill(addresses.length + 1);
  addresses.forEach((address, i) => {
    labels[(address - first) / 2] = i;
  });
  return [
    ...w.shrUnsigned(w.sub(w.get(local.pc), w.constant(first)), w.constant(1)),
    ...[0x0e, ...w.unsignedLeb(size), ...[...labels, addresses.length + 1].flatMap(w.unsignedLeb)],
  ];
}

/**
 * Translates the code from `entry` on. Every block can be entered, so that an interrupted loop goes on inside.
 * @returns undefined when the first instruction is one for the interpreter
 */
export function translate(entry: number, read: CodeReader): Region | undefined {
  const blocks = discover(entry, read);
  if (!blocks.has(entry)) return undefined;
  solveLiveness(blocks);
  const entries = [...blocks.keys()];
  const emitter = new Emitter(blocks);
  const opening = new Array(entries.length).fill([0x02, 0x40]).flat() as number[];
  const zeroAddress = w.constant(0);
  emitter.code.push(...[0x02, 0x40, 0x03, 0x40], ...opening, ...dispatch(entries));
  entries.forEach((_, i) => {
    emitter.code.push(0x0b);
    emitter.block(i);
  });
  emitter.code.push(0x0b, 0x0b);
  const body = [
    ...stateLocals.flatMap(([index, at]) => w.set(index, w.load('word', zeroAddress, at))),
    ...emitter.code,
    ...stateLocals.flatMap(([index, at]) => w.store('word', zeroAddress, w.get(index), at)),
    ...w.get(local.cycles),
  ];
  return { entries, module: w.moduleOf(localCount, body) };
}
