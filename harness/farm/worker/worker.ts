import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { asLittlefirstError } from '../../errors.js';
import { startSpan } from '../../host/trace.js';
import { packagePath } from '../../package-root.js';
import { placeCodes } from '../jobs/causes.js';
import type { Claimed } from '../store/claim.js';
import { bundleNamed, type Chosen, type Failure, runChild, runWords } from './child.js';
import { FarmClient } from './client.js';
import type { WorkerConfig, WorkerDevice } from './config.js';
import { examineDevices } from './health.js';
import { Inputs } from './inputs.js';
import { isUnreachable, patiently } from './patience.js';
import { Spool } from './spool.js';

export interface WorkerOptions {
  signal: AbortSignal;
  version: string;
  /** What keeps the bench from measuring, asked while its devices rest; default: `doctor` and the known load. */
  examine?: (devices: readonly WorkerDevice[]) => Promise<string[]>;
  onNote?: (text: string) => void;
  /** Program and first arguments that run a bench; default: this package's own. */
  program?: readonly string[];
}

/** How long a claim waits for a job, seconds. */
const waitSeconds = 20;
/** Announcements and heartbeats in a lease time: two may be lost. */
const beatsPerLease = 3;

/** Ends of a run that say nothing of the bench's health. */
const notOfTheBench: ReadonlySet<string> = new Set(['LF_INTERRUPTED', 'LF_FARM_LEASE', ...placeCodes]);

/** One worker process: announces a bench, takes jobs for its devices, runs each in a child and delivers what came of it. */
class Worker {
  private readonly client: FarmClient;
  private readonly spool: Spool;
  private readonly session = randomUUID();
  private readonly active = new Set<Promise<void>>();
  private readonly note: (text: string) => void;
  private readonly program: readonly string[];
  private readonly inputs: Inputs;
  private leaseSeconds = 60;
  /** Number of the next claim: the same until it is answered, so that a lost answer loses no job. */
  private claim = 1;
  private isQuarantined = false;
  /** The last look at the bench's health. */
  private examination: { id: string; problems: string[] } = { id: randomUUID(), problems: [] };
  private examineAt = Number.NEGATIVE_INFINITY;
  /** Devices that a person or a command holds, and those that were so when the bench was looked at. */
  private held: readonly string[] = [];
  private leftOut: readonly string[] = [];

  constructor(
    private readonly config: WorkerConfig,
    private readonly options: WorkerOptions,
  ) {
    this.client = new FarmClient(config.server, config.token);
    this.spool = new Spool(config.spool);
    this.note = options.onNote ?? (() => undefined);
    this.program = options.program ?? [process.execPath, packagePath('bin', 'littlefirst.js')];
    this.inputs = new Inputs(config.cache, this.client);
  }

  private async announce(): Promise<void> {
    const { bench, devices } = this.config;
    const body = {
      ...{ bench, session: this.session, version: this.options.version },
      devices: devices.map(({ bench: _, ...device }) => device),
      problems: this.examination.problems,
      examination: this.examination.id,
    };
    const answer = await this.client.call<{ leaseSeconds: number; isQuarantined: boolean; held?: string[] }>(
      'POST',
      'benches/announce',
      body,
      this.options.signal,
    );
    this.leaseSeconds = answer.leaseSeconds;
    this.held = answer.held ?? [];
    /* What came back is looked at, too. */
    if (this.leftOut.some(name => !this.held.includes(name))) this.examineAt = Number.NEGATIVE_INFINITY;
    /* Whoever released the bench says that it is well: it is looked at before it gets a job. */
    if (this.isQuarantined && !answer.isQuarantined) this.examineAt = Number.NEGATIVE_INFINITY;
    this.isQuarantined = answer.isQuarantined;
  }

  /** Looks at the bench's health where that is due, once all its devices rest, and tells the farm. */
  private async examineIfDue(): Promise<void> {
    if (performance.now() < this.examineAt) return;
    await Promise.all(this.active);
    const { config, options, held } = this;
    this.leftOut = held;
    const devices = config.devices.filter(({ name }) => !held.includes(name));
    const problems = await this.examined(devices, options.signal);
    this.examination = { id: randomUUID(), problems };
    this.examineAt = performance.now() + config.healthMinutes * 60_000;
    await this.inputs.prune();
    await patiently(() => this.announce(), options);
  }

