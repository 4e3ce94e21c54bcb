import pg from 'pg';
import { Random } from '../../data/random.js';
import { expandNightly } from '../../farm/jobs/nightly.js';
import { nightlySchema } from '../../farm/jobs/nightly-schema.js';
import type { NewJob } from '../../farm/jobs/spec.js';
import { Disturbances, type Rates } from './disturbances.js';
import { finalChecks } from './final-checks.js';
import { Host, type Surroundings } from './host.js';
import { Nature } from './nature.js';
import { Network, type Request } from './network.js';
import { People } from './people.js';
import { WorkerProcess } from './process.js';
import { type Answer, type Plant, SimulatedFarm } from './simulated-farm.js';
import { Timeline, Trace } from './timeline.js';
import { Watcher } from './watcher.js';

export interface WorldOptions {
  /** An empty database (`emptyFarm`, open.ts). */
  connection: pg.ClientConfig & { host: string; user: string; password: string; database: string };
  /** Folder for artefacts. */
  folder: string;
  seed: number;
  benches: number;
  nights: number;
  leaseSeconds?: number;
  /** How many times as much as usual happens to benches and farm. */
  trouble?: number;
  /** Jobs that each bench gets of its own in a night; default 1. */
  jobsEach?: number;
  /** How often single disturbances come, in their place. */
  rates?: Rates;
  /** A fault of the rules, to see whether it is found. */
  plant?: Plant;
  /** Ends the world after so many events. */
  mostEvents?: number;
  /** Told of each event. */
  onLine?: (line: string) => void;
  onNight?: (night: number, events: number) => void;
}

export interface Outcome {
  events: number;
  /** Whether everything had ended: false where something did not hold before, or only so many events were asked for. */
  isWhole: boolean;
  /** SHA-256 of the log of all events. */
  digest: string;
  violations: string[];
  /** The newest events, where something does not hold. */
  last: string[];
  /** How often what happened. */
  counts: Record<string, number>;
}

const [minute, hour, night] = [60_000, 3_600_000, 24 * 3_600_000];
/** Any time will do; a fixed one, so that the same seed is the same world. */
const beginning = Date.UTC(2030, 0, 7);
/** Nights after the last one in which everything must have ended. */
const nightsToEnd = 20;
const boards = ['rp2040', 'apollo3', 'stm32l4r5'];

/** A farm of simulated benches, from its first night until everything has ended, or something does not hold. */
export class World {
  private readonly timeline = new Timeline();
  private readonly trace: Trace;
  private readonly hosts: Host[] = [];
  private readonly asked: string[] = [];
  private sleepers: (() => void)[] = [];
  private isOver = false;
  private looked = 0;

  private constructor(
    private readonly options: Required<Pick<WorldOptions, 'leaseSeconds' | 'trouble' | 'jobsEach'>> &
      WorldOptions,
    private readonly client: pg.Client,
    private readonly farm: SimulatedFarm,
    private readonly watcher: Watcher,
    private readonly nature: Nature,
    private readonly random: Random,
  ) {
    this.trace = new Trace(options.onLine);
  }

  /** @throws LF_FARM_DATABASE */
  static async run(given: WorldOptions): Promise<Outcome> {
    const options = { leaseSeconds: 900, trouble: 1, jobsEach: 1, ...given };
    const { seed, connection, folder, leaseSeconds, nights } = options;
    const client = new pg.Client(connection);
    await client.connect();
    const farm = await SimulatedFarm.open(
      { ...{ connection, folder, leaseSeconds, beginning }, random: new Random(seed, 1) },
      options.plant,
    );
    try {
      let now = () => 0;
      const watcher = new Watcher(client, leaseSeconds, () => now());
      const nature = new Nature(new Random(seed, 2), beginning, nights);
      const world = new World(options, client, farm, watcher, nature, new Random(seed, 3));
      now = () => world.timeline.now;
      return await world.live();
    } finally {
      await farm.close();
      await client.end();
    }
  }

