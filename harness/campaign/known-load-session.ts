import { asLittlefirstError } from '../errors.js';
import type { Meter } from '../measure/meter/meter.js';
import type { Journal } from '../record/journal/journal.js';
import type { PreparedBench } from './bench/prepare.js';
import { supplyMillivolts } from './block-meter.js';
import { checkKnownLoad, knownLoadReason, type LoadFixture } from './open/known-load.js';

/** What a session needs of an open DUT. */
export interface KnownLoadDut {
  meter?: Meter;
  loadFixture?: LoadFixture;
}

/**
 * The known-load checks around one meter's blocks: before the first and after the last. After a failed start nothing is
 * measured; after a failed end nothing counts that was measured since the start.
 */
export class KnownLoadSession {
  #verdict: true | string | undefined;
  readonly #blocks: number[] = [];

  constructor(
    private readonly prepared: PreparedBench,
    private readonly dut: KnownLoadDut,
    private readonly journal: Journal,
  ) {}

  /** Checks once, before the first block. @returns true, or why no block may be measured */
  async begin(): Promise<true | string> {
    this.#verdict ??= await this.#check('start');
    return this.#verdict;
  }

  /** A block was measured. */
  add(block: number): void {
    if (!this.#blocks.includes(block)) this.#blocks.push(block);
  }

  /** Checks after the last block. @returns true, or why none of them counts */
  async finish(): Promise<true | string> {
    if (this.#verdict !== true || this.#blocks.length === 0) return true;
    return this.#check('end');
  }

  async #check(when: 'start' | 'end'): Promise<true | string> {
    const { meter, loadFixture } = this.dut;
    const { meter: choice } = this.prepared.bench;
    const { knownLoad, sampleRateHz } = choice;
    if (meter === undefined || loadFixture === undefined || knownLoad === undefined) return true;
    const { ohms, tolerance } = knownLoad;
    const record = {
      kind: 'known-load',
      when,
      blocks: when === 'start' ? [] : this.#blocks,
      ohms,
      tolerance,
    } as const;
    const config = { supplyMillivolts: supplyMillivolts(this.prepared), sampleRateHz };
    try {
      const result = await checkKnownLoad(meter, knownLoad, config, loadFixture);
      const { isPassed, problems: _, ...figures } = result;
      const valid = isPassed || knownLoadReason(when, result);
      this.journal.write({ ...record, ...figures, valid });
      return valid;
    } catch (error) {
      const valid = `known-load: at the ${when} of the session the meter could not be checked: ${asLittlefirstError(error).message.split('\n')[0]}`;
      this.journal.write({
        ...record,
        expectedAmps: null,
        measuredAmps: null,
        u95Amps: null,
        samples: 0,
        valid,
      });
      return valid;
    }
  }
}
