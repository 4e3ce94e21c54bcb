import { calmWorld, History, type World } from './histories.js';
import { Divisive, FixedShare, MannWhitney } from './methods.js';
import { type Measure, NightWatch, type Watch } from './night-watch.js';

export interface Method {
  name: string;
  make: (measure: Measure) => Watch;
  /** Share of the asked work that is done: the slow ones get less. */
  share: number;
}

export const methodsOf = (threshold: number): Method[] => [
  { name: 'ours: suspect, confirm', make: measure => new NightWatch(threshold, measure), share: 1 },
  {
    name: 'ours: suspicion alone',
    make: measure => new NightWatch(threshold, measure, 'suspicion'),
    share: 0.2,
  },
  { name: 'Mann-Whitney, 5 to 20, p 0.01', make: () => new MannWhitney(), share: 0.1 },
  { name: 'E-divisive with t, p 0.001', make: () => new Divisive(), share: 0.005 },
  { name: 'fixed 3 %', make: () => new FixedShare(), share: 0.2 },
];

/** Nights before the step, and after it. */
const [warm, patience] = [60, 30];

export interface Found {
  histories: number;
  /** Share that was named within 30 nights, and in the same night or the next. */
  found: number;
  soon: number;
  /** Median delay of those found, nights. */
  delay: number;
  /** Median distance of the named place from the true one, nights. */
  placed: number;
}

/** How a method finds a step of an image. */
export function findStep(method: Method, world: World, step: number, histories: number, seed: number): Found {
  const delays: number[] = [];
  const distances: number[] = [];
  const count = Math.max(40, Math.round(histories * Math.min(1, method.share * 10)));
  for (let i = 0; i < count; i++) {
    const stepNight = warm + (i % 20);
    const history = new History({ ...world, step, stepNight }, seed, i);
    const watch = method.make((before, after) => history.round(before, after));
    for (let night = 0; night < stepNight + patience; night++) {
      const alarm = watch.night(history.point(night), night);
      if (alarm === undefined || night < stepNight) continue;
      delays.push(night - stepNight);
      distances.push(Math.abs(alarm.at - stepNight));
      break;
    }
  }
  const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
  const soon = delays.filter(delay => delay <= 1).length;
  return {
    ...{ histories: count, found: delays.length / count, soon: soon / count },
    ...{ delay: median(delays), placed: median(distances) },
  };
}

export interface Noise {
  nights: number;
  alarms: number;
  /** Suspicions and confirming rounds, of ours. */
  suspicions: number;
  rounds: number;
}

/** Alarms of a method where no image ever changed what it needs. */
export function falseAlarms(method: Method, world: World, nights: number, seed: number): Noise {
  const length = 365;
  const count = Math.max(5, Math.round((nights * method.share) / length));
  let [alarms, suspicions, rounds] = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    const history = new History(world, seed, i);
    const watch = method.make((before, after) => history.round(before, after));
    for (let night = 0; night < length; night++)
      if (watch.night(history.point(night), night) !== undefined) alarms++;
    if (watch instanceof NightWatch) {
      suspicions += watch.suspicions;
      rounds += watch.rounds;
    }
  }
  return { nights: count * length, alarms, suspicions, rounds };
}

/** Worlds in which something changes, and no image is to blame. */
export const blameless: readonly (readonly [name: string, world: Partial<World>])[] = [
  ['nothing changes', {}],
  ['drift of 0.02 % a night', { drift: 2e-4 }],
  ['random walk of 0.05 % a night', { walk: 5e-4 }],
  [
    'a swap of -1.5, +2 and +1 % a year',
    {
      swaps: [
        [90, -0.015],
        [180, 0.02],
        [270, 0.01],
      ],
    },
  ],
  ['confirming runs spread twice as much as known', { noisier: 2 }],
];

export const worldOf = (spread: number, more: Partial<World> = {}): World => ({
  ...calmWorld,
  spread,
  ...more,
});
