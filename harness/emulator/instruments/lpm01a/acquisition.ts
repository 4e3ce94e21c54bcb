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
import { StaticMean, staticHertz, overcurrentAmps as usualOvercurrentAmps } from './static.js';

/** Errors of the emulated instrument; all absent: an exact one, apart from its number format. */
export interface Lpm01aErrors {
  gain?: number;
  offsetAmps?: number;
  noiseAmps?: number;
  /** Samples that are never sent: `count` of them from sample `at` on; timestamps go on. */
  gaps?: readonly { at: number; count: number }[];
  /** Above this current an overcurrent ends the acquisition; default 59 mA, 200 mA in mode `stat`. */
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
  /** Called when an acquisition is over by itself. @param error what ended it before its time */
  onEnd: (error?: string) => void;
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
  readonly #static: StaticMean | undefined;
  readonly #hertz: number;
  #cutter: CellCutter | undefined;
  #level = -1;
  #samples = 0;
  #events = 0;
  #gap = 0;
  #sum = 0;
  #isOver = false;
  #isAfterTimestamp = false;

  constructor(options: Lpm01aAcquisitionOptions) {
    this.#options = options;
    const { source, settings, errors } = options;
    this.#normal = normalSource(errors.seed ?? 1);
    this.#isBinary = settings.format === 'bin_hexa';
    this.#static = settings.mode === 'stat' ? new StaticMean() : undefined;
    this.#hertz = this.#static === undefined ? settings.hertz : staticHertz;
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
    this.#finishStatic();
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
    this.#cutter = new CellCutter(originNs, 1e9 / this.#hertz, cell => this.#sample(cell));
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

  #sample(cell: Cell): void {
    if (this.#isOver) return;
    const { settings, errors, isOn } = this.#options;
    const { gain = 0, offsetAmps = 0, noiseAmps = 0, overcurrentAmps } = errors;
    const drawn = isOn() ? cell.amps : 0;
    if (drawn > (overcurrentAmps ?? usualOvercurrentAmps[settings.mode])) {
      this.#endByOvercurrent();
      return;
    }
    const seen = drawn * (1 + gain) + offsetAmps + (noiseAmps > 0 ? noiseAmps * this.#normal() : 0);
    if (this.#static !== undefined) this.#static.take(isOn() ? cell : { least: 0, most: 0 }, seen);
    else this.#dynamic(this.#inUnits(seen, 1 / this.#hertz));
    const pieces = this.#static?.count ?? this.#samples;
    if (settings.acquisitionSeconds > 0 && pieces >= settings.acquisitionSeconds * this.#hertz)
      this.#endByItself();
  }

  /** @param seconds that energy is integrated over */
  #inUnits(amps: number, seconds: number): number {
    const { output, millivolts } = this.#options.settings;
    return output === 'energy' ? amps * millivolts * 1e-3 * seconds : amps;
  }

  #dynamic(value: number): void {
    const { gaps = [] } = this.#options.errors;
    const index = this.#samples;
    this.#samples += 1;
    this.#sum += value;
    const gap = gaps[this.#gap];
    if (gap !== undefined && index >= gap.at) {
      if (index === gap.at + gap.count - 1) this.#gap += 1;
    } else this.#value(value);
    if (this.#samples % timestampSamples === 0) this.#timestamp();
  }

  /** Published notes of a bench, firmware 1.0.1: the message in mode `dyn`, and that nothing more is measured. In `stat`: assumed alike. */
  #endByOvercurrent(): void {
    const { settings, errors } = this.#options;
    const mode = settings.mode === 'dyn' ? 'dynamic' : 'static';
    const milliamps = Math.round((errors.overcurrentAmps ?? usualOvercurrentAmps[settings.mode]) * 1000);
    const message = `Overcurrent >${milliamps}mA, ${mode} acquisition stopped`;
    if (this.#isBinary) this.#push([0xf0, lpm01aMetadata.overcurrent, 0xff, 0xff]);
    else this.#text(`error: ${message}`);
    this.#endByItself(message);
  }

  #endByItself(error?: string): void {
    this.#isOver = true;
    this.#options.onEnd(error);
  }

  /** The one value of mode `stat`, and the message that takes it back (a published client waits for it before it believes the value). */
  #finishStatic(): void {
    const mean = this.#static;
    if (mean === undefined || mean.count === 0) return;
    this.#samples = 1;
    this.#sum = this.#inUnits(mean.amps, mean.count / this.#hertz);
    this.#value(this.#sum);
    if (!mean.isConstant && !this.#isBinary) this.#text('error: Static acquisition: current not constant');
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
