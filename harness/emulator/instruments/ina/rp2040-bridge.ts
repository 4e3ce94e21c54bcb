import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Duplex } from 'node:stream';
import { I2CMode, type RP2040, type RPI2C } from 'rp2040js';
import { z } from 'zod';
import { LittlefirstError } from '../../../errors.js';
import type { WaveformSource } from '../../../machine/waveform.js';
import { packagePath } from '../../../package-root.js';
import { Rp2040Board } from '../../rp2040/board.js';
import { InaFeed } from './feed.js';
import { EmulatedIna, type EmulatedInaOptions } from './sensor.js';

export interface Rp2040InaBridgeOptions extends Omit<EmulatedInaOptions, 'onAlert' | 'onRestart'> {
  source: WaveformSource;
  settle: () => Promise<void>;
}

const manifestSchema = z.strictObject({
  file: z.string(),
  sha256: z.string(),
  bytes: z.number().int().positive(),
  compiler: z.string(),
  sources: z.string(),
  loadAddress: z.number().int(),
});

/** Reads the prebuilt image of the bridge. Throws LF_FLASH_VERIFY when it is not the one of its manifest. */
export function loadInaBridgeImage(): { address: number; data: Uint8Array } {
  const manifest = manifestSchema.parse(
    JSON.parse(readFileSync(packagePath('firmware', 'prebuilt', 'ina-bridge.json'), 'utf8')),
  );
  const data = readFileSync(packagePath('firmware', 'prebuilt', manifest.file));
  const sha256 = createHash('sha256').update(data).digest('hex');
  if (sha256 !== manifest.sha256) {
    throw new LittlefirstError(
      'LF_FLASH_VERIFY',
      'the image of the INA bridge is not the one of its manifest',
      {
        expected: manifest.sha256,
        received: sha256,
        hint: 'reinstall littlefirst, or rebuild with gcc-arm-none-eabi and `npm run firmware:prebuilt`',
      },
    );
  }
  return { address: manifest.loadAddress, data: new Uint8Array(data) };
}

const pins = { marker0: 2, marker1: 3, alert: 6 } as const;
const noEvents = { marker: () => {}, level: () => {}, sleep: () => {}, wake: () => {}, reset: () => {} };
/** I2C at 400 kHz: nine clocks a byte, about one for a start or stop. */
const byteNs = 22_500;
const conditionNs = 2500;
const sliceCycles = 1_000_000;

const interruptMask = 0x30;

/** The library's I2C block has an interrupt mask that nobody can write (RP2040 datasheet 4.3.17, IC_INTR_MASK). */
function completeI2c(bus: RPI2C): void {
  const write = bus.writeUint32.bind(bus);
  bus.writeUint32 = (offset, value) => {
    if (offset !== interruptMask) {
      write(offset, value);
      return;
    }
    bus.intEnable = value;
    bus.checkInterrupts();
  };
}

/**
 * The INA bridge's image on an emulated RP2040, with an emulated sensor on its I2C bus and ALERT pin: what a host would see on the bridge's serial line. The bridge's time
 * follows the waveform's while that flows, and its own work while the host talks to it.
 */
