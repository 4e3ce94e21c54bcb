import { savingSpread95 } from '../../measure/uncertainty.js';
import type { Block } from '../../record/run-record.js';
import type { BlockData, JournalData } from '../evaluation/block-data.js';
import { activeMicrojoules, savingOf } from '../evaluation/energy.js';
import { latencyOf } from '../evaluation/evaluate-block.js';
import { pairedAccuracy } from '../evaluation/paired-accuracy.js';
import { type PersonSum, peopleInterval95 } from '../evaluation/statistics.js';
import type { Change, Effect } from './comparison.js';
import { mcnemarExact } from './mcnemar.js';

/** A block of one of the runs, cut to the windows that both have. */
export interface Compared {
  journal: JournalData;
  block: Block;
  data: BlockData;
}

/** What the two benches have in common: then the errors of instrument and model cancel in the ratio. */
export interface Shared {
  instrument: boolean;
  model: boolean;
}

const significance = 0.05;
/** Relative changes below this are rounding of the arithmetic. */
const rounding = 1e-9;
/** The clocks of DUT and meter agree within this, or the block is invalid (rule 11 of the method): smaller changes of a time are not shown. */
const clockAgreement = 1e-3;

const tooFew = 'one window tells nothing of others';

const open = (
  effect: Pick<Effect, 'metric' | 'unit'>,
  note: string,
  [baseline, candidate]: readonly [number | null, number | null] = [null, null],
): Effect => ({ ...effect, baseline, candidate, change: null, verdict: 'not comparable', note });

/** @param lessIsBetter as of energy and time */
function changeOf({ low, high }: { low: number; high: number }, lessIsBetter: boolean): Change {
  if (high < 0) return lessIsBetter ? 'better' : 'worse';
  if (low > 0) return lessIsBetter ? 'worse' : 'better';
  return 'no difference shown';
}

export function accuracyEffect(baseline: Compared, candidate: Compared): Effect {
  const effect = { metric: 'accuracy', unit: 'share' } as const;
  const lost = [baseline, candidate].find(({ block }) => block.invalidity === 'broken');
  if (lost !== undefined) return open(effect, `a block broke: ${lost.block.valid}`);
  const paired = pairedAccuracy(candidate.data.labels, baseline.data.labels, candidate.journal.campaign);
  if (paired === undefined) return open(effect, 'no scored window');
  const { scored, ownCorrect, otherCorrect, better, worse, interval } = paired;
  const p = mcnemarExact(better, worse);
  const { value, low, high } = interval;
  return {
    ...effect,
    baseline: otherCorrect / scored,
    candidate: ownCorrect / scored,
    change: { value, low, high, isRelative: false },
    paired: { p, onlyCandidate: better, onlyBaseline: worse },
    verdict: p < significance ? changeOf(interval, false) : 'no difference shown',
  };
}

/** How much a ratio varies with the choice of windows, and of people where there are enough: half width, 95 %. */
export function ratioSpread95(
  candidate: ArrayLike<number>,
  baseline: ArrayLike<number>,
  subjects: readonly number[],
): number {
  const [own, other] = [Array.from(candidate), Array.from(baseline)];
  if (own.length < 2) return Number.POSITIVE_INFINITY;
  const total = other.reduce((a, b) => a + b, 0);
  const ratio = own.reduce((a, b) => a + b, 0) / total;
  const people = new Map<number, PersonSum>();
  own.forEach((value, w) => {
    const person = people.get(subjects[w]) ?? { sum: 0, n: 0 };
    people.set(subjects[w], { sum: person.sum + value - ratio * other[w], n: person.n + 1 });
  });
  const overPeople = peopleInterval95([...people.values()]);
  const half = overPeople === null ? 0 : overPeople.high - overPeople.value;
  return Math.max(savingSpread95(own, other), half / (total / other.length));
}

interface Widths {
  u95Meter: number | null;
  u95Model: number | null;
}

/** Relative half width of a ratio of two figures whose errors have nothing in common. */
function independent(
  own: number,
  half: number | null,
  other: number,
  otherHalf: number | null,
): number | null {
  return half === null || otherHalf === null
    ? null
    : (own / other) * Math.hypot(half / own, otherHalf / other);
}

/** The relative change of what is gone altogether: no energy and no time is negative. */
const allOfIt = -1;

/** The relative change of an energy, its interval made of what windows, meter and model leave open. */
function energyEffect(
  effect: Pick<Effect, 'metric' | 'unit'>,
  [baseline, candidate]: readonly [number, number],
  windows: number,
  { u95Meter, u95Model }: Widths,
): Effect {
  const value = candidate / baseline - 1;
  const figures = { ...effect, baseline, candidate };
  const unknown = (note: string): Effect => ({ ...figures, change: null, verdict: 'not comparable', note });
  if (u95Meter === null) return unknown('an energy has no interval: its journal is of an older version');
  if (u95Model === null)
    return unknown(
      'the error of the model is not stated: a journal does not tell by what its energy was modelled',
    );
  if (!Number.isFinite(windows)) return unknown(tooFew);
  const half = Math.hypot(windows, u95Meter, u95Model);
  const interval = { low: Math.max(allOfIt, value - half), high: value + half };
  return {
    ...figures,
    change: { value, ...interval, isRelative: true },
    parts: { windows, meter: u95Meter, model: u95Model },
    verdict: Math.abs(value) <= rounding ? 'no difference shown' : changeOf(interval, true),
  };
}

