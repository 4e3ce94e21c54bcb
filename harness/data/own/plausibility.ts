import type { Channel } from './layouts/layout.js';
import { standardGravity } from './layouts/layout.js';
import { badInput } from './source-files.js';

/** Bins of the logarithm of a norm: 32 an octave from 2^-20 to 2^20. */
const binsPerOctave = 32;
const octaves = 20;
/** Samples that a file must have before its units are judged. */
const fewest = 64;
/** People at rest measure 1 g, and in most movements half of all samples lie near it. Assumed. */
const [leastG, mostG] = [0.5, 2];
/** 2,000 degrees/s, the usual largest range of such gyroscopes (e.g. InvenSense MPU-6050, PS-MPU-6000A-00), rad/s; and how many may lie beyond. */
const fastest = 35;
const mostBeyond = 0.001;

/** Places of the triads of accelerations with gravity: three channels `..._x`, `..._y`, `..._z` of unit g that are not called body, user or linear. */
function gravityTriads(channels: readonly Channel[]): number[][] {
  return channels.flatMap(({ name, unit }, x) => {
    const found = /^(.*)_?x$/i.exec(name);
    if (found === null || unit !== 'g' || /body|user|lin/i.test(name)) return [];
    const axes = ['y', 'z'].map(axis =>
      channels.findIndex(other => other.name.toLowerCase() === `${name.slice(0, -1)}${axis}`.toLowerCase()),
    );
    return axes.includes(-1) ? [] : [[x, ...axes]];
  });
}

/** Watches one file after another for accelerations and angular velocities in other units than they are said to be in. */
export class UnitWatch {
  readonly #triads: number[][];
  readonly #gyroscopes: number[];
  readonly #channels: readonly Channel[];
  #norms: Uint32Array[] = [];
  #samples = 0;
  #beyond = 0;
  #file = '';

  constructor(channels: readonly Channel[]) {
    this.#channels = channels;
    this.#triads = gravityTriads(channels);
    this.#gyroscopes = channels.flatMap(({ unit }, c) => (unit === 'rad/s' ? [c] : []));
    this.#begin('');
  }

  /** Whether there is an acceleration whose unit its gravity tells. */
  get hasGravity(): boolean {
    return this.#triads.length > 0;
  }

  #begin(file: string): void {
    this.#file = file;
    this.#norms = this.#triads.map(() => new Uint32Array(2 * octaves * binsPerOctave));
    this.#samples = 0;
    this.#beyond = 0;
  }

  /** @param values in stored units @throws LF_DATA_CORRUPT of the file before */
  see(file: string, values: ArrayLike<number>): void {
    if (file !== this.#file) {
      this.end();
      this.#begin(file);
    }
    this.#samples += 1;
    this.#triads.forEach(([x, y, z], t) => {
      const norm = Math.hypot(values[x], values[y], values[z]);
      const bin = Math.floor((Math.log2(Math.max(norm, 2 ** -octaves)) + octaves) * binsPerOctave);
      this.#norms[t][Math.min(bin, this.#norms[t].length - 1)] += 1;
    });
    if (this.#gyroscopes.some(c => Math.abs(values[c]) > fastest)) this.#beyond += 1;
  }

  /** Judges the last file. @throws LF_DATA_CORRUPT */
  end(): void {
    if (this.#samples < fewest) return;
    this.#triads.forEach(([x], t) => {
      const norm = this.#median(t);
      if (norm >= leastG && norm <= mostG) return;
      const channel = this.#channels[x].name.slice(0, -1);
      throw badInput(
        { file: this.#file },
        `${channel}x, y, z whose norm is about 1 g in half of all samples, between ${leastG} and ${mostG} g`,
        `a median norm of ${norm.toPrecision(3)} g`,
        unitHint(norm),
      );
    });
    if (this.#beyond > mostBeyond * this.#samples)
      throw badInput(
        { file: this.#file },
        `angular velocities in rad/s, at most ${fastest}`,
        `more in ${((100 * this.#beyond) / this.#samples).toFixed(1)} % of all samples`,
        'if they are degrees a second: --gyroscope deg/s',
      );
  }

  #median(t: number): number {
    const half = this.#samples / 2;
    let below = 0;
    const bin = this.#norms[t].findIndex(count => {
      below += count;
      return below >= half;
    });
    return 2 ** ((bin + 0.5) / binsPerOctave - octaves);
  }
}

/** What the norm says of the unit. */
function unitHint(norm: number): string {
  const isNear = (scale: number): boolean => norm * scale >= leastG && norm * scale <= mostG;
  if (isNear(1 / standardGravity)) return 'these look like m/s2: --acceleration m/s2';
  if (isNear(standardGravity)) return 'these look like g: --acceleration g';
  if (isNear(1e-3)) return 'these look like thousandths of a g: divide them by 1,000';
  return 'if gravity was taken out of them, call the channels body_acc_x, body_acc_y, body_acc_z';
}
