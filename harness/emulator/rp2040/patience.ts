/**
 * A board that has not come to rest for so many cycles may never do so, polling or hung: it is served while it runs. Two seconds of work at
 * 133 MHz: several times what any network that fits takes for a window.
 */
export const patienceCycles = 2 ** 28;
/** As many patiences for a board that speaks all the while: more than a batch of the largest networks takes. */
const mostPatiences = 64;

/**
 * When a board that is served in turn is served although it does not rest. How fast the host answers must not show: so a board that speaks, as
 * one does at the end of a long batch, is given its time to come to rest, however long the batch was.
 */
export class Patience {
  #restedAt = 0;
  #spokeAt = 0;
  #polls = false;

  /** The board rests. */
  rested(cycles: number): void {
    this.#restedAt = cycles;
    this.#spokeAt = cycles;
    this.#polls = false;
  }

  /** The board has sent something to the host. */
  spoke(cycles: number): void {
    this.#spokeAt = cycles;
  }

  /** It was served while it ran: it takes what it is sent without resting, and is served so until it does. */
  polls(): void {
    this.#polls = true;
  }

  /** Whether the board is served while it runs. */
  isOver(cycles: number): boolean {
    if (this.#polls || cycles - this.#spokeAt > patienceCycles) return true;
    return cycles - this.#restedAt > mostPatiences * patienceCycles;
  }
}
