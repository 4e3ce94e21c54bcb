import { Duplex } from 'node:stream';
import type { SampleChunk } from '../../../measure/meter/meter.js';
import type { Ppk2RangeCalibration } from '../../../measure/meter/ppk2/metadata.js';
import {
  ppk2AdcMax,
  ppk2ArgumentBytes,
  ppk2Modes,
  ppk2Opcodes,
  ppk2Ranges,
  ppk2RangeTops,
  ppk2SampleRateHz,
  ppk2VoltsPerStep,
} from '../../../measure/meter/ppk2/protocol.js';
import { DirectMeter } from '../direct.js';
import { fastNormalSource, uniformSource } from '../noise.js';
import type { InstrumentWiring } from '../wiring.js';
import { formatPpk2Metadata, type Ppk2Calibration, ppk2Calibrations, roundPpk2Ranges } from './metadata.js';

/** Errors of the emulated analogue front end; all absent: an honest instrument with half a step of noise. */
export interface Ppk2Errors {
  /** Relative gain error, of all ranges or of each. */
  gain?: number | readonly number[];
  offsetAmps?: number;
  /** Noise of one sample, in converter steps of the range; default 0.5. */
  noiseSteps?: number;
  /** Offset that grows with the time that the instrument has sampled. */
  driftAmpsPerSecond?: number;
  /** Relative error of the sample clock. */
  clock?: number;
  /** Samples that never leave the instrument: `count` of them from sample `at` on (the counter goes on). */
  gaps?: readonly { at: number; count: number }[];
  /** Share of single samples that are lost, at random. */
  loss?: number;
  /** The range switch hangs in this range, 0 to 4: larger currents read as its end. */
  stuckRange?: number;
  /** A figure of the reported calibration that is "-nan", e.g. GI2. */
  notANumber?: string;
  /** After a range change the next samples read too high by this share, halving from one to the next. */
  spike?: { share: number; samples: number };
  /** The cable is pulled at this sample. */
  unplugAt?: number;
  /** Bytes of the sample stream that get lost on the way, counted from the start of measuring. */
  droppedBytes?: readonly number[];
  seed?: number;
}

export interface EmulatedPpk2Options extends InstrumentWiring {
  /** `realistic`: the calibration of a real instrument, with its offsets and bends, and spikes where ranges change. Default: `nominal`. */
  calibration?: Ppk2Calibration;
  /** The calibration that the instrument reports and was built to, instead of the one that `calibration` names. */
  ranges?: readonly Ppk2RangeCalibration[];
  calibrated?: boolean;
  errors?: Ppk2Errors;
  /** Changes the metadata text before it is sent, e.g. to put a "-nan" into it. */
  editMetadata?: (text: string) => string;
}

/** A range is left downwards at this share of the next one's end: assumed. */
const hysteresis = 0.8;
/** What the samples after a range change read too high by, where the calibration is realistic: assumed; Nordic's software averages three. */
const realisticSpike = { share: 0.3, samples: 3 } as const;

/**
 * A PPK2 on a byte stream, fed by a current waveform: commands in, samples and metadata out, as the real one does. `port` is the
 * host's end; pipe it to a pty or socket to let any PPK2 client use it. No current flows before its switch is closed, in source and in
 * ampere mode (pc-nrfconnect-ppk pull requests 167 and 183, ppk2-api-python issues 17 and 42).
 */
export class EmulatedPpk2 {
  readonly port: Duplex;
  readonly #options: EmulatedPpk2Options;
  /** What its front end is like. */
  readonly #ranges: readonly Ppk2RangeCalibration[];
  /** What it reports: the host multiplies by the user's gains, which change no sample. */
  readonly #reported: Ppk2RangeCalibration[];
  readonly #errors: Ppk2Errors;
  #normal: () => number;
  #uniform: () => number;
  readonly #truth: DirectMeter;
  readonly #gains: number[];
  readonly #command: number[] = [];
  #work: Promise<void> = Promise.resolve();
  #running = false;
  #isOn = false;
  #bytes = 0;
  #mode: number = ppk2Modes.source;
  #millivolts = 3300;
  #sample = 0;
  #total = 0;
  #range = 0;
  #sinceSwitch = 0;
  #gap = 0;

