import { Random } from '../../data/random.js';
import type { Round } from '../../verdict/regression/confirm.js';

/** A synthetic series: logarithms of a window's energy, one a night. */
export interface World {
  /** Standard deviation of a night's point, relative; half of its variance is the night's (temperature), half the run's. */
  spread: number;
  /** Relative step of the image, from `stepNight` on. */
  step: number;
  stepNight: number;
  /** Drift of the bench a night, relative; no image has to do with it. */
  drift: number;
  /** Spread of the bench's random walk, a night. */
  walk: number;
  /** Offsets of the bench: a meter or a board that was exchanged without being told. */
  swaps: readonly (readonly [night: number, offset: number])[];
  /** Spread of a confirming run over that of a nightly run's own part. */
  noisier: number;
}

export const calmWorld: World = {
  spread: 0.002,
  step: 0,
  stepNight: Number.POSITIVE_INFINITY,
  drift: 0,
  walk: 0,
  swaps: [],
  noisier: 1,
};

/** Draws points and confirming rounds of a world. */
export class History {
  private readonly random: Random;
  private wandered = 0;

  constructor(
    private readonly world: World,
    ...seeds: number[]
  ) {
    this.random = new Random(...seeds);
  }

  /** The true logarithm of what an image needs, on a bench that is as it should be. */
  private image(night: number): number {
    return night >= this.world.stepNight ? Math.log1p(this.world.step) : 0;
  }

  private bench(night: number): number {
    const { drift, swaps } = this.world;
    const offset = swaps.reduce((sum, [from, size]) => sum + (night >= from ? size : 0), 0);
    return drift * night + this.wandered + offset;
  }

  point(night: number): number {
    const { spread, walk } = this.world;
    if (walk > 0) this.wandered += this.random.normal(walk);
    return this.image(night) + this.bench(night) + this.random.normal(spread);
  }

  /** A B B A in one night: bench and temperature are common to its runs. */
  round(before: number, after: number): Round {
    const run = (night: number) =>
      this.image(night) + this.random.normal((this.world.spread / Math.SQRT2) * this.world.noisier);
    return [run(before), run(after), run(after), run(before)];
  }
}
