import type { Claimed } from '../../farm/store/claim.js';
import type { Delivery, Failure, Host, HostProcess } from './host.js';
import type { Heard } from './network.js';
import { uuidOf } from './simulated-farm.js';

/** As harness/farm/worker/worker.ts: announcements and heartbeats in a lease time; pauses after a farm that is away, milliseconds. */
const beatsPerLease = 3;
const [firstPause, longestPause] = [250, 10_000];
/** A claim is sent again after 20 s in the farm that brought nothing; played this seldom, milliseconds, where what waits does not fit. */
const claimMilliseconds = 300_000;
/** A resting worker announces every lease time's third; played this seldom, milliseconds, since nothing hears a difference. */
const restingMilliseconds = 6 * 3_600_000;
/** Time from a supervisor of processes until a worker that ended is there again, milliseconds. */
const restartMilliseconds = 60_000;

interface Running {
  claimed: Claimed;
  stopped?: Failure;
  isOver: boolean;
}

/**
 * A worker's process as the farm sees it: what it sends, when, and what it makes of the answers. It follows harness/farm/worker; that code itself needs
 * processes and real time, and is tried by `npm run bench:farm`.
 */
export class WorkerProcess implements HostProcess {
  isDead = false;
  asleepUntil = 0;
  private readonly session: string;
  private examination: string;
  private problems: string[];
  private claim = 1;
  private isAnnounced = false;
  private isQuarantined = false;
  private isClaiming = false;
  private isDelivering = false;
  private isEnding = false;
  private pause = firstPause;
  private readonly running = new Map<string, Running>();

  constructor(private readonly host: Host) {
    const { random } = host.world;
    this.session = uuidOf(random);
    this.examination = uuidOf(random);
    this.problems = host.isIll ? ['known load: 12 % off'] : [];
  }

  /** Does something of this process after a while, unless it is dead by then; a process that is asleep does it when it wakes. */
  private later(milliseconds: number, what: string, act: () => void): void {
    const { timeline } = this.host.world;
    const go = (): string => {
      if (this.isDead) return 'nobody is there';
      if (timeline.now < this.asleepUntil) {
        timeline.after(this.asleepUntil - timeline.now, `${this.host.name} wakes`, go);
        return 'asleep';
      }
      act();
      return 'begun';
    };
    timeline.after(milliseconds, `${this.host.name}: ${what}`, go);
  }

  private ask(what: string, path: string, body: object, hear: (heard: Heard) => void, params?: object): void {
    const { host } = this;
    const words = `${host.name}: ${what}`;
    host.world.network.send(
      { identity: host.identity, method: 'POST', path, params, body, words },
      host.isCut,
      heard => {
        if (this.isDead) return;
        if (host.world.timeline.now >= this.asleepUntil) hear(heard);
        else this.later(0, `hears of ${what}`, () => hear(heard));
      },
    );
  }

  private nextPause(): number {
    const now = this.pause;
    this.pause = Math.min(longestPause, 2 * now);
    return now;
  }

  announce(): void {
    const { host } = this;
    const body = {
      ...{ bench: host.name, session: this.session, version: 'simulated', devices: host.devices },
      ...{ problems: this.problems, examination: this.examination },
    };
    this.ask('announces', '/benches/announce', body, heard => {
      if (heard.kind === 'told') {
        this.pause = firstPause;
        const { isQuarantined } = heard.body as { isQuarantined: boolean };
        const isReleased = this.isQuarantined && !isQuarantined;
        this.isQuarantined = isQuarantined;
        if (isReleased) this.examine();
        if (!this.isAnnounced) this.begin();
      } else if (!this.isAnnounced) this.later(this.nextPause(), 'announces again', () => this.announce());
    });
  }

  private begin(): void {
    this.isAnnounced = true;
    const again = () => {
      const milliseconds =
        this.running.size > 0 ? (this.host.world.leaseSeconds * 1000) / beatsPerLease : restingMilliseconds;
      this.later(milliseconds, 'says that it is there', () => {
        this.announce();
        again();
      });
    };
    again();
    this.deliver();
    this.work();
  }

  /** A look at the bench's health, which finds what is so. */
  private examine(): void {
    this.examination = uuidOf(this.host.world.random);
    this.problems = this.host.isIll ? ['known load: 12 % off'] : [];
    this.announce();
  }

  /** Asks for a job where a device is free. */
  private work(): void {
    const { host } = this;
    const { random } = host.world;
    if (this.isDead || this.isClaiming || this.isEnding || this.running.size >= host.devices.length) return;
    this.isClaiming = true;
    const go = () => {
      this.deliver();
      const body = { bench: host.name, session: this.session, waitSeconds: 0, claim: this.claim };
      this.ask(`claim ${this.claim}`, '/claims', body, heard => {
        if (heard.kind === 'unreachable') {
          this.later(this.nextPause(), 'claims again', go);
          return;
        }
        this.isClaiming = false;
        this.pause = firstPause;
        /* Another process speaks for the bench: this one ends, as the worker does, and is started again. */
        if (heard.kind === 'refused') {
          this.end();
          return;
        }
        this.claim += 1;
        const claimed = heard.body as Claimed | null;
        if (claimed !== null) this.run(claimed);
        if (claimed !== null || host.world.isWorkWaiting())
          this.later(claimed === null ? claimMilliseconds : 0, 'asks for work', () => this.work());
        else
          host.world.whenWork(() =>
            this.later(random.integer(0, 20_000), 'asks for work', () => this.work()),
          );
      });
    };
    go();
  }

