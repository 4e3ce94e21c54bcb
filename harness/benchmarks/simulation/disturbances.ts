import type { Random } from '../../data/random.js';
import type { Host } from './host.js';
import type { SimulatedFarm } from './simulated-farm.js';
import type { Timeline } from './timeline.js';

const [minute, hour, night] = [60_000, 3_600_000, 24 * 3_600_000];

/** What happens to farms, and how often in a night: to each bench, or to the farm. Assumed, and far more often than anybody's farm lives through. */
export const benchRates = {
  'worker killed': 0.06,
  'worker stopped': 0.04,
  'worker stopped, another one started': 0.02,
  'way cut': 0.08,
  'bench clock jumps': 0.03,
  'disk of a bench full': 0.02,
  'meter ill': 0.02,
} as const;
export const farmRates = {
  'server killed': 0.5,
  'server ended': 0.2,
  'disk of the farm full': 0.3,
  "farm's clock jumps": 0.3,
} as const;
export type Disturbance = keyof typeof benchRates | keyof typeof farmRates;
/** Rates in the place of those, which are taken as they are: how often in a night, more than once too. */
export type Rates = Partial<Record<Disturbance, number>>;

/** Does them, at times that the seed gives. */
export class Disturbances {
  readonly counts = new Map<Disturbance, number>();

  constructor(
    private readonly timeline: Timeline,
    private readonly farm: SimulatedFarm,
    private readonly random: Random,
  ) {}

  private begin(delay: number, what: Disturbance, of: string, act: () => string | undefined): void {
    this.timeline.after(delay, `${what} (${of})`, () => {
      this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
      return act();
    });
  }

  /** Some minutes mostly, some hours now and then. */
  private while(): number {
    const { random } = this;
    return random.uniform() < 0.7 ? random.integer(minute, 20 * minute) : random.integer(hour, 10 * hour);
  }

  private startAgain(host: Host): void {
    this.timeline.after(this.while(), `${host.name} is started again`, () => {
      if (host.process !== undefined) return 'it runs';
      host.begin();
      return 'begun';
    });
  }

  private toBench(host: Host, what: keyof typeof benchRates): string | undefined {
    const { random, timeline } = this;
    const milliseconds = this.while();
    switch (what) {
      case 'worker killed':
      case 'disk of a bench full':
        host.kill();
        this.startAgain(host);
        return undefined;
      case 'worker stopped':
      case 'worker stopped, another one started': {
        const { process } = host;
        if (process === undefined) return 'there is none';
        process.asleepUntil = timeline.now + milliseconds;
        if (what === 'worker stopped') return `for ${milliseconds / 1000} s`;
        timeline.after(random.integer(minute, 60 * minute), `${host.name}: a second process`, () => {
          host.begin();
          return 'begun';
        });
        return `for ${milliseconds / 1000} s`;
      }
      case 'way cut':
        host.cutUntil = timeline.now + milliseconds;
        return `for ${milliseconds / 1000} s`;
      case 'bench clock jumps':
        host.skew = random.integer(-40 * 24, 40 * 24) * hour;
        timeline.after(random.integer(hour, 2 * night), `${host.name}: its clock is right again`, () => {
          host.skew = 0;
          return undefined;
        });
        return `by ${host.skew / hour} h`;
      case 'meter ill':
        host.isIll = true;
        return undefined;
    }
  }

  private toFarm(what: keyof typeof farmRates): string | undefined {
    const { random, timeline, farm } = this;
    const milliseconds = this.while();
    switch (what) {
      case 'server killed':
      case 'server ended':
        farm.isDown = true;
        timeline.after(milliseconds, 'server begins', async () => {
          farm.start();
          return (await farm.expire()).kind;
        });
        return `for ${milliseconds / 1000} s`;
      case 'disk of the farm full':
        farm.isDiskFull = true;
        timeline.after(milliseconds / 4, 'disk of the farm has room', () => {
          farm.isDiskFull = false;
          return undefined;
        });
        return `for ${milliseconds / 4000} s`;
      case "farm's clock jumps":
        /* Of a jump while no server runs nobody can know (docs/farm.md). */
        if (farm.isDown || farm.isDiskFull) return 'not now';
        farm.skew +=
          random.shuffle([1, -1])[0] * random.integer(1, random.uniform() < 0.5 ? 600 : 4 * 3600) * 1000;
        return `it is ${farm.skew / 1000} s ahead`;
    }
  }

  /** Plans those of the night that begins now. @param trouble how many times as much as usual, where no rate is given */
  plan(hosts: readonly Host[], trouble: number, rates: Rates = {}): void {
    const { random } = this;
    const plan = (what: Disturbance, usual: number, of: string, act: () => string | undefined) => {
      const expected = rates[what] ?? Math.min(1, usual * trouble);
      for (let due = expected; due > 0 && random.uniform() < due; due--)
        this.begin(random.integer(0, night), what, of, act);
    };
    for (const host of hosts)
      for (const [what, rate] of Object.entries(benchRates) as [keyof typeof benchRates, number][])
        plan(what, rate, host.name, () => this.toBench(host, what));
    for (const [what, rate] of Object.entries(farmRates) as [keyof typeof farmRates, number][])
      plan(what, rate, 'farm', () => this.toFarm(what));
  }
}
