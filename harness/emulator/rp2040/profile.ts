import { openSync, readFileSync, writeSync } from 'node:fs';
import type { RP2040 } from 'rp2040js';
import type { MachineOptions } from '../../machine/machine.js';

/** Sums the cycles of each range of code, an instruction at a time; `MachineOptions.profile` says of what and where to. */
export class CycleProfile {
  readonly #starts: number[];
  readonly #sums: Float64Array;
  readonly #file: number;
  #charged = 0;
  #last = 0;
  #address = 0;

  constructor({ ranges, out }: NonNullable<MachineOptions['profile']>) {
    this.#starts = readFileSync(ranges, 'latin1')
      .split('\n')
      .filter(line => line !== '')
      .map(line => Number.parseInt(line, 16));
    this.#sums = new Float64Array(this.#starts.length + 1);
    this.#file = openSync(out, 'w');
  }

  /** Watches a chip that interprets every instruction. */
  attach({ core }: RP2040): void {
    const execute = core.executeInstruction.bind(core);
    core.executeInstruction = () => {
      this.#charge(core.cycles);
      this.#address = core.PC & ~1;
      return execute();
    };
  }

  /** A store to the markers. @param cycles so far, as the board tells them with the event */
  marker(value: number, cycles: number): void {
    this.#charge(cycles);
    const spent = [...this.#sums].flatMap((sum, range) => (sum === 0 ? [] : [` ${range}:${sum}`]));
    writeSync(this.#file, `${value}${spent.join('')}\n`);
    this.#sums.fill(0);
  }

  /** Charges the cycles since the last call to the instruction under way. A board that begins anew counts from 0 again. */
  #charge(cycles: number): void {
    this.#sums[this.#rangeOf(this.#address)] += Math.max(0, cycles - this.#charged);
    this.#charged = cycles;
  }

  #rangeOf(address: number): number {
    const starts = this.#starts;
    if (starts[this.#last] <= address && address < (starts[this.#last + 1] ?? Number.POSITIVE_INFINITY))
      return this.#last;
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= address) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return starts.length;
    this.#last = low - 1;
    return this.#last;
  }
}