  private async populate(network: Network): Promise<void> {
    const { farm, random, options, watcher, nature, timeline } = this;
    const surroundings: Surroundings = {
      ...{ timeline, network, random, leaseSeconds: options.leaseSeconds },
      startProcess: host => new WorkerProcess(host),
      measure: nature.measure,
      faultOf: nature.faultOf,
      isWorkWaiting: () => watcher.isWorkWaiting,
      whenWork: wake => this.sleepers.push(wake),
    };
    for (let n = 0; n < options.benches; n++) {
      const board = boards[n % boards.length];
      const devices = Array.from({ length: 1 + (n % 2) }, (_, d) => ({
        ...{ name: `d${d}`, board, chip: board, meter: 'ppk2', tags: [] },
      }));
      const identity = await farm.identity(`host-${n}`, 'worker');
      const host = new Host(`b${n}`, devices, identity, surroundings);
      this.hosts.push(host);
      timeline.after(random.integer(0, minute), `${host.name} begins`, () => {
        host.begin();
        return 'begun';
      });
    }
  }

  /** The jobs of a night: each bench's own with the night's image, as a person's pipeline sends them. */
  private async enqueue(day: number, network: Network, send: Omit<Request, 'body' | 'words'>): Promise<void> {
    const sha256 = await this.farm.store(this.nature.imageOf(day));
    const jobs = this.hosts.flatMap(host =>
      Array.from({ length: this.options.jobsEach }, () => this.jobsOf(host, sha256)).flat(),
    );
    const body = { nightly: 'nightly', key: `night ${day}`, jobs };
    const ask = () =>
      network.send(
        { ...send, body, words: `jobs of night ${day}` },
        () => false,
        heard => {
          if (heard.kind === 'unreachable')
            this.timeline.after(minute, `jobs of night ${day} again`, () => void ask());
          if (heard.kind === 'told') this.asked.push(...(heard.body as { jobs: string[] }).jobs);
        },
      );
    ask();
  }

  private jobsOf({ name, devices: [{ board }] }: Host, sha256: string): NewJob[] {
    const nightly = nightlySchema.parse({
      ...{ schema: 'littlefirst.nightly/1', name: 'nightly', windows: 6, priority: 1 },
      matrix: { boards: [board], bundles: ['paper'], firmware: [{ name: 'main', sha256 }] },
    });
    return expandNightly(nightly).map(job => ({ ...job, want: { ...job.want, bench: name } }));
  }

  /** What a server does by itself. Where the world knows that it would find nothing, it is not played. */
  private serverWork(): void {
    const { farm, watcher, options } = this;
    const repeat = (
      milliseconds: number,
      what: string,
      isWorthwhile: () => boolean,
      work: () => Promise<Answer>,
    ): void => {
      this.timeline.after(milliseconds, what, async () => {
        if (!this.isOver) repeat(milliseconds, what, isWorthwhile, work);
        if (farm.isDown) return 'the server is away';
        if (!isWorthwhile()) return 'nothing';
        const answer = await work();
        watcher.witness({ path: '', words: what } as never, answer);
        return answer.kind === 'told' ? `told ${JSON.stringify(answer.body)}` : answer.kind;
      });
    };
    repeat(options.leaseSeconds * 250, 'leases are looked at', () => watcher.isAnyHeld, farm.expire);
    repeat(hour, 'schedules are looked at', () => true, farm.enqueueDue);
    repeat(
      30 * minute,
      'series are looked at',
      () => watcher.hasNews,
      async () => {
        watcher.hasNews = false;
        return farm.watch();
      },
    );
    repeat(6 * hour, 'the queue is supervised', () => true, farm.superviseQueue);
  }

