import type { SampleChunk } from '../meter.js';
import { decodeLpm01aWord, lpm01aMetadata, parseLpm01aSample } from './protocol.js';

export interface Lpm01aStreamOptions {
  sampleRateHz: number;
  onChunk: (chunk: SampleChunk) => void;
}

/** State of the line D7 while high: marker 01, since one line cannot tell gate from Big. */
const activeLogic = 1;

/** Gathers samples, places them in time by the instrument's timestamps, and counts what is missing. Common to both formats. */
export class Lpm01aSamples {
  readonly #options: Lpm01aStreamOptions;
  readonly #periodNs: number;
  #current: number[] = [];
  #logicValues: number[] = [];
  #logic = 0;
  #position = 0;
  samples = 0;
  lostSamples = 0;
  overcurrent = false;
  isEnded = false;
  readonly problems: string[] = [];

  constructor(options: Lpm01aStreamOptions) {
    this.#options = options;
    this.#periodNs = 1e9 / options.sampleRateHz;
  }

  sample(amps: number): void {
    this.#current.push(amps);
    this.#logicValues.push(this.#logic);
  }

  edge(isRising: boolean): void {
    this.#logic = isRising ? activeLogic : 0;
  }

  /** The instrument's own time since the start: tells how many samples there should have been. */
  timestamp(milliseconds: number, bufferPercent: number): void {
    const expected = Math.round((milliseconds * this.#options.sampleRateHz) / 1000);
    const counted = this.#position + this.#current.length;
    this.flush();
    if (expected > counted) {
      this.lostSamples += expected - counted;
      this.#position = expected;
    }
    if (bufferPercent >= 100) this.problems.push("the instrument's buffer ran over");
  }

  flush(): void {
    const count = this.#current.length;
    if (count === 0) return;
    const chunk = {
      startNs: this.#position * this.#periodNs,
      periodNs: this.#periodNs,
      current: Float64Array.from(this.#current),
      logic: Uint8Array.from(this.#logicValues),
    };
    this.#current = [];
    this.#logicValues = [];
    this.#position += count;
    this.samples += count;
    this.#options.onChunk(chunk);
  }
}

/** Takes a line of the text format. */
export function takeLpm01aLine(samples: Lpm01aSamples, line: string): void {
  const amps = parseLpm01aSample(line);
  if (amps !== undefined) {
    samples.sample(amps);
    return;
  }
  const time = /^TimeStamp: (\d+)s (\d+)ms, buff (\d+)%$/.exec(line);
  const event = /^event \d+ (ris|fal)$/.exec(line);
  if (time !== null) samples.timestamp(Number(time[1]) * 1000 + Number(time[2]), Number(time[3]));
  else if (event !== null) samples.edge(event[1] === 'ris');
  else if (/acquisition completed/i.test(line)) samples.isEnded = true;
  else if (/overcurrent/i.test(line)) samples.overcurrent = true;
  else if (/^error/i.test(line)) samples.problems.push(`the instrument reported: ${line}`);
}

/** Decodes the format of 16-bit words. */
export class Lpm01aWords {
  readonly #samples: Lpm01aSamples;
  #rest: Buffer = Buffer.alloc(0);

  constructor(samples: Lpm01aSamples) {
    this.#samples = samples;
  }

  /** Takes bytes; returns those behind the end mark (text again), or undefined while the stream goes on. */
  push(bytes: Buffer): Buffer | undefined {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    let at = 0;
    while (at + 2 <= all.length) {
      if (all[at] !== 0xf0) {
        this.#samples.sample(decodeLpm01aWord(all.readUInt16BE(at)));
        at += 2;
        continue;
      }
      const end = this.#metadata(all, at);
      if (end < 0) break;
      at = end;
      if (this.#samples.isEnded) return all.subarray(at);
    }
    this.#rest = all.subarray(at);
    return undefined;
  }

  /** Takes the metadata at `at`; returns where it ends, or -1 when it is incomplete. */
  #metadata(all: Buffer, at: number): number {
    const code = all[at + 1];
    if (code === lpm01aMetadata.timestamp) {
      if (all.length < at + 9) return -1;
      this.#samples.timestamp(all.readUInt32BE(at + 2), all[at + 6]);
      return at + 9;
    }
    const end = all.indexOf('ffff', at + 2, 'hex');
    if (end < 0) return -1;
    if (code === lpm01aMetadata.end) this.#samples.isEnded = true;
    else if (code === lpm01aMetadata.overcurrent) this.#samples.overcurrent = true;
    else if (code === lpm01aMetadata.error) {
      this.#samples.problems.push(`the instrument reported: ${all.toString('latin1', at + 2, end)}`);
    }
    return end + 2;
  }
}
