/** Placing of buffers in the arena by their lifetimes. */

/** A buffer of the plan, or a part of one (`parent`, at byte `offset` of it). */
export interface Buffer {
  bytes: number;
  parent?: Buffer;
  offset: number;
}

/** A buffer that holds something from step `first` to step `last`, both included. */
export interface Lifetime {
  buffer: Buffer;
  first: number;
  last: number;
}

/** The buffer that `buffer` is a part of in the end, and where in it. */
export function rootOf(buffer: Buffer): { root: Buffer; offset: number } {
  let offset = 0;
  let root = buffer;
  while (root.parent !== undefined) {
    offset += root.offset;
    root = root.parent;
  }
  return { root, offset };
}

const alignment = 4;
const align = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;

/**
 * Gives every buffer a 4-byte aligned arena offset such that buffers alive at the same step do not overlap:
 * largest first, each at the lowest offset that is free.
 * @returns the offset of each buffer and the size of the arena in bytes
 */
export function placeBuffers(lifetimes: readonly Lifetime[]): {
  offsets: Map<Buffer, number>;
  bytes: number;
} {
  const placed: (Lifetime & { start: number; end: number })[] = [];
  const offsets = new Map<Buffer, number>();
  for (const lifetime of [...lifetimes].sort((a, b) => b.buffer.bytes - a.buffer.bytes)) {
    const neighbours = placed
      .filter(other => other.first <= lifetime.last && lifetime.first <= other.last)
      .sort((a, b) => a.start - b.start);
    const size = align(lifetime.buffer.bytes);
    let start = 0;
    for (const other of neighbours) {
      if (start + size <= other.start) break;
      start = Math.max(start, other.end);
    }
    placed.push({ ...lifetime, start, end: start + size });
    offsets.set(lifetime.buffer, start);
  }
  return { offsets, bytes: placed.reduce((most, { end }) => Math.max(most, end), 0) };
}