/** The candidate's saving over the baseline, as one bench would have measured both. */
function savingBetween(baseline: Compared, candidate: Compared) {
  /* Passes of different runs were not measured in mirrored order: their drift does not pair off. */
  const alone = ({ block, data }: Compared) => ({ block, data: { ...data, passes: undefined } });
  return savingOf(candidate.journal.campaign, alone(candidate), alone(baseline));
}

export function energyEffects(baseline: Compared, candidate: Compared, shared: Shared): Effect[] {
  const active = { metric: 'energy', unit: 'uJ' } as const;
  const whole = { metric: 'energy with sleep', unit: 'uJ' } as const;
  const [own, other] = [candidate.block.energyPerWindow_uJ, baseline.block.energyPerWindow_uJ];
  const isLost = [baseline, candidate].some(({ block }) => block.valid !== true);
  if (own === null && other === null && !isLost) return [];
  if (own === null || other === null) {
    const { block } = candidate.block.valid === true && own !== null ? baseline : candidate;
    const note = block.valid === true ? 'one of the runs has no energy' : `no valid energy: ${block.valid}`;
    return [open(active, note)];
  }
  const saving = savingBetween(baseline, candidate);
  const [mine, its] = [activeMicrojoules(candidate.data), activeMicrojoules(baseline.data)];
  const windows = ratioSpread95(mine, its, candidate.journal.campaign.subjects);
  const pick = (isShared: boolean, common: number | null | undefined, apart: number | null): number | null =>
    isShared ? (common ?? null) : apart;
  const apart = (key: 'u95Meter' | 'u95Model') => independent(own.value, own[key], other.value, other[key]);
  const activeEffect = energyEffect(active, [other.value, own.value], windows, {
    u95Meter: pick(shared.instrument, saving?.u95Meter, apart('u95Meter')),
    u95Model: pick(shared.model, saving?.u95Model, apart('u95Model')),
  });
  return [activeEffect, ...wholeEffect(whole, baseline, candidate, { shared, saving, windows })];
}

/** The same of whole periods, the sleep until the next window included. */
function wholeEffect(
  effect: Pick<Effect, 'metric' | 'unit'>,
  baseline: Compared,
  candidate: Compared,
  { shared, saving, windows }: { shared: Shared; saving: ReturnType<typeof savingOf>; windows: number },
): Effect[] {
  const [own, other] = [candidate.block.averagePower_uW, baseline.block.averagePower_uW];
  const [seconds, its] = [candidate.journal.campaign.periodSeconds, baseline.journal.campaign.periodSeconds];
  if (typeof own?.value !== 'number' || typeof other?.value !== 'number' || seconds !== its) return [];
  const [mine, theirs] = [own.value * seconds, other.value * its];
  const activeShare = (baseline.block.energyPerWindow_uJ?.value ?? theirs) / theirs;
  const common = saving?.withSleep;
  const apart = (key: 'u95Meter' | 'u95Model') => independent(own.value!, own[key], other.value!, other[key]);
  const isShared = (is: boolean) => is && common !== null && common !== undefined;
  return [
    energyEffect(effect, [theirs, mine], windows * Math.min(1, activeShare), {
      u95Meter: isShared(shared.instrument) ? common!.u95Meter : apart('u95Meter'),
      u95Model: isShared(shared.model) ? common!.u95Model : apart('u95Model'),
    }),
  ];
}

export function timeEffect(baseline: Compared, candidate: Compared): Effect[] {
  const effect = { metric: 'active time', unit: 'ms' } as const;
  const [own, other] = [latencyOf(candidate.data), latencyOf(baseline.data)];
  if (own === undefined || other === undefined) return [];
  const means = [baseline.block.latencyMs?.mean ?? null, candidate.block.latencyMs?.mean ?? null] as const;
  if (own.from !== other.from)
    return [open(effect, `timed by the ${other.from} in one run and by the ${own.from} in the other`, means)];
  const value = means[1]! / means[0]! - 1;
  const windows = ratioSpread95(own.seconds, other.seconds, candidate.journal.campaign.subjects);
  if (!Number.isFinite(windows)) return [open(effect, tooFew, means)];
  const half = Math.hypot(windows, own.from === 'cycles' ? 0 : clockAgreement);
  const interval = { low: Math.max(allOfIt, value - half), high: value + half };
  return [
    {
      ...effect,
      baseline: means[0],
      candidate: means[1],
      change: { value, ...interval, isRelative: true },
      verdict: Math.abs(value) <= rounding ? 'no difference shown' : changeOf(interval, true),
    },
  ];
}

/** Answers that are not the golden interpreter's are a fault, however few: any more of them is worse. */
export function mismatchEffect({ block: baseline }: Compared, { block: candidate }: Compared): Effect[] {
  const [a, b] = [baseline.goldenMismatches, candidate.goldenMismatches];
  if (a === 0 && b === 0) return [];
  const value = b - a;
  return [
    {
      metric: 'mismatches',
      unit: 'windows',
      baseline: a,
      candidate: b,
      change: { value, low: value, high: value, isRelative: false },
      verdict: changeOf({ low: value, high: value }, true),
    },
  ];
}