  private run(claimed: Claimed): void {
    const { host } = this;
    const { random, timeline, leaseSeconds } = host.world;
    const running: Running = { claimed, isOver: false };
    this.running.set(claimed.attempt, running);
    this.announce();
    const began = timeline.now;
    const beat = () => {
      if (running.isOver) return;
      const { attempt, fence } = claimed;
      this.ask(
        `beats for ${fence}`,
        '/attempts/:id/heartbeat',
        { fence },
        heard => {
          if (heard.kind === 'refused' && heard.code === 'LF_FARM_LEASE')
            this.stop(running, { cause: 'bench', code: 'LF_FARM_LEASE', message: 'the lease has ended' });
          if (heard.kind === 'told' && (heard.body as { isCancelWanted: boolean }).isCancelWanted)
            this.stop(running, {
              cause: 'cancelled',
              code: 'LF_INTERRUPTED',
              message: 'the job was cancelled',
            });
        },
        { id: attempt },
      );
      this.later((leaseSeconds * 1000) / beatsPerLease, `beat for ${fence}`, beat);
    };
    this.later((leaseSeconds * 1000) / beatsPerLease, `beat for ${claimed.fence}`, beat);
    if (host.inUse.has(claimed.device)) {
      this.later(45_000, `device of ${claimed.fence} is in use`, () =>
        this.over(running, { cause: 'bench', code: 'LF_LINK_BUSY', message: 'another run has the device' }),
      );
      return;
    }
    host.inUse.set(claimed.device, this);
    const failure = host.world.faultOf(host, claimed.isPowerCycled);
    const minutes = failure === undefined ? random.integer(5, 70) : random.integer(1, 20);
    this.later(minutes * 60_000, `run of ${claimed.fence} ends`, () => {
      const record =
        failure === undefined ? host.world.measure(host, claimed.spec, claimed, began) : undefined;
      if (record !== undefined && !running.isOver && running.stopped === undefined)
        host.measured.push({ attempt: claimed.attempt, fence: claimed.fence, record });
      this.over(running, failure, record);
    });
  }

  private stop(running: Running, why: Failure): void {
    if (running.isOver || running.stopped !== undefined) return;
    running.stopped = why;
    this.later(1000, `run of ${running.claimed.fence} is stopped`, () => this.over(running, why));
  }

  /** A run has ended: it is kept until the farm has it. */
  private over(running: Running, failure?: Failure, record?: Delivery['record']): void {
    const { host } = this;
    if (running.isOver) return;
    running.isOver = true;
    const { attempt, fence, device } = running.claimed;
    if (host.inUse.get(device) === this) host.inUse.delete(device);
    this.running.delete(attempt);
    host.spool.set(attempt, { attempt, fence, failure, record });
    if (failure?.cause === 'bench' && failure.code !== 'LF_FARM_LEASE') this.examine();
    this.deliver();
    if (this.isEnding) this.end();
    else this.work();
  }

  /** Delivers what waits, one after the other. */
  private deliver(): void {
    const { host } = this;
    const [delivery] = [...host.spool.values()].sort((a, b) => (a.attempt < b.attempt ? -1 : 1));
    if (this.isDelivering || delivery === undefined) return;
    this.isDelivering = true;
    const { attempt, fence, failure, record } = delivery;
    this.ask(
      `delivers ${fence}`,
      '/attempts/:id/settle',
      { fence, failure, record, files: [] },
      heard => {
        this.isDelivering = false;
        if (heard.kind === 'unreachable') {
          this.later(this.nextPause() * 6, 'delivers again', () => this.deliver());
          return;
        }
        host.spool.delete(attempt);
        const measured = host.measured.find(one => one.attempt === attempt);
        if (measured !== undefined)
          measured.settled =
            heard.kind === 'told' ? (heard.body as { settled: string }).settled : `refused: ${heard.message}`;
        this.deliver();
      },
      { id: attempt },
    );
  }

  /** Ends once what runs has ended; whoever looks after the host starts the next one. */
  private end(): void {
    this.isEnding = true;
    if (this.running.size > 0 || this.isDead) return;
    const { host } = this;
    this.ask('leaves', '/benches/leave', { session: this.session }, () => undefined);
    this.isDead = true;
    if (host.process !== this) return;
    host.process = undefined;
    host.world.timeline.after(restartMilliseconds, `${host.name} is started again`, () => {
      if (host.process !== undefined) return 'it runs';
      host.begin();
      return 'begun';
    });
  }

  die(): void {
    this.isDead = true;
    for (const [device, holder] of this.host.inUse) if (holder === this) this.host.inUse.delete(device);
  }
}
