/** The blocks of a piece of code, and which flags each instruction must leave behind. */
import { type CodeReader, lift } from './lift.js';
import { allFlags, type Lifted } from './operations.js';

/** Most instructions of one region, and how far from its start it may reach, bytes. */
const mostInstructions = 1000;
const reach = 8192;

export interface Instruction extends Lifted {
  address: number;
}

export interface Block {
  instructions: Instruction[];
  /** Addresses of the blocks that may follow inside the region. */
  successors: number[];
  liveIn: number;
}

/** Follows the code from `entry` through direct branches and behind calls. */
export function discover(entry: number, read: CodeReader): Map<number, Block> {
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

export function solveLiveness(blocks: Map<number, Block>): void {
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

/** The comparison whose operands the block's closing condition can use directly; -1 when there is none. */
export function comparisonOf(block: Block): number {
  const { instructions } = block;
  const last = instructions[instructions.length - 1];
  if (last.flow !== 'condition' || last.condition! >> 1 === 3) return -1;
  for (let i = instructions.length - 2; i >= 0; i--) {
    if (instructions[i].sets !== 0) return instructions[i].compared === undefined ? -1 : i;
  }
  return -1;
}

/** Flags wanted of each instruction of a block. */
export function wantedFlags(block: Block, blocks: Map<number, Block>, comparison: number): number[] {
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
