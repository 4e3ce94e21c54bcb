import { Duplex } from 'node:stream';
import {
  encodeJoulescope,
  type JoulescopeMessage,
  type JoulescopeSignal,
  joulescopeRates,
} from '../../measure/meter/joulescope/protocol.js';
import { type Cell, CellSampler } from './cells.js';
import { fastNormalSource } from './noise.js';
import type { InstrumentWiring } from './wiring.js';

/** Errors of the emulated instrument; all absent: an exact one, in single precision. */
export interface JoulescopeErrors {
  gain?: number;
  offsetAmps?: number;
  noiseAmps?: number;
  /** Blocks of current that never arrive, by their number since the start. */
  lostBlocks?: readonly number[];
  /** Above this current samples are no numbers; default 10 A. */
  largestAmps?: number;
  seed?: number;
}

export interface EmulatedJoulescopeOptions extends InstrumentWiring {
  model?: 'js110' | 'js220';
  supplyVolts?: number;
  /** Fails like a bridge whose Python lacks the vendor's library. */
  isLibraryMissing?: boolean;
  errors?: JoulescopeErrors;
}

/** Samples of one block; logic signals come in blocks of another size, so that a reader must join by index. */
const blockSamples = 1000;
const logicBlockSamples = 1536;
/** Upper ends of the ranges below 10 A, amperes. */
const rangeTops = [18e-6, 180e-6, 1.8e-3, 18e-3, 180e-3];
/** The instrument runs before anybody listens: its first sample has this index. */
const firstIndex = 123_456;

/** Characters of an unfinished command that are kept. */
const lineLimit = 4096;

/** What a client asks for; undefined where it is no request. */
function requestOf(line: string): { cmd: string; on?: unknown; rate?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && 'cmd' in value && typeof value.cmd === 'string')
      return { on: undefined, rate: undefined, ...value, cmd: value.cmd };
  } catch {
    /* no JSON */
  }
  return undefined;
}

interface Outgoing {
  values: number[];
  index: number;
  blocks: number;
  size: number;
}

/** The Joulescope bridge with an instrument on a byte stream, fed by a current waveform. GPI 0 and 1 are the marker lines. */
export class EmulatedJoulescope {
  readonly port: Duplex;
  readonly #options: EmulatedJoulescopeOptions;
  #normal: () => number;
  #work: Promise<void> = Promise.resolve();
  #text = '';
  #isOpen = false;
  /** Its switch; the bridge closes it when it opens the device. */
  #isOn = false;
  #sampler: CellSampler | undefined;
  #outgoing = new Map<JoulescopeSignal, Outgoing>();

  constructor(options: EmulatedJoulescopeOptions) {
    this.#options = options;
    this.#normal = fastNormalSource(options.errors?.seed ?? 1);
    this.port = new Duplex({
      read: () => {},
      write: (bytes: Buffer, _encoding, done) => {
        this.#receive(bytes.toString('utf8'));
        done();
      },
    });
    this.port.on('close', () => this.#sampler?.close());
    if (options.isLibraryMissing) {
      this.#send({ event: 'error', code: 'missing', message: "No module named 'pyjoulescope_driver'" });
      this.port.push(null);
    } else this.#send({ event: 'ready' });
  }

  /** See `EmulatedInstrument.restart`. */
  restart(seed: number): void {
    this.#normal = fastNormalSource(seed);
  }

  #receive(text: string): void {
    this.#text += text;
    for (;;) {
      const end = this.#text.indexOf('\n');
      if (end < 0) break;
      const line = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 1);
      this.#work = this.#work
        .then(() => this.#execute(line))
        .catch(error => void this.port.destroy(error instanceof Error ? error : new Error(String(error))));
    }
    this.#text = this.#text.slice(0, lineLimit);
  }

  async #execute(line: string): Promise<void> {
    const request = requestOf(line);
    if (request === undefined)
      return this.#send({ event: 'error', code: 'command', message: line.slice(0, 80) });
    const { cmd, on, rate } = request;
    const { model = 'js220', power, settle } = this.#options;
    if (cmd === 'open') {
      this.#isOpen = true;
      this.#isOn = true;
      this.#send({ event: 'opened', device: `u/${model}/000415`, model, isEmulated: true });
    } else if (!this.#isOpen) this.#send({ event: 'error', code: 'driver', message: 'not open' });
    else if (cmd === 'supply') {
      this.#isOn = on === true;
      await power?.(on === true);
      this.#send({ event: 'supply' });
    } else if (cmd === 'start' && typeof rate === 'number' && joulescopeRates.includes(rate)) {
      await settle();
      this.#start(rate);
    } else if (cmd === 'stop') {
      await settle();
      this.#stop();
    } else if (cmd !== 'close') this.#send({ event: 'error', code: 'command', message: cmd });
  }

  #start(rate: number): void {
    const track = (size: number): Outgoing => ({ values: [], index: firstIndex, blocks: 0, size });
    this.#outgoing = new Map([
      ['i', track(blockSamples)],
      ['v', track(blockSamples)],
      ['r', track(blockSamples)],
      ['0', track(logicBlockSamples)],
      ['1', track(logicBlockSamples)],
    ]);
    this.#send({ event: 'started', rate });
    this.#sampler = new CellSampler(this.#options.source, 1e9 / rate, cell => this.#convert(cell));
  }

  #stop(): void {
    this.#sampler?.close();
    this.#sampler = undefined;
    for (const signal of this.#outgoing.keys()) this.#flush(signal);
    this.#send({ event: 'stopped' });
  }

  #convert({ amps, logic }: Cell): void {
    const { gain = 0, offsetAmps = 0, noiseAmps = 0, largestAmps = 10 } = this.#options.errors ?? {};
    const drawn = this.#isOn ? amps : 0;
    const seen = drawn * (1 + gain) + offsetAmps + (noiseAmps > 0 ? noiseAmps * this.#normal() : 0);
    const top = rangeTops.findIndex(limit => drawn <= limit);
    this.#put('i', drawn > largestAmps ? Number.NaN : seen);
    this.#put('v', this.#options.supplyVolts ?? 3.3);
    this.#put('r', top < 0 ? 0 : rangeTops.length - top);
    this.#put('0', logic & 1);
    this.#put('1', logic >> 1);
  }

  #put(signal: JoulescopeSignal, value: number): void {
    const track = this.#outgoing.get(signal);
    if (track === undefined) return;
    track.values.push(value);
    if (track.values.length >= track.size) this.#flush(signal);
  }

  #flush(signal: JoulescopeSignal): void {
    const track = this.#outgoing.get(signal);
    if (track === undefined || track.values.length === 0) return;
    const count = track.values.length;
    const payload = encodeJoulescope(signal, track.values);
    const isLost = signal === 'i' && (this.#options.errors?.lostBlocks ?? []).includes(track.blocks);
    if (!isLost)
      this.#send({ event: 'data', signal, index: track.index, count, bytes: payload.length }, payload);
    track.values = [];
    track.index += count;
    track.blocks += 1;
  }

  #send(message: JoulescopeMessage, payload: Buffer = Buffer.alloc(0)): void {
    if (this.port.destroyed) return;
    this.port.push(Buffer.concat([Buffer.from(`${JSON.stringify(message)}\n`, 'utf8'), payload]));
  }
}
