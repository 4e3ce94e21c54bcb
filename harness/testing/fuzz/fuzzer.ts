import type { Random } from '../../data/random.js';
import { LittlefirstError } from '../../errors.js';
import { Coverage } from './coverage.js';

/** Something that takes bytes from outside. */
export interface FuzzTarget {
  name: string;
  /** Where mutation begins. */
  seeds: readonly Uint8Array[];
  /** Words that the format is made of, to be put into inputs. */
  words?: readonly string[];
  run: (input: Buffer) => unknown;
  /** Errors that it documents, beside those of the taxonomy. */
  allowed?: new (
    ...args: never[]
  ) => Error;
}

/** An input that ended in an error that nobody documents. */
export interface Find {
  input: Buffer;
  error: unknown;
}

export interface FuzzResult {
  executions: number;
  blocks: number;
  /** The smallest inputs that together reach everything that was reached. */
  corpus: Buffer[];
  finds: Find[];
}

/** Inputs between two looks at the coverage, which costs as much as many executions. */
const batch = 1024;
const maxInputBytes = 4096;
/** Finds after which a target is left. */
const maxFinds = 10;

/** One input made of others: a few changes of bits, bytes, pieces and words. */
export function mutate(random: Random, corpus: readonly Buffer[], words: readonly string[]): Buffer {
  const pick = <T>(items: readonly T[]): T => items[random.integer(0, items.length - 1)];
  let bytes = Buffer.from(pick(corpus));
  for (let changes = random.integer(1, 6); changes > 0; changes -= 1) {
    const at = random.integer(0, bytes.length);
    const end = Math.min(bytes.length, at + random.integer(0, 16));
    const splice = (middle: Uint8Array, to = at) =>
      Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(to)]).subarray(0, maxInputBytes);
    switch (random.integer(0, 7)) {
      case 0:
        if (at < bytes.length) bytes[at] ^= 1 << random.integer(0, 7);
        break;
      case 1:
        if (at < bytes.length)
          bytes[at] = pick([0, 1, 0x0a, 0x0d, 0x20, 0x2d, 0x7f, 0x80, 0xff, random.integer(0, 255)]);
        break;
      case 2:
        bytes = splice(Buffer.alloc(0), end);
        break;
      case 3:
        bytes = splice(bytes.subarray(at, end));
        break;
      case 4:
        bytes = splice(Buffer.from([random.integer(0, 255)]));
        break;
      case 5: {
        const other = pick(corpus);
        bytes = splice(other.subarray(random.integer(0, other.length)), end);
        break;
      }
      case 6:
        bytes = splice(
          Buffer.from(pick(['0', '-1', '1e999', 'NaN', '4294967296', '9'.repeat(30)]), 'latin1'),
          end,
        );
        break;
      default:
        if (words.length > 0) bytes = splice(Buffer.from(pick(words), 'latin1'), end);
    }
  }
  return bytes;
}

/**
 * Feeds a target inputs that grow from those which reached something new.
 * @param corpus inputs of earlier runs
 * @param until milliseconds of `performance.now()` at which it ends
 * @param maxExecutions it ends earlier after these
 */
export async function fuzz(
  target: FuzzTarget,
  random: Random,
  corpus: readonly Buffer[],
  until: number,
  maxExecutions = Number.POSITIVE_INFINITY,
): Promise<FuzzResult> {
  const coverage = new Coverage();
  const pool = [...target.seeds.map(seed => Buffer.from(seed)), ...corpus];
  const reached = new Map<string, Buffer>();
  const finds: Find[] = [];
  let executions = 0;
  const run = async (input: Buffer): Promise<void> => {
    executions += 1;
    try {
      await target.run(Buffer.from(input));
    } catch (error) {
      if (error instanceof LittlefirstError && error.code !== 'LF_INTERNAL') return;
      if (target.allowed !== undefined && error instanceof target.allowed) return;
      finds.push({ input, error });
    }
  };
  /** Notes what an input reaches. */
  const learn = async (input: Buffer): Promise<void> => {
    coverage.take();
    await run(input);
    for (const block of coverage.take()) {
      const before = reached.get(block);
      if (before === undefined || input.length < before.length) reached.set(block, input);
    }
  };
  const isNews = async (inputs: readonly Buffer[]): Promise<boolean> => {
    coverage.take();
    for (const input of inputs) await run(input);
    return [...coverage.take()].some(block => !reached.has(block));
  };
  /** Finds one input that reaches something new by halves: a look costs as much as many executions. */
  const search = async (inputs: readonly Buffer[]): Promise<void> => {
    if (!(await isNews(inputs))) return;
    let left = inputs;
    while (left.length > 1) {
      const half = left.slice(0, left.length >> 1);
      left = (await isNews(half)) ? half : left.slice(half.length);
    }
    pool.push(left[0]);
    await learn(left[0]);
  };
  for (const input of pool.slice()) await learn(input);
  while (performance.now() < until && executions < maxExecutions && finds.length < maxFinds) {
    const inputs = Array.from({ length: batch }, () => mutate(random, pool, target.words ?? []));
    await search(inputs);
  }
  coverage.close();
  return { executions, blocks: reached.size, corpus: smallest(reached), finds };
}

/** Few inputs that reach every block: the one that reaches most of what is left, again and again. */
function smallest(reached: ReadonlyMap<string, Buffer>): Buffer[] {
  const byInput = new Map<string, { input: Buffer; blocks: number }>();
  for (const input of reached.values()) {
    const key = input.toString('latin1');
    const entry = byInput.get(key) ?? { input, blocks: 0 };
    entry.blocks += 1;
    byInput.set(key, entry);
  }
  return [...byInput.values()].sort((a, b) => b.blocks - a.blocks).map(({ input }) => input);
}
