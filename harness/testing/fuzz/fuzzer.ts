import type { Random } from '../../data/random.js';
import { LittlefirstError } from '../../errors.js';
import { afterAttended } from '../../host/attended-clock.js';
import { Coverage } from './coverage.js';

/** Something that takes bytes from outside. */
export interface FuzzTarget {
  name: string;
  /** Where mutation begins. */
  seeds: readonly Uint8Array[];
  /** Words that the format is made of, to be put into inputs. */
  words?: readonly string[];
  run: (input: Buffer) => unknown;
  /** Largest input; default 4096 bytes. */
  maxBytes?: number;
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

/** Inputs between two looks at the coverage, which costs as much as many executions: fewer where each takes long. */
const batches = { smallest: 32, largest: 1024, milliseconds: 500 };
const usualMaxBytes = 4096;
/** Longest that one input may take, milliseconds: of processor time for what does not wait, of attended time for what does. */
const budgetMilliseconds = 5_000;
/** Finds after which a target is left. */
const maxFinds = 10;

/** One input made of others: a few changes of bits, bytes, pieces and words. */
export function mutate(
  random: Random,
  corpus: readonly Buffer[],
  words: readonly string[],
  maxBytes = usualMaxBytes,
): Buffer {
  const pick = <T>(items: readonly T[]): T => items[random.integer(0, items.length - 1)];
  let bytes = Buffer.from(pick(corpus));
  for (let changes = random.integer(1, 6); changes > 0; changes -= 1) {
    const at = random.integer(0, bytes.length);
    const end = Math.min(bytes.length, at + random.integer(0, 16));
    const splice = (middle: Uint8Array, to = at) =>
      Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(to)]).subarray(0, maxBytes);
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
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const pool = [...target.seeds.map(seed => Buffer.from(seed)), ...corpus];
  const reached = new Map<string, Buffer>();
  const finds: Find[] = [];
  let executions = 0;
  const run = async (input: Buffer): Promise<void> => {
    executions += 1;
    const before = process.cpuUsage().user;
    try {
      const running = target.run(Buffer.from(input));
      if (running instanceof Promise) await inTime(running);
    } catch (error) {
      if (!isDocumented(target, error)) finds.push({ input, error: await withStack(target, input, error) });
    }
    const milliseconds = (process.cpuUsage().user - before) / 1000;
    if (milliseconds > budgetMilliseconds)
      finds.push({ input, error: new Error(`took ${Math.round(milliseconds)} ms`) });
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
  let batch = batches.smallest;
  while (performance.now() < until && executions < maxExecutions && finds.length < maxFinds) {
    const begun = performance.now();
    const inputs = Array.from({ length: batch }, () =>
      mutate(random, pool, target.words ?? [], target.maxBytes),
    );
    await search(inputs);
    const share = batches.milliseconds / (performance.now() - begun);
    batch = Math.round(Math.min(Math.max(batch * Math.min(share, 2), batches.smallest), batches.largest));
  }
  Error.stackTraceLimit = stackTraceLimit;
  coverage.close();
  return { executions, blocks: reached.size, corpus: smallest(reached), finds };
}

function isDocumented(target: FuzzTarget, error: unknown): boolean {
  if (error instanceof LittlefirstError) return error.code !== 'LF_INTERNAL';
  return target.allowed !== undefined && error instanceof target.allowed;
}

/** Rejects when it does not end. */
async function inTime(running: Promise<unknown>): Promise<void> {
  let cancel = () => {};
  const late = new Promise<never>((_, reject) => {
    cancel = afterAttended(() => reject(new Error('it does not end')), budgetMilliseconds);
  });
  await Promise.race([running, late]).finally(() => cancel());
}

/** The error once more, with its stack, which costs more than most inputs. */
async function withStack(target: FuzzTarget, input: Buffer, first: unknown): Promise<unknown> {
  Error.stackTraceLimit = 20;
  try {
    const running = target.run(Buffer.from(input));
    if (running instanceof Promise) await inTime(running);
    return first;
  } catch (error) {
    return error;
  } finally {
    Error.stackTraceLimit = 0;
  }
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