  constructor(options: EmulatedPpk2Options) {
    this.#options = options;
    this.#ranges = roundPpk2Ranges(options.ranges ?? ppk2Calibrations[options.calibration ?? 'nominal']);
    this.#reported = this.#ranges.map(range => ({ ...range }));
    this.#errors = {
      ...(options.calibration === 'realistic' ? { spike: realisticSpike } : {}),
      ...options.errors,
    };
    const gain = this.#errors.gain ?? 0;
    this.#gains = Array.from(
      { length: ppk2Ranges },
      (_, r) => 1 + (typeof gain === 'number' ? gain : gain[r]),
    );
    this.#normal = fastNormalSource(this.#errors.seed ?? 1);
    this.#uniform = uniformSource((this.#errors.seed ?? 1) + 1);
    this.#truth = new DirectMeter({ source: options.source, settle: options.settle, joinRuns: false });
    this.port = new Duplex({
      read: () => {},
      write: (bytes: Buffer, _encoding, done) => {
        for (const byte of bytes) this.#byte(byte);
        done();
      },
      final: done => {
        this.#later(() => this.#halt());
        done();
      },
    });
    this.port.on('close', () => this.#later(() => this.#halt()));
  }

  /** See `EmulatedInstrument.restart`. */
  restart(seed: number): void {
    this.#normal = fastNormalSource(seed);
    this.#uniform = uniformSource(seed + 1);
    this.#range = 0;
    this.#sinceSwitch = 0;
  }

  /** Resolves when every command received so far has been carried out. */
  async settled(): Promise<void> {
    await this.#work;
  }

  /** Its own clock: seconds of sampling since it was made, lost samples included. */
  get sampledSeconds(): number {
    return this.#total / ppk2SampleRateHz;
  }

  #later(action: () => Promise<void>): void {
    this.#work = this.#work.then(action).catch(error => {
      this.port.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  }

  #byte(byte: number): void {
    this.#command.push(byte);
    const [opcode, ...args] = this.#command;
    if (args.length < (ppk2ArgumentBytes[opcode] ?? 0)) return;
    this.#command.length = 0;
    this.#later(() => this.#execute(opcode, args));
  }

  async #execute(opcode: number, args: number[]): Promise<void> {
    if (opcode === ppk2Opcodes.averageStart) await this.#begin();
    else if (opcode === ppk2Opcodes.averageStop) await this.#halt();
    else if (opcode === ppk2Opcodes.deviceRunning) await this.#switch(args[0] === 1);
    else if (opcode === ppk2Opcodes.regulatorSet) this.#millivolts = args[0] * 256 + args[1];
    else if (opcode === ppk2Opcodes.setPowerMode) this.#mode = args[0];
    else if (opcode === ppk2Opcodes.getMetadata) this.#sendMetadata();
    else if (opcode === ppk2Opcodes.setUserGains) this.#setUserGain(args);
    else if (opcode === ppk2Opcodes.reset) {
      await this.#halt();
      await this.#switch(false);
    }
  }

  async #switch(on: boolean): Promise<void> {
    if (on === this.#isOn) return;
    this.#isOn = on;
    await this.#options.power?.(on);
  }

  #setUserGain([index, ...bytes]: number[]): void {
    const range = this.#reported[index];
    if (range !== undefined) range.UG = Buffer.from(bytes).readFloatLE();
  }

  #sendMetadata(): void {
    const { notANumber } = this.#errors;
    const honest = formatPpk2Metadata(this.#reported, {
      calibrated: this.#options.calibrated ?? false,
      vddMillivolts: this.#millivolts,
      mode: this.#mode,
    });
    const text =
      notANumber === undefined
        ? honest
        : honest.replace(new RegExp(`^${notANumber}: .*$`, 'm'), `${notANumber}: -nan`);
    this.#send(Buffer.from(this.#options.editMetadata?.(text) ?? text, 'latin1'));
  }

  #send(bytes: Buffer): void {
    if (!this.port.destroyed) this.port.push(bytes);
  }

  async #begin(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    this.#sample = 0;
    this.#gap = 0;
    this.#bytes = 0;
    await this.#truth.configure({
      supplyMillivolts: this.#millivolts,
      sampleRateHz: ppk2SampleRateHz * (1 + (this.#errors.clock ?? 0)),
    });
    await this.#truth.start(chunk => this.#convert(chunk));
  }

  async #halt(): Promise<void> {
    if (!this.#running) return;
    this.#running = false;
    await this.#truth.stop();
  }

  #convert(chunk: SampleChunk): void {
    if (this.port.destroyed) return;
    const count = chunk.current.length;
    const bytes = Buffer.allocUnsafe(4 * count);
    const {
      offsetAmps = 0,
      driftAmpsPerSecond = 0,
      noiseSteps = 0.5,
      gaps = [],
      loss = 0,
      spike,
      unplugAt,
    } = this.#errors;
    let fill = 0;
    for (let i = 0; i < count; i += 1) {
      const index = this.#sample;
      this.#sample += 1;
      this.#total += 1;
      if (index === unplugAt) {
        this.#sendSamples(bytes.subarray(0, fill));
        this.port.destroy();
        return;
      }
      const truth = this.#isOn ? chunk.current[i] : 0;
      this.#selectRange(truth);
      const range = this.#ranges[this.#range];
      const gap = gaps[this.#gap];
      if (gap !== undefined && index >= gap.at) {
        if (index === gap.at + gap.count - 1) this.#gap += 1;
        continue;
      }
      if (loss > 0 && this.#uniform() < loss) continue;
      const step = (4 * ppk2VoltsPerStep) / range.R;
      let amps =
        truth * this.#gains[this.#range] + offsetAmps + (driftAmpsPerSecond * this.#total) / ppk2SampleRateHz;
      if (spike !== undefined && this.#sinceSwitch < spike.samples)
        amps *= 1 + spike.share / 2 ** this.#sinceSwitch;
      if (noiseSteps > 0) amps += noiseSteps * step * this.#normal();
      const adc = this.#toAdc(amps, range);
      const word = adc | (this.#range << 14) | ((index & 63) << 18) | (chunk.logic[i] << 24);
      fill = bytes.writeInt32LE(word | 0, fill);
    }
    this.#sendSamples(bytes.subarray(0, fill));
  }

  #sendSamples(bytes: Buffer): void {
    const first = this.#bytes;
    this.#bytes += bytes.length;
    const dropped = (this.#errors.droppedBytes ?? [])
      .map(at => at - first)
      .filter(at => at >= 0 && at < bytes.length);
    this.#send(dropped.length === 0 ? bytes : Buffer.from(bytes.filter((_, at) => !dropped.includes(at))));
  }

  #selectRange(amps: number): void {
    if (this.#errors.stuckRange !== undefined) {
      this.#range = this.#errors.stuckRange;
      return;
    }
    const before = this.#range;
    while (this.#range < ppk2Ranges - 1 && amps > ppk2RangeTops[this.#range]) this.#range += 1;
    while (this.#range > 0 && amps < hysteresis * ppk2RangeTops[this.#range - 1]) this.#range -= 1;
    this.#sinceSwitch = this.#range === before ? this.#sinceSwitch + 1 : 0;
  }

  /** Inverse of the calibration that the host applies. */
  #toAdc(amps: number, range: Ppk2RangeCalibration): number {
    const c = amps / range.UG - (range.S * this.#millivolts) / 1000 - range.I;
    const x = (2 * c) / (range.GI + Math.sqrt(Math.max(0, range.GI * range.GI + 4 * range.GS * c)));
    const adc = Math.round(((x * range.R) / ppk2VoltsPerStep + range.O) / 4);
    return Math.min(ppk2AdcMax, Math.max(0, adc));
  }
}
