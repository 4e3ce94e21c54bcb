import { layout } from './machine.js';
import { translate } from './region.js';

/** Runs from the program counter in shared memory; returns the cycles spent, fewer than `budget` plus one instruction. */
export type TranslatedRegion = (budget: number) => number;

/** What translated code needs of rp2040js's core besides the registers, which it shares. */
export interface FlagHolder {
  N: boolean;
  Z: boolean;
  C: boolean;
  V: boolean;
}

/** Times an address is reached before it is worth translating. */
const hot = 24;

/**
 * Translates hot Thumb code in flash to WebAssembly, a function body at a time. Results and cycle counts are those of the
 * interpreter, to the cycle; peripherals, exceptions and system instructions are left to it.
 */
export class ThumbTranslator {
  readonly #memory = new WebAssembly.Memory({ initial: layout.pages, maximum: layout.pages });
  readonly flash = new Uint8Array(this.#memory.buffer, layout.flashAt, layout.flashBytes);
  readonly ram = new Uint8Array(this.#memory.buffer, layout.ramAt, layout.ramBytes);
  /** r0..r15 of the core. */
  readonly registers = new Uint32Array(this.#memory.buffer, layout.registersAt, 16);
  readonly #flags = new Int32Array(this.#memory.buffer, layout.flagsAt, 3);
  readonly #code = new Uint16Array(this.#memory.buffer, layout.flashAt, layout.flashBytes / 2);
  /** The first has number 1. */
  #regions: TranslatedRegion[] = [];
  /** By halfword of flash: number of the region that can be entered there, 0 where there is none. */
  #regionAt = new Uint32Array(this.#code.length);
  #visits = new Uint8Array(this.#code.length);
  #isFresh = true;

  /** Flash was written: nothing translated is valid any more. */
  forget(): void {
    if (this.#isFresh) return;
    this.#regions = [];
    this.#regionAt = new Uint32Array(this.#code.length);
    this.#visits = new Uint8Array(this.#code.length);
    this.#isFresh = true;
  }

  /**
   * Runs translated code from the current program counter, if there is some.
   * @param budget cycles up to the next event
   * @param arrived whether control came here by a jump: only such places are counted and translated, or every instruction of a long
   *   straight piece would get a translation of its own
   * @returns cycles spent; 0 when the next instruction is one for the interpreter
   */
  run(core: FlagHolder, budget: number, arrived: boolean): number {
    /* The interpreter leaves the Thumb bit of a vector in the program counter, and of all calls in that handler. */
    const address = this.registers[15] & ~1;
    const region = this.#at(address, arrived);
    if (region === undefined) return 0;
    this.registers[15] = address;
    const flags = this.#flags;
    flags[0] = core.Z ? 0 : core.N ? -1 : 1;
    flags[1] = core.C ? 1 : 0;
    flags[2] = core.V ? -1 : 0;
    const spent = region(Math.min(budget, 0x3fffffff));
    core.N = flags[0] < 0;
    core.Z = flags[0] === 0;
    core.C = flags[1] !== 0;
    core.V = flags[2] < 0;
    return spent;
  }

  #at(address: number, arrived: boolean): TranslatedRegion | undefined {
    const index = (address - layout.flashBase) >>> 1;
    if (index >= this.#code.length) return undefined;
    const number = this.#regionAt[index];
    if (number > 0) return this.#regions[number - 1];
    if (!arrived || this.#visits[index] > hot) return undefined;
    this.#isFresh = false;
    this.#visits[index] += 1;
    return this.#visits[index] > hot ? this.#translate(address) : undefined;
  }

  #translate(address: number): TranslatedRegion | undefined {
    const region = translate(address, at => this.#code[(at - layout.flashBase) >>> 1]);
    if (region === undefined) return undefined;
    const instance = new WebAssembly.Instance(new WebAssembly.Module(region.module), {
      host: { memory: this.#memory },
    });
    const run = instance.exports['run'] as TranslatedRegion;
    this.#regions.push(run);
    for (const entry of region.entries)
      this.#regionAt[(entry - layout.flashBase) >>> 1] ||= this.#regions.length;
    return run;
  }
}