  private async examined(devices: readonly WorkerDevice[], signal: AbortSignal): Promise<string[]> {
    const problems =
      (await this.options.examine?.(devices)) ?? (await examineDevices(this.program, devices, signal));
    for (const problem of problems) this.note(`not fit to measure: ${problem}`);
    return problems;
  }

  /** A device that somebody held when the bench was looked at has come back, and has a job already: it is looked at by itself first, under the job's lease. */
  private async unfit(device: WorkerDevice, signal: AbortSignal): Promise<Failure | undefined> {
    if (!this.leftOut.includes(device.name)) return undefined;
    const problems = await this.examined([device], signal);
    this.leftOut = this.leftOut.filter(name => name !== device.name);
    if (problems.length === 0) return undefined;
    this.examination = { id: randomUUID(), problems: [...this.examination.problems, ...problems] };
    await patiently(() => this.announce(), { ...this.options, signal });
    return { cause: 'bench', code: 'LF_METER_CHECK', message: problems.join('; ') };
  }

  /** Says again and again that the bench is there, whatever else is done. */
  private async keepAnnouncing(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause((this.leaseSeconds * 1000) / beatsPerLease, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted)
        await this.announce().catch(error => this.note(asLittlefirstError(error).message.split('\n')[0]));
    }
  }

  /** Keeps a lease while a job runs. Aborts the job when the lease has ended or the job was cancelled. */
  private async keepLease(
    claimed: Claimed,
    over: AbortSignal,
    stop: (reason: Failure) => void,
  ): Promise<void> {
    while (!over.aborted) {
      await pause((claimed.leaseSeconds * 1000) / beatsPerLease, undefined, { signal: over }).catch(
        () => undefined,
      );
      if (over.aborted) return;
      try {
        const { isCancelWanted } = await this.client.call<{ isCancelWanted: boolean }>(
          'POST',
          `attempts/${claimed.attempt}/heartbeat`,
          { fence: claimed.fence },
          over,
        );
        if (isCancelWanted)
          stop({ cause: 'cancelled', code: 'LF_INTERRUPTED', message: 'the job was cancelled' });
      } catch (error) {
        const { code, message } = asLittlefirstError(error);
        /* Out of reach is no reason to stop: the run is delivered later. */
        if (code === 'LF_FARM_LEASE') stop({ cause: 'bench', code, message });
      }
    }
  }

  /** Folders of the bundle and images that a job names; what it names by a hash is fetched. */
  private async chosen({ spec }: Claimed, signal: AbortSignal): Promise<Chosen> {
    const { bundle, bundleSha256, firmwareSha256 } = spec;
    return {
      bundle:
        bundleSha256 === undefined
          ? bundleNamed(bundle, this.config.bundles)
          : await patiently(() => this.inputs.folderOf(bundleSha256, signal), { ...this.options, signal }),
      firmware:
        firmwareSha256 === undefined
          ? undefined
          : await patiently(() => this.inputs.folderOf(firmwareSha256, signal), { ...this.options, signal }),
    };
  }

  private async run(claimed: Claimed): Promise<Failure | undefined> {
    const { config, options } = this;
    const device = config.devices.find(({ name }) => name === claimed.device);
    if (device === undefined)
      return {
        cause: 'bench',
        code: 'LF_DEVICE_MISSING',
        message: `this worker has no device ${claimed.device}`,
      };
    const folder = this.spool.runFolder(claimed.attempt);
    const stopped = new AbortController();
    const over = new AbortController();
    let why: Failure | undefined;
    const ends = AbortSignal.any([stopped.signal, options.signal]);
    const lease = this.keepLease(claimed, over.signal, reason => {
      why ??= reason;
      stopped.abort();
    });
    try {
      const unfit = await this.unfit(device, ends);
      if (unfit !== undefined) return unfit;
      const words = [
        ...runWords(device, claimed.spec, folder, await this.chosen(claimed, ends)),
        ...['--lease', `${claimed.fence}:${claimed.attempt}`],
        /* Whoever had the board before, and however that ended: it is started anew, and identified before each block. */
        '--start-anew',
        /* The run of a worker that was killed may still be closing its journal. */
        ...['--hold', `farm ${config.server} ${config.bench}/${device.name}`, '--while-stdin'],
      ];
      const failure = await runChild(this.program, words, ends, claimed.traceparent);
      if (failure === undefined && !existsSync(join(folder, 'run.json')))
        return { cause: 'bench', code: 'LF_RUN_MISSING', message: 'the run left no record' };
      return failure === undefined ? undefined : (why ?? failure);
    } finally {
      over.abort();
      await lease;
    }
  }

  private async work(claimed: Claimed): Promise<void> {
    const span = startSpan('lease', {
      parent: claimed.traceparent,
      attributes: {
        'littlefirst.device': `${this.config.bench}/${claimed.device}`,
        'littlefirst.fence': claimed.fence,
      },
    });
    const { traceparent } = span;
    this.note(`begins ${claimed.name} on ${claimed.device}, lease ${claimed.fence}`);
    const failure = await this.run({ ...claimed, traceparent }).catch((error): Failure => {
      const { code, message } = asLittlefirstError(error);
      /* What the farm hands out for a hash is wrong for every bench. */
      const cause = code === 'LF_FARM_REFUSED' ? 'input' : 'bench';
      return { cause, code, message: message.slice(0, 4000) };
    });
    const isOwnFault = failure?.cause === 'bench' && !notOfTheBench.has(failure.code);
    if (isOwnFault) this.examineAt = Number.NEGATIVE_INFINITY;
    await this.spool.close({ attempt: claimed.attempt, fence: claimed.fence, failure, traceparent });
    this.note(
      failure === undefined
        ? `ended ${claimed.name}`
        : `${claimed.name}: ${failure.code}: ${failure.message.split('\n')[0]}`,
    );
    await this.deliver();
    span.end({}, failure && `${failure.code}: ${failure.message.split('\n')[0]}`);
  }

  /** Delivers what waits. One delivery at a time. */
  private delivering: Promise<void> = Promise.resolve();
  private deliver(): Promise<void> {
    this.delivering = this.delivering.then(async () => {
      for (const attempt of await this.spool.waiting())
        try {
          this.note(`delivered ${attempt}: ${await this.spool.deliver(this.client, attempt)}`);
        } catch (error) {
          this.note(`not delivered yet: ${asLittlefirstError(error).message.split('\n')[0]}`);
          return;
        }
    });
    return this.delivering;
  }

  private async claimAndStart(): Promise<void> {
    const { bench } = this.config;
    const body = { bench, session: this.session, waitSeconds, claim: this.claim };
    const claimed = await this.client.call<Claimed | null>('POST', 'claims', body, this.options.signal);
    this.claim += 1;
    if (claimed === null) return;
    const job = this.work(claimed).finally(() => this.active.delete(job));
    this.active.add(job);
  }

  async main(): Promise<void> {
    const { options, config } = this;
    const { signal } = options;
    /* Another process may have spoken for the bench a moment ago, and be dead: the farm waits for its silence. */
    await patiently(
      () => this.announce(),
      options,
      error => isUnreachable(error) || asLittlefirstError(error).code === 'LF_FARM_REFUSED',
    );
    await this.spool.removeAbandoned();
    this.note(`bench ${config.bench}: ${config.devices.length} devices announced`);
    const announcing = this.keepAnnouncing(signal);
    try {
      while (!signal.aborted) {
        await this.deliver();
        await this.examineIfDue();
        if (this.active.size >= config.devices.length) await Promise.race(this.active);
        else
          await patiently(async () => {
            await this.deliver();
            await this.claimAndStart();
          }, options);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      await Promise.all(this.active);
      await announcing;
      await this.client.call('POST', 'benches/leave', { session: this.session }).catch(() => undefined);
    }
  }
}

/**
 * Works for a farm until the signal ends it.
 * @throws LF_FARM_ACCESS, LF_FARM_REFUSED where the farm does not want this worker
 */
export function runWorker(config: WorkerConfig, options: WorkerOptions): Promise<void> {
  return new Worker(config, options).main().catch(error => {
    if (!options.signal.aborted) throw error;
  });
}