  private async begin(network: Network, disturbances: Disturbances, people: People): Promise<void> {
    const { farm, options, hosts, timeline, random, watcher } = this;
    await this.populate(network);
    const ci = { identity: await farm.identity('ci', 'operator'), method: 'POST', path: '/jobs' } as const;
    const common = expandNightly(
      nightlySchema.parse({
        ...{ schema: 'littlefirst.nightly/1', name: 'common', windows: 6 },
        matrix: {
          boards: boards.slice(0, Math.min(boards.length, options.benches)),
          bundles: ['little-first-b'],
        },
      }),
    );
    await farm.ask(ci.identity, 'PUT', '/schedules/:name', {
      params: { name: 'common' },
      body: { cron: '0 2 * * *', timezone: 'Europe/Berlin', jobs: common },
    });
    this.serverWork();
    for (let day = 0; day < options.nights; day++)
      timeline.after(day * night, `night ${day}`, async () => {
        disturbances.plan(hosts, options.trouble, options.rates);
        timeline.after(hour + 30 * minute, `night ${day} is enqueued`, async () => {
          await this.enqueue(day, network, ci);
          return undefined;
        });
        for (const host of hosts) {
          if (random.uniform() < 0.05 * options.trouble) people.takesOut(host);
          if (random.uniform() < 0.05 * options.trouble) people.reserves(host);
        }
        for (const job of watcher.open()) if (random.uniform() < 0.2) people.cancels(job);
        if (this.asked.length > 0 && random.uniform() < 0.5)
          people.cancels(random.shuffle(this.asked.slice(-hosts.length))[0]);
        timeline.after(12 * hour, 'people look after the benches', () => {
          people.releasesAll(hosts);
          return undefined;
        });
        options.onNight?.(day, this.trace.count);
        return undefined;
      });
    timeline.after(options.nights * night, 'nothing more is disturbed', () => this.end(network, people));
  }

  private end(network: Network, people: People): string {
    const { farm, timeline, hosts, options, watcher } = this;
    network.isCalm = true;
    if (farm.isDown) farm.start();
    farm.isDiskFull = false;
    for (const host of hosts) {
      host.cutUntil = 0;
      if (host.process === undefined) host.begin();
    }
    const look = () => {
      const isLate = timeline.now > (options.nights + nightsToEnd) * night;
      this.isOver = isLate || (watcher.open().length === 0 && hosts.every(({ spool }) => spool.size === 0));
      if (this.isOver) return 'all has ended';
      people.tidiesUp(hosts);
      for (const host of hosts) if (host.process === undefined) host.begin();
      timeline.after(hour, 'people tidy up', look);
      return 'not yet';
    };
    return look();
  }

  /** The farm is asked by an event: what it has left is looked at. */
  private async step(): Promise<boolean> {
    const { timeline, trace, farm, watcher } = this;
    const event = timeline.next();
    if (event === undefined) return false;
    farm.moveTo(event.at);
    const outcome = await event.act();
    trace.write(event.at, event.what, outcome ?? '');
    if (farm.asked !== this.looked) {
      this.looked = farm.asked;
      await watcher.look();
      if (watcher.isWorkWaiting) for (const wake of this.sleepers.splice(0)) wake();
    }
    return true;
  }

  private async live(): Promise<Outcome> {
    const { timeline, farm, random, watcher, trace, options, hosts } = this;
    const network = new Network(timeline, farm, random, watcher.witness);
    const disturbances = new Disturbances(timeline, farm, random);
    const people = new People(timeline, farm, watcher, await farm.identity('anna', 'operator'), random);
    await this.begin(network, disturbances, people);
    const { mostEvents = Number.POSITIVE_INFINITY } = options;
    while (!this.isOver && watcher.violations.length === 0 && trace.count < mostEvents)
      if (!(await this.step())) break;
    const violations = [...watcher.violations];
    if (violations.length === 0 && this.isOver) {
      await farm.watch();
      violations.push(...(await finalChecks(this.client, hosts, watcher, this.asked)));
    }
    const counts = {
      ...{
        jobs: watcher.trailCount,
        'runs measured': hosts.reduce((sum, { measured }) => sum + measured.length, 0),
      },
      ...Object.fromEntries(Object.entries(network.counts)),
      ...Object.fromEntries([...disturbances.counts].sort()),
      ...Object.fromEntries([...watcher.actions].sort()),
    };
    return {
      events: trace.count,
      isWhole: this.isOver,
      digest: trace.digest(),
      violations,
      last: violations.length > 0 ? trace.last() : [],
      counts,
    };
  }
}
