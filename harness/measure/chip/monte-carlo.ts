import { Random } from '../../data/random.js';
import { activeMicroamps, sleepMicroamps } from './current.js';
import { cycleUncertainty } from './cycles.js';
import type { ChipProfile, Fact } from './schema.js';
import { atAmbient } from './temperature.js';
import { levelChangeParameters, type ModelParameter, modelParameters, valueAt } from './uncertainty.js';

/** Draws of the propagation of distributions (JCGM 101), and the seed of their numbers. */
export const monteCarlo = { draws: 2000, seed: 20230101 } as const;
/** Standard deviations at which one quantity alone is tried, for the sensitivity. */
const extremes = [-2, 2] as const;

/** Current and time of one level in every scenario, as a factor of the profile's own. */
export interface LevelScenarios {
  gate: Float64Array;
  big: Float64Array;
  other: Float64Array;
  /** Sleep power. */
  sleep: Float64Array;
  /** The same of the profile as it is, microamperes. */
  microamps: Record<'gate' | 'big' | 'other' | 'sleep', number>;
}

/** All scenarios of a profile: each quantity alone at its lower and upper end, then the draws. */
export interface ModelScenarios {
  parameters: Pick<ModelParameter, 'name' | 'kind' | 'source'>[];
  /** Scenarios 2 p and 2 p + 1 move parameter p alone; from `2 * parameters.length` on all are drawn. */
  levels: Map<string, LevelScenarios>;
  /** Where in their range the instructions lie that end early by their operands: -1/2 to 1/2, 0 as counted. One number for all code. */
  early: Float64Array;
  /** A change of level: its time, and the charge of a core voltage that rises, as factors of the profile's. */
  change: { time: Float64Array; charge: Float64Array };
}

/** The last parameter: uniform over its range, and told by each block how wide that is. */
const earlyEnds = {
  name: 'early end of long multiplications and divisions',
  kind: 'published',
  source: "ranges of the cores' technical reference manuals; the timing plugin does not see operands",
} as const;

/** Quantities of the timing model: its errors for two kinds of code are taken as independent. */
function cycleParameters(chip: ChipProfile): { gate: ModelParameter; big: ModelParameter } {
  const { u, kind, source } = cycleUncertainty(chip.core);
  const parameter = (name: string): ModelParameter => {
    const fact: Fact = { value: 1, u, kind, source };
    return { name, kind: fact.kind, source, facts: [fact] };
  };
  return { gate: parameter('cycles of the gate'), big: parameter('cycles of Big') };
}

const ratio = (value: number, of: number): number => (of === 0 ? 1 : value / of);

function emptyLevel(count: number): LevelScenarios {
  const column = () => new Float64Array(count);
  return {
    gate: column(),
    big: column(),
    other: column(),
    sleep: column(),
    microamps: { gate: 0, big: 0, other: 0, sleep: 0 },
  };
}

/**
 * Propagates what is not known of a chip profile and of its core's cycles into the current of every level. One number is drawn for a
 * quantity however many levels and strategies it touches, so that what they have in common stays common. Deterministic.
 * @param celsius ambient temperature
 */
export function modelScenarios(chip: ChipProfile, celsius: number): ModelScenarios {
  const copy = structuredClone(chip);
  const cycles = cycleParameters(copy);
  const apart = levelChangeParameters(copy);
  const parameters = [...modelParameters(copy), cycles.gate, cycles.big, ...apart];
  const nominal = parameters.map(({ facts }) => facts.map(fact => ({ ...fact })));
  const first = 2 * (parameters.length + 1);
  const count = first + monteCarlo.draws;
  const early = new Float64Array(count);
  const change = { time: new Float64Array(count).fill(1), charge: new Float64Array(count).fill(1) };
  const levels = new Map(chip.levels.map(level => [level.name, emptyLevel(count)]));
  const set = (parameter: number, z: number) =>
    parameters[parameter].facts.forEach((fact, i) => {
      fact.value = valueAt(nominal[parameter][i], z);
    });
  const reset = (parameter: number) => set(parameter, 0);
  const currents = (index: number) => {
    const { efficiency } = copy.regulator;
    efficiency.value = Math.min(1, efficiency.value);
    const here = atAmbient(copy, celsius);
    return {
      active: (what: 'gate' | 'big' | 'transfer') => activeMicroamps(here, here.levels[index], what),
      sleep: sleepMicroamps(here, here.levels[index]),
    };
  };
  chip.levels.forEach((level, index) => {
    const { active, sleep } = currents(index);
    const found = levels.get(level.name);
    if (found === undefined) return;
    found.microamps = { gate: active('gate'), big: active('big'), other: active('transfer'), sleep };
  });
  const record = (scenario: number) => {
    const [is, was] = [copy.levelChange, chip.levelChange];
    if (is !== undefined && was !== undefined) {
      change.time[scenario] = ratio(is.microseconds.value, was.microseconds.value);
      change.charge[scenario] = ratio(is.microjoulesPerVolt.value, was.microjoulesPerVolt.value);
    }
    chip.levels.forEach((level, index) => {
      const found = levels.get(level.name);
      if (found === undefined) return;
      const { active, sleep } = currents(index);
      const { gate, big, other, sleep: asleep } = found.microamps;
      const [gateCycles, bigCycles] = [cycles.gate.facts[0].value, cycles.big.facts[0].value];
      found.gate[scenario] = (active('gate') * gateCycles) / gate;
      found.big[scenario] = (active('big') * bigCycles) / big;
      found.other[scenario] = (active('transfer') * gateCycles) / other;
      found.sleep[scenario] = asleep === 0 ? 1 : sleep / asleep;
    });
  };
  parameters.forEach((_, p) => {
    extremes.forEach((z, side) => {
      set(p, z);
      record(2 * p + side);
    });
    reset(p);
  });
  for (const [side, end] of [-0.5, 0.5].entries()) {
    early[first - 2 + side] = end;
    record(first - 2 + side);
  }
  const random = new Random(monteCarlo.seed);
  const uniform = new Random(monteCarlo.seed, 1);
  /* Numbers of their own, so that all others stay what they were before there were changes of level. */
  const ofChange = new Random(monteCarlo.seed, 2);
  for (let draw = 0; draw < monteCarlo.draws; draw += 1) {
    for (const p of parameters.keys())
      set(p, (p < parameters.length - apart.length ? random : ofChange).normal());
    early[first + draw] = uniform.uniform() - 0.5;
    record(first + draw);
  }
  const named = parameters.map(({ name, kind, source }) => ({ name, kind, source }));
  return { parameters: [...named, earlyEnds], levels, early, change };
}
