import { Random } from '../../data/random.js';
import { type Cause, decide, type FailedAttempt } from '../../farm/jobs/causes.js';
import { fits } from '../../farm/jobs/spec.js';
import { calmWorld, History } from '../detection/histories.js';
import { NightWatch } from '../detection/night-watch.js';

export interface PureOptions {
  seed: number;
  benches: number;
  nights: number;
  /** Of suspicions (`thresholdOf`). */
  threshold: number;
  onBench?: (bench: number) => void;
}

export interface Pure {
  seriesNights: number;
  decisions: number;
  violations: string[];
  /** Of benches whose image changed by 1 %: how many, and how many of them had an alarm the same night or the next. */
  steps: number;
  soon: number;
  /** Alarms on benches whose image did not change, or before it did; further ones of a step that had one. */
  falseAlarms: number;
  repeated: number;
  suspicions: number;
}

/** What may follow each cause (docs/farm.md). */
const mostFailures: Record<Cause, number> = { bench: 3, dut: 2, input: 1, cancelled: 1 };
const causes: readonly Cause[] = ['bench', 'dut', 'input', 'cancelled'];

/** One job whose attempts all fail, by causes that chance gives: it must end, as its causes say, and go to benches that did not fail it. */
function failingJob(random: Random, violations: string[]): number {
  const want = { board: 'rp2040', tags: [] };
  const benches = Array.from({ length: random.integer(1, 4) }, (_, n) => ({
    ...{ bench: `b${n}`, name: 'd', board: 'rp2040', chip: 'any', meter: 'm', tags: [] },
  }));
  const failed: FailedAttempt[] = [];
  let excluded: readonly string[] = [];
  for (let decisions = 1; ; decisions++) {
    const open = benches.filter(device => fits(device, want) && !excluded.includes(device.bench));
    if (open.length === 0) {
      violations.push(`a job was left without a bench: ${JSON.stringify(failed)}`);
      return decisions;
    }
    const { bench } = open[random.integer(0, open.length - 1)];
    failed.push({ bench, cause: causes[Math.min(3, Math.floor(random.uniform() ** 2 * 4))] });
    const broken = new Set(failed.filter(({ cause }) => cause === 'bench').map(one => one.bench));
    const decision = decide(
      failed,
      benches.some(one => !broken.has(one.bench)),
    );
    for (const cause of causes)
      if (failed.filter(one => one.cause === cause).length > mostFailures[cause])
        violations.push(`a job failed too often by ${cause}: ${JSON.stringify(failed)}`);
    if (!decision.retry) return decisions;
    excluded = decision.excluded;
  }
}

/** Kinds of benches: every 10th has an image that gets worse, every 7th drifts, every 11th is exchanged without a word; the rest is calm. */
function worldOf(bench: number, nights: number) {
  const spread = [0.001, 0.002, 0.003][bench % 3];
  const stepNight = bench % 10 === 0 ? Math.floor(nights / 2) : Number.POSITIVE_INFINITY;
  return {
    ...calmWorld,
    ...{ spread, stepNight, step: bench % 10 === 0 ? 0.01 : 0 },
    drift: bench % 7 === 3 ? 2e-4 : 0,
    swaps: bench % 11 === 5 ? ([[Math.floor(nights / 3), 0.015]] as const) : [],
  };
}

/** Every bench with a series, every night, without the database: the program's statistics and retry decisions alone, at full size. */
export function pureWorld({ seed, benches, nights, threshold, onBench }: PureOptions): Pure {
  const result: Pure = {
    ...{
      seriesNights: benches * nights,
      decisions: 0,
      violations: [],
      steps: 0,
      soon: 0,
      falseAlarms: 0,
      repeated: 0,
      suspicions: 0,
    },
  };
  const chance = new Random(seed, 0x707572);
  for (let bench = 0; bench < benches; bench++) {
    const world = worldOf(bench, nights);
    const history = new History(world, seed, bench, 1);
    const watch = new NightWatch(threshold, (before, after) => history.round(before, after));
    let isFound = false;
    for (let night = 0; night < nights; night++) {
      const alarm = watch.night(history.point(night), night);
      if (alarm === undefined) continue;
      if (night < world.stepNight) result.falseAlarms++;
      else if (isFound) result.repeated++;
      else if (night <= world.stepNight + 1) result.soon++;
      isFound ||= night >= world.stepNight;
    }
    if (Number.isFinite(world.stepNight)) result.steps++;
    result.suspicions += watch.suspicions;
    result.decisions += failingJob(chance, result.violations);
    onBench?.(bench);
  }
  return result;
}
