import { asLittlefirstError } from '../errors.js';
import { CalibratedMeter, calibrationOf, type MeasuredLoad } from '../measure/meter/calibration.js';
import type { KnownLoadResult } from '../measure/meter/known-load.js';
import { pairProblem } from '../measure/meter/load-pairs.js';
import type { Meter } from '../measure/meter/meter.js';
import type { Journal } from '../record/journal/journal.js';
import type { KnownLoadChoice } from './bench/meter-schema.js';
import type { PreparedBench } from './bench/prepare.js';
import { supplyMillivolts } from './block-meter.js';
import { checkKnownLoad, knownLoadReason, type LoadFixture } from './open/known-load.js';

/** What a session needs of an open DUT. */
export interface KnownLoadDut {
  meter?: Meter;
  loadFixtures?: readonly LoadFixture[];
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
    private readonly options: { journal: Journal; signal: AbortSignal },
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

  /** Measures every resistor; at the start the meter corrects by those whose voltage is known. */
  async #check(when: 'start' | 'end'): Promise<true | string> {
    const { meter, loadFixtures = [] } = this.dut;
    const { knownLoad = [] } = this.prepared.bench.meter;
    if (meter === undefined) return true;
    const measured: MeasuredLoad[] = [];
    for (const [i, choice] of knownLoad.entries()) {
      const valid = await this.#measure(when, meter, choice, loadFixtures[i], measured);
      if (valid !== true) return valid;
    }
    const calibration = when === 'start' ? calibrationOf(measured) : undefined;
    if (calibration !== undefined) this.dut.meter = new CalibratedMeter(meter, calibration);
    return true;
  }

  async #measure(
    when: 'start' | 'end',
    meter: Meter,
    choice: KnownLoadChoice,
    fixture: LoadFixture,
    measured: MeasuredLoad[],
  ): Promise<true | string> {
    const { ohms, tolerance, millivolts } = choice;
    const { sampleRateHz } = this.prepared.bench.meter;
    const record = {
      kind: 'known-load',
      when,
      blocks: when === 'start' ? [] : this.#blocks,
      ohms,
      tolerance,
      ...(millivolts !== undefined && { millivolts, isApplied: when === 'start' }),
    } as const;
    const config = { supplyMillivolts: supplyMillivolts(this.prepared), sampleRateHz };
    try {
      const one = await checkKnownLoad(meter, choice, config, fixture, this.options.signal);
      measured.push(one);
      const valid = judged(when, one.result, measured);
      this.options.journal.write({ ...record, ...figuresOf(one.result), valid });
      return valid;
    } catch (error) {
      this.options.signal.throwIfAborted();
      const valid = `known-load: at the ${when} of the session the meter could not be checked: ${asLittlefirstError(error).message.split('\n')[0]}`;
      this.options.journal.write({
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

/** A load by itself, then against those before it. */
function judged(
  when: 'start' | 'end',
  result: KnownLoadResult,
  measured: readonly MeasuredLoad[],
): true | string {
  if (!result.isPassed) return knownLoadReason(when, result);
  const problem = pairProblem(measured);
  return problem === undefined || `known-load: at the ${when} of the session ${problem}`;
}

/** What the journal keeps of a reading. */
function figuresOf({ expectedAmps, measuredAmps, u95Amps, range, samples }: KnownLoadResult) {
  return { expectedAmps, measuredAmps, u95Amps, range, samples };
}
