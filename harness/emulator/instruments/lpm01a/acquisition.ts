import type { WaveformSegment, WaveformSource } from '../../../machine/waveform.js';
import {
  encodeLpm01aWord,
  formatLpm01aSample,
  lpm01aMetadata,
  lpm01aPrompt,
} from '../../../measure/meter/lpm01a/protocol.js';
import { type Cell, CellCutter } from '../cells.js';
import { normalSource } from '../noise.js';
import type { Lpm01aSettings } from './settings.js';

/** Errors of the emulated instrument; all absent: an exact one, apart from its number format. */
export interface Lpm01aErrors {
  gain?: number;
  offsetAmps?: number;
  noiseAmps?: number;
  /** Samples that are never sent: `count` of them from sample `at` on; timestamps go on. */
  gaps?: readonly { at: number; count: number }[];
  /** Above this current the instrument reports an overcurrent; default 59 mA. */
  overcurrentAmps?: number;
  seed?: number;
}

export interface Lpm01aAcquisitionOptions {
  source: WaveformSource;
  settings: Readonly<Lpm01aSettings>;
  /** Firmware before 1.0.6. */
  isOld: boolean;
  errors: Lpm01aErrors;
  isOn: () => boolean;
  send: (bytes: Buffer) => void;
  /** Called when an acquisition of finite time is over. */
  onEnd: () => void;
}

/** Samples from one timestamp to the next (UM2269). */
const timestampSamples = 1000;

/** One acquisition, sent as the current flows. D7 is the exclusive OR of the marker lines; each configured edge is told, however short. */
export class Lpm01aAcquisition {
  readonly #options: Lpm01aAcquisitionOptions;
  readonly #normal: () => number;
  readonly #unsubscribe: () => void;
  readonly #isBinary: boolean;
  readonly #pieces: Buffer[] = [];
  #cutter: CellCutter | undefined;
  #level = -1;
  #samples = 0;
  #events = 0;
  #gap = 0;
  #sum = 0;
  #isOvercurrent = false;
  #isOver = false;
  #isAfterTimestamp = false;

  constructor(options: Lpm01aAcquisitionOptions) {
    this.#options = options;
    const { source, settings, errors } = options;
    this.#normal = normalSource(errors.seed ?? 1);
    this.#isBinary = settings.format === 'bin_hexa';
    if (settings.triggerSource === 'sw') this.#begin(source.nowNs + settings.triggerDelaySeconds * 1e9);
    this.#unsubscribe = source.onSegments(segments => {
      for (const segment of segments) this.#take(segment);
      this.#flush();
    });
  }

  /** Sends what ends an acquisition. */
  finish(isStopped: boolean): void {
    this.close();
    const { isOld } = this.#options;
    if (this.#isBinary) this.#push([0xf0, lpm01aMetadata.end, 0xff, 0xff]);
    if (isStopped) this.#text(`\r\n${lpm01aPrompt}ack stop\r\n`);
    if (isOld) {
      this.#text('summary beg');
      this.#text(formatLpm01aSample(this.#samples === 0 ? 0 : this.#sum / this.#samples));
      this.#text('summary end');
    }
    this.#text(isOld ? 'end' : `${lpm01aPrompt}Acquisition completed`);
    this.#flush();
  }

  close(): void {
    this.#unsubscribe();
  }

  #begin(originNs: number): void {
    this.#cutter = new CellCutter(originNs, 1e9 / this.#options.settings.hertz, cell => this.#sample(cell));
    /* Two published drivers of the real one take no word before the first timestamp. */
    if (this.#isBinary) this.#timestamp();
  }

  #take(segment: WaveformSegment): void {
    if (this.#isOver) return;
    const level = (segment.logic ^ (segment.logic >> 1)) & 1;
    const isEdge = this.#level >= 0 && level !== this.#level;
    this.#level = level;
    const { settings } = this.#options;
    if (isEdge && this.#cutter === undefined)
      this.#begin(segment.startNs + settings.triggerDelaySeconds * 1e9);
    else if (isEdge && (settings.events === 'both' || settings.events === (level === 1 ? 'ris' : 'fal'))) {
      this.#events += 1;
      /* The firmware says "ris" whichever edge it was told to look for: the MLPerf Tiny runner arms "fal" and matches "ris". */
      if (!this.#isBinary) this.#text(`event ${this.#events} ris`);
    }
    this.#cutter?.take(segment);
  }

  #sample({ amps }: Cell): void {
    if (this.#isOver) return;
    const { settings, errors, isOn, onEnd } = this.#options;
    const { gain = 0, offsetAmps = 0, noiseAmps = 0, gaps = [], overcurrentAmps = 0.059 } = errors;
    const drawn = isOn() ? amps : 0;
    const index = this.#samples;
    this.#samples += 1;
    if (drawn > overcurrentAmps && !this.#isOvercurrent) {
      this.#isOvercurrent = true;
      if (this.#isBinary) this.#push([0xf0, lpm01aMetadata.overcurrent, 0xff, 0xff]);
      else this.#text('overcurrent');
    }
    const seen = drawn * (1 + gain) + offsetAmps + (noiseAmps > 0 ? noiseAmps * this.#normal() : 0);
    const value = settings.output === 'energy' ? (seen * settings.millivolts * 1e-3) / settings.hertz : seen;
    this.#sum += value;
    const gap = gaps[this.#gap];
    if (gap !== undefined && index >= gap.at) {
      if (index === gap.at + gap.count - 1) this.#gap += 1;
    } else this.#value(value);
    if (this.#samples % timestampSamples === 0) this.#timestamp();
    if (settings.acquisitionSeconds > 0 && this.#samples >= settings.acquisitionSeconds * settings.hertz) {
      this.#isOver = true;
      onEnd();
    }
  }

  #value(value: number): void {
    if (this.#isBinary) {
      const word = encodeLpm01aWord(value);
      this.#push([word >> 8, word & 0xff]);
      return;
    }
    /* The line after a timestamp begins with a NUL: published clients of the real one take it off. */
    this.#text(`${this.#isAfterTimestamp ? '\0' : ''}${formatLpm01aSample(value)}`);
    this.#isAfterTimestamp = false;
  }

  #timestamp(): void {
    const milliseconds = Math.round((this.#samples * 1000) / this.#options.settings.hertz);
    if (this.#isBinary) {
      const time = Buffer.alloc(4);
      time.writeUInt32BE(milliseconds);
      this.#push([0xf0, lpm01aMetadata.timestamp, ...time, 0, 0xff, 0xff]);
      return;
    }
    const three = (value: number) => String(value).padStart(3, '0');
    const label = this.#options.isOld ? 'Timestamp' : 'TimeStamp';
    this.#text(
      `${label}: ${three(Math.floor(milliseconds / 1000))}s ${three(milliseconds % 1000)}ms, buff 00%`,
    );
    this.#isAfterTimestamp = !this.#options.isOld;
  }

  #text(line: string): void {
    this.#pieces.push(Buffer.from(`${line}\r\n`, 'latin1'));
  }

  #push(bytes: readonly number[]): void {
    this.#pieces.push(Buffer.from(bytes));
  }

  #flush(): void {
    if (this.#pieces.length === 0) return;
    this.#options.send(Buffer.concat(this.#pieces));
    this.#pieces.length = 0;
  }
}
