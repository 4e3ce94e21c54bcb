import type { SampleChunk } from '../meter.js';
import { decodeLpm01aWord, lpm01aMetadata, parseLpm01aSample } from './protocol.js';

/** Which edges of D7 the instrument tells; after each, the line is taken to be at the level that this edge leads to. */
export type Lpm01aEvents = 'both' | 'rising' | 'falling';

export interface Lpm01aStreamOptions {
  sampleRateHz: number;
  /** Default: both, from low on. */
  events?: Lpm01aEvents;
  /** Where the instrument sends joules a sample: the volts that they were integrated with. Default: it sends amperes. */
  energyVolts?: number;
  onChunk: (chunk: SampleChunk) => void;
}

/** Problems that are told; more say nothing new. */
const maxProblems = 100;
/** State of the line D7 while high: marker 01, since one line cannot tell gate from Big. */
const activeLogic = 1;

/**
 * Gathers samples, places them in time by the instrument's timestamps, and counts what is missing. Common to both formats.
 * Two edges within a sample show in this one and the next, so that no pulse is too short to be seen.
 */
export class Lpm01aSamples {
  readonly #options: Lpm01aStreamOptions;
  readonly #periodNs: number;
  readonly #ampsPerUnit: number;
  /** Levels that wait for a sample to show them. */
  readonly #pending: number[] = [];
  #current: number[] = [];
  #logicValues: number[] = [];
  #logic: number;
  /** Level after the last edge. */
  #level: number;
  #position = 0;
  #last = 0;
  #watched = 0;
  #lastEvent = 0;
  #saysFalling = false;
  samples = 0;
  lostSamples = 0;
  overcurrent = false;
  isEnded = false;
  isInSummary = false;
  readonly problems: string[] = [];

  constructor(options: Lpm01aStreamOptions) {
    this.#options = options;
    this.#periodNs = 1e9 / options.sampleRateHz;
    const { energyVolts } = options;
    this.#ampsPerUnit = energyVolts === undefined ? 1 : options.sampleRateHz / energyVolts;
    this.#logic = options.events === 'falling' ? activeLogic : 0;
    this.#level = this.#logic;
  }

  /** Samples whose loss no timestamp would have shown. */
  get unwatchedSamples(): number {
    return this.#position + this.#current.length - this.#watched;
  }

  /** Notes a problem; a stream of noise has any number of them. */
  problem(what: string): void {
    if (this.problems.length < maxProblems) this.problems.push(what);
  }

  /** @param value amperes, or joules */
  sample(value: number): void {
    this.#put(value * this.#ampsPerUnit);
  }

  #put(amps: number): void {
    /* The first sample shows the level before any edge: otherwise an edge within it would show as none. */
    const isFirst = this.#position + this.#current.length === 0;
    if (!isFirst) this.#logic = this.#pending.shift() ?? this.#logic;
    this.#last = amps;
    this.#current.push(amps);
    this.#logicValues.push(this.#logic);
  }

  /** @param number the instrument's count of edges, @param label what it calls the edge: "ris" for any, or the right name */
  edge(number: number, label: string): void {
    if (this.#lastEvent > 0 && number > this.#lastEvent + 1)
      this.problem(`${number - this.#lastEvent - 1} edges of D7 were lost`);
    const missed = this.#lastEvent > 0 ? Math.max(0, number - this.#lastEvent - 1) : 0;
    this.#lastEvent = number;
    const { events = 'both' } = this.#options;
    if (events === 'both') {
      if (label === 'fal') this.#saysFalling = true;
      const toggled = (this.#level ^ (1 + missed)) & 1;
      this.#change(this.#saysFalling ? (label === 'ris' ? activeLogic : 0) : toggled);
      return;
    }
    this.#change(events === 'rising' ? activeLogic : 0);
    this.#change(events === 'rising' ? 0 : activeLogic);
  }

  #change(level: number): void {
    this.#level = level;
    this.#pending.push(level);
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
    this.#watched = Math.max(this.#watched, expected);
    if (bufferPercent >= 100) this.problem("the instrument's buffer ran over");
  }

  /** Ends the acquisition: edges in a sample that was not finished show in one that goes on as the last one did. */
  finish(): void {
    while (this.#pending.length > 0 && this.samples + this.#current.length > 0) this.#put(this.#last);
    this.flush();
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

/** Takes a line of the text format, of old or new firmware. */
export function takeLpm01aLine(samples: Lpm01aSamples, line: string): void {
  if (/^summary beg/i.test(line)) samples.isInSummary = true;
  if (samples.isInSummary) {
    if (/^(summary )?end\b/i.test(line)) samples.isInSummary = false;
    if (/^end\b/i.test(line)) samples.isEnded = true;
    return;
  }
  const value = parseLpm01aSample(line);
  if (value !== undefined) {
    samples.sample(value);
    return;
  }
  const time = /^timestamp:\s*(\d+)s\s*(\d+)ms(?:,\s*buff\s*(\d+)%)?/i.exec(line);
  const event = /^event (\d+) (ris|fal)$/.exec(line);
  if (time !== null) samples.timestamp(Number(time[1]) * 1000 + Number(time[2]), Number(time[3] ?? 0));
  else if (event !== null) samples.edge(Number(event[1]), event[2]);
  else if (isLpm01aEnd(line)) samples.isEnded = true;
  else if (/overcurrent/i.test(line)) samples.overcurrent = true;
  else if (/^err(or)?\b/i.test(line)) samples.problem(`the instrument reported: ${line}`);
}

/** Last line of an acquisition: of new firmware, or of old. */
export function isLpm01aEnd(line: string): boolean {
  return /acquisition completed/i.test(line) || /^end$/i.test(line);
}

/** No metadata is longer: an error's text has some hundred bytes. Assumed. */
const metadataLimit = 1024;
/** CR LF, read as a word. */
const lineEndWord = 0x0d0a;

/** Decodes the format of 16-bit words. */
export class Lpm01aWords {
  readonly #samples: Lpm01aSamples;
  #rest: Buffer = Buffer.alloc(0);
  #isFirst = true;

  constructor(samples: Lpm01aSamples) {
    this.#samples = samples;
  }

  /** Takes bytes; returns those behind the end mark (text again), or undefined while the stream goes on. */
  push(bytes: Buffer): Buffer | undefined {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    let at = 0;
    /* The empty line behind the answer to "start"; as a sample it would be 3,338 A. */
    while (this.#isFirst && at + 2 <= all.length && all.readUInt16BE(at) === lineEndWord) at += 2;
    if (at + 2 <= all.length) this.#isFirst = false;
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
      /* Its time may hold FF FF: it has a length of its own. */
      if (all.length < at + 9) return -1;
      this.#samples.timestamp(all.readUInt32BE(at + 2), all[at + 6]);
      return at + 9;
    }
    const end = all.subarray(0, at + 2 + metadataLimit).indexOf('ffff', at + 2, 'hex');
    if (end < 0) {
      if (all.length < at + 2 + metadataLimit) return -1;
      this.#samples.problem('the instrument sent metadata without end');
      return at + 2;
    }
    if (code === lpm01aMetadata.end) this.#samples.isEnded = true;
    else if (code === lpm01aMetadata.overcurrent) this.#samples.overcurrent = true;
    else if (code === lpm01aMetadata.error) {
      this.#samples.problem(`the instrument reported: ${all.toString('latin1', at + 2, end)}`);
    }
    return end + 2;
  }
}
