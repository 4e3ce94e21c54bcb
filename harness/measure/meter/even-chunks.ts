import type { SampleChunk } from './meter.js';

/** Samples of a chunk, but for the last of a stretch. */
const chunkSamples = 4096;
/** Chunks whose times fit to this share of a sample follow each other. */
const sameTime = 1e-6;

const optionalColumns = ['voltage', 'range'] as const;

function part(chunk: SampleChunk, from: number, to: number): SampleChunk {
  return {
    ...chunk,
    startNs: chunk.startNs + from * chunk.periodNs,
    current: chunk.current.subarray(from, to),
    logic: chunk.logic.subarray(from, to),
    ...(chunk.voltage && { voltage: chunk.voltage.subarray(from, to) }),
    ...(chunk.range && { range: chunk.range.subarray(from, to) }),
  };
}

function joined(chunks: readonly SampleChunk[], samples: number): SampleChunk {
  const [first] = chunks;
  if (chunks.length === 1) return first;
  const fill = <A extends Float64Array | Uint8Array>(whole: A, column: (chunk: SampleChunk) => A): A => {
    let at = 0;
    for (const chunk of chunks) {
      whole.set(column(chunk), at);
      at += chunk.current.length;
    }
    return whole;
  };
  const { voltage, range } = first;
  return {
    ...first,
    current: fill(new Float64Array(samples), chunk => chunk.current),
    logic: fill(new Uint8Array(samples), chunk => chunk.logic),
    ...(voltage && { voltage: fill(new Float64Array(samples), chunk => chunk.voltage as Float64Array) }),
    ...(range && { range: fill(new Uint8Array(samples), chunk => chunk.range as Uint8Array) }),
  };
}

/**
 * Cuts a stream of samples into chunks of equal size. How many samples a driver hands on at a time is the host's accident (when it
 * polled, how its line cut the bytes): behind this nothing depends on it. A gap, another period or another column begins a new chunk.
 */
export class EvenChunks {
  #held: SampleChunk[] = [];
  #samples = 0;

  constructor(private readonly onChunk: (chunk: SampleChunk) => void) {}

  push(chunk: SampleChunk): void {
    if (this.#samples > 0 && !this.#continues(chunk)) this.flush();
    let rest = chunk;
    while (this.#samples + rest.current.length >= chunkSamples) {
      const taken = chunkSamples - this.#samples;
      this.#hold(taken === rest.current.length ? rest : part(rest, 0, taken));
      this.flush();
      rest = part(rest, taken, rest.current.length);
    }
    if (rest.current.length > 0) this.#hold(rest);
  }

  /** Hands on what is held back. */
  flush(): void {
    if (this.#samples === 0) return;
    const chunk = joined(this.#held, this.#samples);
    this.#held = [];
    this.#samples = 0;
    this.onChunk(chunk);
  }

  #hold(chunk: SampleChunk): void {
    this.#held.push(chunk);
    this.#samples += chunk.current.length;
  }

  #continues(chunk: SampleChunk): boolean {
    const [first] = this.#held;
    const expectedNs = first.startNs + this.#samples * first.periodNs;
    return (
      chunk.periodNs === first.periodNs &&
      chunk.nominalNs === first.nominalNs &&
      chunk.exactEdges === first.exactEdges &&
      optionalColumns.every(column => (chunk[column] === undefined) === (first[column] === undefined)) &&
      Math.abs(chunk.startNs - expectedNs) <= sameTime * first.periodNs
    );
  }
}
