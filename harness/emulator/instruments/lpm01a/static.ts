import type { Cell } from '../cells.js';

/** Pieces that the mode looks at, a second: as long as the shortest acquisition (100 us, UM2269's `acqtime`). Assumed. */
export const staticHertz = 10_000;
/** Share of the mean by which the current may vary (UM2243, excerpt); more is refused as "not constant". How the instrument finds out is assumed. */
const mostVariation = 0.1;
/** Where each mode gives up, amperes: the published message names 59 mA; 200 mA is the upper end of static's range in the help text. */
export const overcurrentAmps = { dyn: 0.059, stat: 0.2 } as const;

/** One acquisition in mode `stat`: one value, the mean of all of it. */
export class StaticMean {
  #sum = 0;
  #least = Number.POSITIVE_INFINITY;
  #most = Number.NEGATIVE_INFINITY;
  count = 0;

  /** @param amps as the instrument sees the piece, with its errors */
  take({ least, most }: Pick<Cell, 'least' | 'most'>, amps: number): void {
    this.count += 1;
    this.#sum += amps;
    if (least < this.#least) this.#least = least;
    if (most > this.#most) this.#most = most;
  }

  get amps(): number {
    return this.count === 0 ? 0 : this.#sum / this.count;
  }

  get isConstant(): boolean {
    return this.count === 0 || this.#most - this.#least <= mostVariation * Math.abs(this.amps);
  }
}
