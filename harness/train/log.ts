/** Mean training loss of every epoch of one training. */
export interface Curve {
  network: string;
  /** Whose windows it saw: `all people`, or `fold 1 of 3` (the people that fold does not hold out). */
  part: string;
  losses: number[];
}

/** Longest silence while a network trains, milliseconds. */
const reportEveryMs = 5000;

export const allPeople = 'all people';

/** Collects losses and says how far a training is. It only listens: no training depends on it. */
export class TrainingLog {
  readonly curves: Curve[] = [];
  /** Part that the next trainings belong to. */
  part = allPeople;
  readonly #planned: number;
  readonly #onProgress: (message: string) => void;
  readonly #now: () => number;

  /**
   * @param planned how many trainings there will be
   * @param now clock, milliseconds
   */
  constructor(planned: number, onProgress: (message: string) => void, now: () => number = Date.now) {
    this.#planned = planned;
    this.#onProgress = onProgress;
    this.#now = now;
  }

  /** Begins a training. @returns what it calls after each epoch (from 0) with the epoch's mean loss */
  follow(network: string, epochs: number): (epoch: number, loss: number) => void {
    const curve: Curve = { network, part: this.part, losses: [] };
    const place = this.curves.push(curve);
    const started = this.#now();
    let said = started;
    return (epoch, loss) => {
      curve.losses.push(loss);
      const now = this.#now();
      const done = epoch + 1;
      if (now - said < reportEveryMs && done < epochs) return;
      said = now;
      const left = Math.round((((now - started) / done) * (epochs - done)) / 1000);
      this.#onProgress(
        `network ${place} of ${this.#planned}, ${network}, ${curve.part}: epoch ${done} of ${epochs}, loss ${loss.toFixed(4)}${done < epochs ? `, about ${left} s left for it` : ''}`,
      );
    };
  }
}
