import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Cluster, startCluster } from '../../farm/postgres/cluster.js';
import { type Connection, type Database, openDatabase } from '../../farm/store/database.js';
import { FarmClient } from '../../farm/worker/client.js';
import { nodeWords, program } from '../../testing/child.js';
import { fakeRecord } from '../../testing/farm/bench.js';
import { type Gate, openGate } from '../../testing/farm/gate.js';

export interface FleetOptions {
  /** Folder of everything, which others may pass through. */
  folder: string;
  benches: number;
  leaseSeconds: number;
  longestRunMilliseconds: number;
  /** An empty PostgreSQL to use; absent: the one that npm ships. */
  databaseUrl?: string;
}

const secret = 'of-the-trial-only-of-the-trial-only';
const moduleFile = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const suffix = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

/** A process of the trial: started again under the same words as often as one likes. */
export class Role {
  child!: ChildProcess;
  ended!: Promise<number | null>;
  /** First lines of its standard output. */
  said = '';

  constructor(
    readonly name: string,
    private readonly words: () => readonly string[],
    private readonly folder: string,
    private readonly environment: NodeJS.ProcessEnv = {},
  ) {}

  start(): void {
    const [command, ...words] = this.words();
    this.child = spawn(command, words, {
      cwd: this.folder,
      env: { ...process.env, ...this.environment, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.said = '';
    this.child.stdout!.on('data', chunk => (this.said += String(chunk)));
    this.child.stderr!.pipe(createWriteStream(join(this.folder, `${this.name}.log`), { flags: 'a' }));
    this.ended = new Promise(resolve => this.child.once('close', code => resolve(code)));
  }

  /** @returns its exit code */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.child.kill(signal);
    return this.ended;
  }

  /** Its first lines, once it has said that many. @throws when it ends before */
  async lines(count: number): Promise<string[]> {
    for (;;) {
      const lines = this.said.split('\n');
      if (lines.length > count) return lines;
      if (this.child.exitCode !== null)
        throw new Error(
          `${this.name} ended with ${this.child.exitCode}; see ${this.name}.log in ${this.folder}`,
        );
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  }
}

/** A farm of processes: PostgreSQL, `farm serve`, and a worker with a way of its own to it for each bench. */
export class Fleet {
  cluster?: Cluster;
  server!: Role;
  address = '';
  workers: Role[] = [];
  gates: Gate[] = [];
  /** How the trial itself asks: by a way that is cut like the others. */
  client!: FarmClient;
  private ownGate!: Gate;
  /** Asks the farm by no way that anybody cuts. */
  steady!: FarmClient;
  private operator = '';

  private constructor(readonly options: FleetOptions) {}

  static async start(options: FleetOptions): Promise<Fleet> {
    const fleet = new Fleet(options);
    await fleet.startDatabase();
    fleet.server = new Role('server', () => fleet.serverWords(), options.folder, {
      DATABASE_URL: fleet.databaseUrl,
      LITTLEFIRST_FARM_SECRET: secret,
    });
    await fleet.startServer();
    const way = () => openGate(() => fleet.address);
    fleet.ownGate = await way();
    fleet.client = new FarmClient(fleet.ownGate.address, fleet.operator);
    await fleet.startWorkers(way);
    return fleet;
  }

  /** Where the socket is, whichever postmaster made it. */
  private get socketLink(): string {
    return join(this.options.folder, 'socket');
  }
  get databaseUrl(): string {
    return (
      this.options.databaseUrl ??
      `postgres://farm:${secret}@/postgres?host=${encodeURIComponent(this.socketLink)}`
    );
  }
  /** As the checks connect. */
  get connection(): Connection {
    return this.options.databaseUrl ?? this.cluster!.connection;
  }
  get ways(): Gate[] {
    return [...this.gates, this.ownGate];
  }
  path(name: string): string {
    return join(this.options.folder, name);
  }

  async startDatabase(): Promise<void> {
    if (this.options.databaseUrl !== undefined) return;
    this.cluster = await startCluster({ folder: this.path('postgres'), password: secret });
    rmSync(this.socketLink, { force: true });
    symlinkSync(this.cluster.connection.host, this.socketLink);
  }

  private serverWords(): readonly string[] {
    const { leaseSeconds } = this.options;
    return [
      ...[
        ...program,
        'farm',
        'serve',
        '--port',
        '0',
        '--lease',
        String(leaseSeconds),
        '--artefacts',
        'artefacts',
      ],
      ...(this.operator === '' ? ['--first-operator', 'trial'] : []),
    ];
  }

  async startServer(): Promise<void> {
    this.server.start();
    const isFirst = this.operator === '';
    const [address, token] = await this.server.lines(isFirst ? 2 : 1);
    this.address = address;
    if (isFirst) this.operator = token;
    this.steady = new FarmClient(address, this.operator);
  }

  private async startWorkers(way: () => Promise<Gate>): Promise<void> {
    const { benches, folder, longestRunMilliseconds } = this.options;
    const { token } = await this.steady.call<{ token: string }>('POST', 'tokens', {
      name: 'hosts',
      role: 'worker',
    });
    writeFileSync(this.path('token'), token, { mode: 0o600 });
    writeFileSync(this.path('record.json'), JSON.stringify(fakeRecord()));
    const standIn = [
      ...[process.execPath, ...nodeWords, moduleFile(`./stand-in${suffix}`)],
      ...[this.path('witness.ndjson'), this.path('record.json'), String(longestRunMilliseconds)],
    ];
    for (let n = 0; n < benches; n++) {
      const gate = await way();
      this.gates.push(gate);
      const name = `bench-${n}`;
      const device = (place: number) =>
        `{ name: d${place}, board: ${n % 2 === 0 ? 'even' : 'odd'}, chip: any, meter: ppk2, bench: default }`;
      const lines = [
        ...['schema: littlefirst.worker/1', `server: ${gate.address}`, 'tokenFile: token', `bench: ${name}`],
        ...[`spool: spool-${n}`, `cache: cache-${n}`, `devices: [${device(1)}, ${device(2)}]`],
      ];
      writeFileSync(this.path(`${name}.yaml`), lines.join('\n'));
      const words = [
        ...[process.execPath, ...nodeWords, moduleFile(`./worker-process${suffix}`)],
        ...[this.path(`${name}.yaml`), ...standIn],
      ];
      const worker = new Role(name, () => words, folder);
      worker.start();
      this.workers.push(worker);
    }
  }

  openDatabase(): Promise<Database> {
    return openDatabase({ connection: this.connection });
  }

  /** Ends all but the database in good order. @returns those that did not end well */
  async stopButDatabase(): Promise<string[]> {
    const ill: string[] = [];
    const ends = async (role: Role) => {
      const code = await role.end('SIGTERM');
      if (code !== 0) ill.push(`${role.name} ended with ${code}`);
    };
    await Promise.all(this.workers.map(ends));
    await ends(this.server);
    return ill;
  }

  /** Ends what is left, however the trial ended. */
  async abandon(): Promise<void> {
    for (const role of [...this.workers, this.server]) {
      role.child.kill('SIGCONT');
      await role.end('SIGKILL');
    }
    for (const gate of this.ways) await gate.close();
    await this.cluster?.stop();
  }
}
