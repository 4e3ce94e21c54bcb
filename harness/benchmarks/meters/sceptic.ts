import { DisturbedSource } from '../../emulator/disturbance.js';
import { normalSource, uniformSource } from '../../emulator/instruments/noise.js';
import { ScriptedSource } from '../../machine/waveform.js';
import {
  type PeriodParts,
  periodSaving,
  periodUncertainty,
  sleepUncertainty,
  withWaking,
} from '../../measure/period.js';
import { savingUncertainty } from '../../measure/uncertainty.js';
import { drawnGain, drawnOffsetAmps, type Measured, measurePair } from './sceptic-bench.js';
import type { Fault, Load, ScepticMeter } from './sceptic-faults.js';
import { scene } from './sceptic-waveform.js';
/** Quantities that are compared with the truth. */
export const quantities = ['energy', 'sleep', 'average power', 'saving', 'saving with sleep'] as const;
export type Quantity = (typeof quantities)[number];

export interface ScepticResult {
  meter: string;
  load: string;
  fault: string;
  isWithin: boolean;
  knownLoad: NonNullable<Fault['knownLoad']>;
  cases: number;
  /** Cases with a figure whose interval holds the truth, and those without: wrong and valid. */
  covered: Record<Quantity, number>;
  wrong: Record<Quantity, number>;
  /** Cases in which at least one figure is wrong and valid. */
  anyWrong: number;
  /** Half width of the interval over the value, of the cases with a figure. */
  widths: Record<Quantity, number[]>;
  /** Cases without any figure, by the rule that was broken first. */
  refused: Record<string, number>;
}

function partsOf({ result }: Measured) {
  const { block, facts } = result;
  if (block.idle === undefined) throw new Error('no sleep power');
  const parts: PeriodParts = {
    microjoules: facts.meanJoules * 1e6,
    terms: block.uncertainty,
    windows: scene.windows,
    sleepMicrowatts: block.idle.microwatts,
    sleepTerms: block.idle.terms,
    sleepDegrees: block.idle.degrees,
    sleepSeconds: scene.periodSeconds - facts.meanSeconds,
  };
  return withWaking(parts, block.waking);
}

/** Value, half width and truth of every quantity; a figure that is not resolved covers by its upper limit. */
function figures(baseline: Measured, cascade: Measured): Record<Quantity, [number, number, number]> {
  const [own, other] = [partsOf(cascade), partsOf(baseline)];
  const summary = ({ result }: Measured) => ({
    meanMicrojoules: result.facts.meanJoules * 1e6,
    windows: scene.windows,
    terms: result.block.uncertainty,
    ranges: result.block.ranges,
  });
  const saving = savingUncertainty(summary(cascade), summary(baseline));
  const whole = periodSaving(own, other);
  const sum = periodUncertainty(own);
  const [truth, base] = [cascade.truth, baseline.truth];
  return {
    energy: [
      cascade.result.facts.meanJoules * 1e6,
      cascade.result.facts.combined.u95 * 1e6,
      truth.joules * 1e6,
    ],
    sleep: [own.sleepMicrowatts, sleepUncertainty(own).u95, truth.sleepWatts * 1e6],
    'average power': [sum.microjoules, sum.u95, truth.period * 1e6],
    saving: [saving.saving, saving.u95, 1 - truth.joules / base.joules],
    'saving with sleep': [whole.saving, whole.u95, 1 - truth.period / base.period],
  };
}

const byQuantity = <T>(of: (name: Quantity) => T): Record<Quantity, T> =>
  Object.fromEntries(quantities.map(name => [name, of(name)])) as Record<Quantity, T>;

/** An error within the instrument's specification, of variance 1: normal, or with heavier tails. */
function drawError(normal: () => number, isHeavy: boolean): number {
  if (!isHeavy) return normal();
  const chi = normal() ** 2 + normal() ** 2 + normal() ** 2;
  // Student's t of 3 degrees has the variance 3.
  return normal() / Math.sqrt(chi / 3) / Math.sqrt(3);
}

/** A number of a row's own, so that no two rows see the same draws. */
const seedOf = (name: string): number =>
  [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_003, 0) * 1000;

/** Seeds of a row's cases lie this far apart. */
const seedStep = 7919;

/**
 * Repeats a fault with newly drawn errors within the instrument's own specification.
 * @param from number of the first case: what a case sees follows from the seed and its number alone, so that a study can be continued
 */
export async function studyFault(
  driver: ScepticMeter,
  load: Load,
  fault: Fault,
  cases: number,
  seed: number,
  from = 0,
): Promise<ScepticResult> {
  const own = seed + seedOf(`${driver} ${load.name} ${fault.name}`);
  const result: ScepticResult = {
    meter: driver,
    load: load.name,
    fault: fault.name,
    isWithin: fault.isWithin ?? false,
    knownLoad: fault.knownLoad ?? 'check',
    cases,
    covered: byQuantity(() => 0),
    wrong: byQuantity(() => 0),
    anyWrong: 0,
    widths: byQuantity(() => []),
    refused: {},
  };
  for (let i = from; i < from + cases; i += 1) {
    const caseSeed = own + seedStep * i;
    const normal = normalSource(caseSeed);
    const uniformly = uniformSource(caseSeed + 1);
    const draw = () => drawError(normal, fault.isHeavy ?? false);
    const drawn = { gain: drawnGain * draw(), offsetAmps: drawnOffsetAmps * draw(), seed: caseSeed + 2 };
    const disturbance =
      typeof fault.disturbance === 'function' ? fault.disturbance(uniformly) : fault.disturbance;
    const played = new ScriptedSource();
    const source = new DisturbedSource(played, { volts: scene.volts, seed: drawn.seed, ...disturbance });
    const measured = await measurePair({ driver, load, fault, played, source, uniformly, normal }, drawn);
    if (typeof measured === 'string') {
      result.refused[measured] = (result.refused[measured] ?? 0) + 1;
      continue;
    }
    const all = figures(measured[0], measured[1]);
    let isWrong = false;
    for (const name of quantities) {
      const [value, u95, truth] = all[name];
      const isCovered = Math.abs(value - truth) <= u95;
      result[isCovered ? 'covered' : 'wrong'][name] += 1;
      isWrong ||= !isCovered;
      result.widths[name].push(u95 / Math.abs(value));
    }
    if (isWrong) result.anyWrong += 1;
  }
  return result;
}
