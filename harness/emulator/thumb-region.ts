import { allFlags, type CodeReader, type Lifted, lift } from './thumb-lift.js';
import { type Exit, layout, local, localCount } from './thumb-machine.js';
import type { Code } from './wasm-code.js';
import * as w from './wasm-code.js';

/** Most instructions of one region, and how far from its start it may reach, bytes. */
const mostInstructions = 1000;
const reach = 8192;

interface Instruction extends Lifted {
  address: number;
}

interface Block {
  instructions: Instruction[];
  /** Addresses of the blocks that may follow inside the region. */
  successors: number[];
  liveIn: number;
}

/** A translated region: a WebAssembly module (wasm-code.ts), and the addresses at which it can be entered. */
export interface Region {
  entries: number[];
  module: Uint8Array<ArrayBuffer>;
}

/** Follows the code from `entry` through direct branches and behind calls. */
function discover(entry: number, read: CodeReader): Map<number, Block> {
  const decoded = new Map<number, Instruction>();
  const leaders = new Set([entry]);
  const pending = [entry];
  while (pending.length > 0 && decoded.size < mostInstructions) {
    let address = pending.shift()!;
    while (!decoded.has(address) && decoded.size < mostInstructions) {
      const instruction = { ...lift(address, read), address };
      decoded.set(address, instruction);
      const next = address + instruction.bytes;
      const { flow, target } = instruction;
      if (flow === 'jump' || flow === 'condition') {
        if (Math.abs(target! - entry) < reach) {
          leaders.add(target!);
          pending.push(target!);
        }
      }
      if (flow === 'condition' || flow === 'call') leaders.add(next);
      if (flow === 'stop' || flow === 'jump' || flow === 'indirect') break;
      address = next;
    }
  }
  return cutBlocks(decoded, leaders);
}

function cutBlocks(decoded: Map<number, Instruction>, leaders: Set<number>): Map<number, Block> {
  const blocks = new Map<number, Block>();
  for (const leader of [...leaders].sort((a, b) => a - b)) {
    const instructions: Instruction[] = [];
    let address = leader;
    for (let found = decoded.get(address); found !== undefined && found.flow !== 'stop'; ) {
      instructions.push(found);
      address += found.bytes;
      if (found.flow !== 'next' || leaders.has(address)) break;
      found = decoded.get(address);
    }
    if (instructions.length > 0) blocks.set(leader, { instructions, successors: [], liveIn: 0 });
  }
  for (const block of blocks.values()) {
    const last = block.instructions[block.instructions.length - 1];
    const next = last.address + last.bytes;
    if (last.flow === 'next' || last.flow === 'condition') block.successors.push(next);
    if (last.flow === 'jump' || last.flow === 'condition') block.successors.push(last.target!);
  }
  return blocks;
}

/** Flags that are read behind a block before they are written. A call's target reads none (AAPCS); what is outside may read all. */
function liveOut(block: Block, blocks: Map<number, Block>): number {
  const last = block.instructions[block.instructions.length - 1];
  if (last.flow === 'call') return 0;
  if (last.flow === 'indirect') return allFlags;
  return block.successors.reduce((live, address) => live | (blocks.get(address)?.liveIn ?? allFlags), 0);
}

function solveLiveness(blocks: Map<number, Block>): void {
  const order = [...blocks.values()].reverse();
  for (let changed = true; changed; ) {
    changed = false;
    for (const block of order) {
      let live = liveOut(block, blocks);
      for (let i = block.instructions.length - 1; i >= 0; i--) {
        const { sets, reads } = block.instructions[i];
        live = (live & ~sets) | reads;
      }
      changed ||= live !== block.liveIn;
      block.liveIn = live;
    }
  }
}

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

function conditionCode(condition: number, compared: boolean): Code {
  const code = (compared ? byOperands : byFlags)[condition >> 1];
  return condition & 1 ? w.isZero(code) : code;
}

/** The comparison whose operands the block's closing condition can use directly; -1 when there is none. */
function comparisonOf(block: Block): number {
  const { instructions } = block;
  const last = instructions[instructions.length - 1];
  if (last.flow !== 'condition' || last.condition! >> 1 === 3) return -1;
  for (let i = instructions.length - 2; i >= 0; i--) {
    if (instructions[i].sets !== 0) return instructions[i].compared === undefined ? -1 : i;
  }
  return -1;
}

/** Flags wanted of each instruction of a block. */
function wantedFlags(block: Block, blocks: Map<number, Block>, comparison: number): number[] {
  const { instructions } = block;
  const wanted: number[] = new Array(instructions.length);
  let live = liveOut(block, blocks);
  for (let i = instructions.length - 1; i >= 0; i--) {
    const { sets, reads } = instructions[i];
    wanted[i] = live & sets;
    const direct = comparison >= 0 && i === instructions.length - 1;
    live = (live & ~sets) | (direct ? 0 : reads);
  }
  return wanted;
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
