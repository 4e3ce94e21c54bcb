import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { TestClock } from 'pg-boss';
import type { Random } from '../../data/random.js';
import { LittlefirstError } from '../../errors.js';
import { Artefacts } from '../../farm/artefacts/artefacts.js';
import { folderFiles } from '../../farm/artefacts/folder.js';
import { advanceSeries } from '../../farm/series/watch.js';
import type { Endpoint, FarmContext } from '../../farm/server/endpoint.js';
import { listening } from '../../farm/server/listening.js';
import { operatorApi } from '../../farm/server/operator-api.js';
import { scheduleApi } from '../../farm/server/schedule-api.js';
import { workerApi } from '../../farm/server/worker-api.js';
import { type Connection, type Database, openDatabase } from '../../farm/store/database.js';
import { enqueueDue } from '../../farm/store/schedules.js';
import { createToken, type Identity, identify, type Role } from '../../farm/store/tokens.js';

/** What the farm answers: its word, its refusal, or a failure of its own, which a worker takes for a farm that is away. */
export type Answer =
  | { kind: 'told'; body: unknown }
  | { kind: 'refused'; code: string; message: string }
  | { kind: 'broken'; message: string; isPlanned: boolean };

/** The disk of the database is full: whatever is written in a transaction is taken back. */
class DiskFull extends Error {}

/** Refusals that the server answers with a status below 500 (harness/farm/server/app.ts). */
const refusals: ReadonlySet<string> = new Set([
  'LF_FARM_ACCESS',
  'LF_FARM_LEASE',
  'LF_FARM_REFUSED',
  'LF_USAGE',
]);
const endpoints: readonly Endpoint[] = [...workerApi, ...operatorApi, ...scheduleApi];

/** Changes what the farm's rules hear from the database: a fault that is planted to see whether it is found. */
export type Plant = (database: Database) => Database;

/** A UUID of a random stream. */
export function uuidOf(random: Random): string {
  const hex = Array.from({ length: 32 }, () => random.integer(0, 15).toString(16)).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

export interface SimulatedFarmOptions {
  connection: Connection;
  /** Folder for artefacts. */
  folder: string;
  leaseSeconds: number;
  /** Wall time at which the world begins, milliseconds. */
  beginning: number;
  random: Random;
}

/** The farm's own code on a real PostgreSQL, in virtual time: endpoints are called as the server calls them, without HTTP between. */
export class SimulatedFarm {
  /** By how much the farm's clock is wrong, milliseconds. */
  skew = 0;
  isDown = false;
  isDiskFull = false;
  /** How often it was asked for something. */
  asked = 0;
  /** Virtual time, milliseconds. */
  private now = 0;
  private context!: FarmContext;
  private database!: Database;
  private isTimeNew = false;

  private constructor(
    private readonly options: SimulatedFarmOptions,
    private readonly real: Database,
    private readonly clock: TestClock,
  ) {}

  static async open(options: SimulatedFarmOptions, plant: Plant = one => one): Promise<SimulatedFarm> {
    const clock = new TestClock(options.beginning);
    let farm: SimulatedFarm | undefined;
    const real = await openDatabase({
      connection: options.connection,
      queueClock: clock,
      now: () => new Date(farm?.wallTime() ?? options.beginning),
      newId: () => uuidOf(options.random),
    });
    farm = new SimulatedFarm(options, real, clock);
    farm.database = plant(farm.faulty(real));
    farm.start();
    return farm;
  }

  private faulty(database: Database): Database {
    return {
      ...database,
      transaction: work =>
        database.transaction(async transaction => {
          const value = await work(transaction);
          if (this.isDiskFull) throw new DiskFull('no space left on device');
          return value;
        }),
    };
  }

  wallTime(): number {
    return this.options.beginning + this.now + this.skew;
  }

  /** Moves the clocks of farm and queue. @param milliseconds virtual time */
  moveTo(milliseconds: number): void {
    this.now = milliseconds;
    this.isTimeNew = true;
  }

  private async setQueueClock(): Promise<void> {
    if (!this.isTimeNew) return;
    this.isTimeNew = false;
    await this.clock.setTime(this.wallTime());
  }

  /** A server's process begins: it knows nothing but what the database has. */
  start(): void {
    const { leaseSeconds, folder } = this.options;
    this.isDown = false;
    this.context = {
      database: this.database,
      listening: listening(this.database, leaseSeconds, () => this.now),
      artefacts: new Artefacts(this.database, folderFiles(folder)),
      leaseSeconds,
      ready: () => Promise.resolve(),
    };
  }

  private async judged(work: () => Promise<unknown>): Promise<Answer> {
    this.asked++;
    await this.setQueueClock();
    try {
      return { kind: 'told', body: await work() };
    } catch (error) {
      if (error instanceof LittlefirstError && refusals.has(error.code))
        return { kind: 'refused', code: error.code, message: error.message };
      return {
        kind: 'broken',
        message: String((error as Error).message),
        isPlanned: error instanceof DiskFull,
      };
    }
  }

  /** A request, as it comes off the wire. */
  ask(
    identity: Identity,
    method: Endpoint['method'],
    path: string,
    { params, body }: { params?: object; body?: object } = {},
  ): Promise<Answer> {
    const endpoint = endpoints.find(one => one.method === method && one.path === path)!;
    return this.judged(() =>
      endpoint.act({
        context: this.context,
        identity,
        params: endpoint.params?.parse(params),
        query: undefined,
        body: endpoint.body === 'bytes' ? undefined : endpoint.body?.parse(JSON.parse(JSON.stringify(body))),
        request: { headers: {} } as never,
        reply: undefined as never,
        signal: new AbortController().signal,
      }),
    );
  }

  /** What the server does by itself, again and again. */
  expire = (): Promise<Answer> => this.judged(() => this.context.listening.expire());
  enqueueDue = (): Promise<Answer> => this.judged(() => enqueueDue(this.database));
  watch = (): Promise<Answer> => this.judged(() => advanceSeries(this.database));

  /** Lets pg-boss do what is due of its own: supervision, maintenance. */
  superviseQueue = (): Promise<Answer> => this.judged(() => this.clock.tick(1));

  async identity(name: string, role: Role): Promise<Identity> {
    return (await identify(this.real, await createToken(this.real, 'simulation', name, role)))!;
  }

  /** Stores a file. @returns its SHA-256 */
  async store(content: string): Promise<string> {
    const sha256 = createHash('sha256').update(content).digest('hex');
    await this.context.artefacts.put(sha256, Readable.from([Buffer.from(content)]), 1000);
    return sha256;
  }

  close(): Promise<void> {
    return this.real.close();
  }
}