export class Rp2040InaBridge {
  readonly port: Duplex;
  readonly sensor: EmulatedIna;
  readonly #options: Rp2040InaBridgeOptions;
  readonly #board: Rp2040Board;
  readonly #feed: InaFeed;
  #chip: RP2040 | undefined;
  #work: Promise<void> = Promise.resolve();
  #output: number[] = [];
  readonly #levels = new Map<number, number>([
    [pins.marker0, 0],
    [pins.marker1, 0],
  ]);
  /** The bridge's time less the waveform's, nanoseconds. */
  #ahead = 0;
  /** Happenings that are still to come. */
  #pending = 0;

  constructor(options: Rp2040InaBridgeOptions) {
    this.#options = options;
    this.sensor = new EmulatedIna({
      ...options,
      onAlert: isAsserted => this.#chip?.gpio[pins.alert].setInputValue(!isAsserted),
      onRestart: () => this.#feed?.restart(),
    });
    this.#board = new Rp2040Board({ levelHz: [] }, noEvents, byte => this.#output.push(byte), {
      translates: true,
      attach: chip => this.#wire(chip),
    });
    this.#feed = new InaFeed({
      source: options.source,
      sensor: this.sensor,
      onEdge: (timeNs, markers) =>
        this.#at(timeNs, () => {
          this.#drive(pins.marker0, markers & 1);
          this.#drive(pins.marker1, markers >> 1);
        }),
      onConversion: (timeNs, amps) => this.#at(timeNs, () => this.sensor.convertShunt(amps)),
      onBatch: () => this.#runPending(),
    });
    this.port = new Duplex({
      read: () => {},
      write: (bytes: Buffer, _encoding, done) => {
        this.#work = this.#work.then(() => this.#serve(Uint8Array.from(bytes)));
        done();
      },
    });
    this.port.on('close', () => this.#feed.close());
    this.#board.load(loadInaBridgeImage());
    this.#board.reset(true);
    this.#settleBoard();
  }

  async #serve(bytes: Uint8Array): Promise<void> {
    await this.#options.settle();
    this.#board.feed(bytes);
    this.#settleBoard();
  }

  /** Runs until nothing is left to do, and sends what came out. */
  #settleBoard(): void {
    while (this.#board.run(sliceCycles) === 'budget');
    this.#ahead = this.#board.clock.nanos - this.#options.source.nowNs;
    this.#flush();
  }

  /** Lets something happen at a time of the waveform. */
  #at(timeNs: number, action: () => void): void {
    const { clock } = this.#board;
    this.#pending += 1;
    const alarm = clock.createAlarm(() => {
      this.#pending -= 1;
      action();
    });
    alarm.schedule(Math.max(0, timeNs + this.#ahead - clock.nanos));
  }

  /** Runs until all of that has happened, and on until the core sleeps: some 0.3 ms, in which further edges come late. */
  #runPending(): void {
    while (this.#pending > 0) this.#board.run(sliceCycles);
    this.#flush();
  }

  #flush(): void {
    if (this.#output.length === 0) return;
    const bytes = Buffer.from(this.#output);
    this.#output = [];
    if (!this.port.destroyed) this.port.push(bytes);
  }

  /** A pin's input; the library takes every call for an edge. */
  #drive(pin: number, level: number): void {
    if (this.#levels.get(pin) === level) return;
    this.#levels.set(pin, level);
    this.#chip?.gpio[pin].setInputValue(level === 1);
  }

  #wire(chip: RP2040): void {
    this.#chip = chip;
    chip.gpio[pins.alert].setInputValue(true);
    const [bus] = chip.i2c;
    completeI2c(bus);
    const later = (nanoseconds: number, action: () => void) =>
      chip.clock.createAlarm(action).schedule(nanoseconds);
    let register: number | undefined;
    let read: number[] = [];
    let written: number[] = [];
    bus.onStart = () => later(conditionNs, () => bus.completeStart());
    bus.onConnect = (address, mode) => {
      if (mode === I2CMode.Read && register !== undefined) read = this.sensor.read(register, 5);
      else register = undefined;
      written = [];
      later(byteNs, () => bus.completeConnect(address === this.sensor.address));
    };
    bus.onWriteByte = value => {
      if (register === undefined) register = value;
      else written.push(value);
      if (register !== undefined && written.length === 2)
        this.sensor.write(register, written[0] * 256 + written[1]);
      later(byteNs, () => bus.completeWrite(true));
    };
    bus.onReadByte = () => later(byteNs, () => bus.completeRead(read.shift() ?? 0xff));
    bus.onStop = () => later(conditionNs, () => bus.completeStop());
  }
}
