import type pg from 'pg';
import { JobTrail } from './job-trail.js';
import type { Request } from './network.js';
import type { Answer } from './simulated-farm.js';

export interface AuditLine {
  id: string;
  actor: string;
  action: string;
  subject: string;
  detail: Record<string, unknown>;
}

/** Part of a lease's time that its worker must have been silent for before it ends: a jump of the farm's clock by less than half a lease is not noticed. */
const leastSilence = 0.5;

/**
 * Holds the farm to what it promises, after every event: from its tables and its audit log, read past the program, and from what benches were told.
 * It knows the promises, not how the farm keeps them.
 */
export class Watcher {
  readonly violations: string[] = [];
  readonly actions = new Map<string, number>();
  /** Whether attempts wait. */
  isWorkWaiting = false;
  /** Whether any lease is open. */
  isAnyHeld = false;
  /** Whether the audit log has grown since this was set to false. */
  hasNews = false;
  private lastLine = '0';
  private readonly trails = new Map<string, JobTrail>();
  /** Newest lease of each device, device of each lease, and when the holder was last heard of, virtual milliseconds. */
  private readonly newest = new Map<string, number>();
  private readonly deviceOf = new Map<number, string>();
  private readonly heard = new Map<number, number>();
  private readonly reserved = new Map<string, { fence: number; from: number; seconds: number }>();
  private readonly ended = new Set<number>();
  private readonly outOfService = new Set<string>();
  private readonly draining = new Set<string>();
  private highest = 0;

  constructor(
    private readonly client: pg.Client,
    private readonly leaseSeconds: number,
    private readonly now: () => number,
  ) {}

  private violated(what: string): void {
    this.violations.push(what);
  }

  /** A request and what the farm said. */
  witness = ({ path, body, words, params }: Request, answer: Answer): void => {
    if (answer.kind === 'broken' && !answer.isPlanned)
      this.violated(`the farm failed: ${words}: ${answer.message}`);
    if (answer.kind === 'refused' && path.endsWith('/settle'))
      this.violated(`what a bench delivered was refused: ${words}: ${answer.message.split('\n')[0]}`);
    if (answer.kind !== 'told') return;
    const claimed = path === '/claims' ? (answer.body as { fence: number } | null) : null;
    if (claimed !== null) this.heard.set(claimed.fence, this.now());
    if (path.endsWith('/heartbeat')) {
      const { fence } = body as { fence: number };
      if (this.ended.has(fence))
        this.violated(`lease ${fence} had ended, and its worker was told that it goes on`);
      this.heard.set(fence, this.now());
    }
    if (path.endsWith('/settle'))
      this.settled((params as { id: string }).id, answer.body as { settled: string });
  };

  private readonly answers = new Map<string, string>();
  private settled(attempt: string, { settled }: { settled: string }): void {
    const before = this.answers.get(attempt);
    if (before === undefined) this.answers.set(attempt, settled);
    else if (settled !== 'repeated' && settled !== 'superseded')
      this.violated(`attempt ${attempt} was settled as ${before}, and then again as ${settled}`);
  }

  private granted(device: string, fence: number): void {
    if (fence <= this.highest) this.violated(`fence ${fence} came after ${this.highest}`);
    this.highest = Math.max(this.highest, fence);
    this.newest.set(device, fence);
    this.deviceOf.set(fence, device);
    this.heard.set(fence, this.now());
  }

  private begun(line: AuditLine, trail: JobTrail): void {
    const bench = line.actor.replace(/^bench /, '');
    const { device: name, fence } = line.detail as { device: string; fence: number };
    const device = `${bench}/${name}`;
    trail.begun(line.detail as never);
    if (this.outOfService.has(bench))
      this.violated(`bench ${bench} is in quarantine and got a job: ${line.subject}`);
    if (this.draining.has(bench)) this.violated(`bench ${bench} is draining and got a job: ${line.subject}`);
    if (this.reserved.has(device)) this.violated(`${device} is reserved and got a job: ${line.subject}`);
    this.granted(device, fence);
  }

  private expired(subject: string, attempt: unknown): void {
    const fence = Number(subject.replace(/^lease /, ''));
    this.ended.add(fence);
    if (attempt === null) {
      const device = this.deviceOf.get(fence);
      const reservation = device === undefined ? undefined : this.reserved.get(device);
      if (device === undefined || reservation?.fence !== fence) return;
      this.reserved.delete(device);
      const lasted = (this.now() - reservation.from) / 1000;
      if (lasted < reservation.seconds - this.leaseSeconds * leastSilence)
        this.violated(`${device} was reserved for ${reservation.seconds} s and taken back after ${lasted} s`);
      return;
    }
    const silent = this.now() - (this.heard.get(fence) ?? 0);
    if (silent < this.leaseSeconds * 1000 * leastSilence)
      this.violated(`lease ${fence} expired ${(silent / 1000).toFixed(0)} s after its worker was heard of`);
  }

  private counted(line: AuditLine, trail: JobTrail): void {
    const { fence } = line.detail as { fence: number };
    trail.counted(line.detail as never);
    const device = this.deviceOf.get(fence);
    const newest = device === undefined ? undefined : this.newest.get(device);
    if (newest !== fence)
      this.violated(
        `a run of lease ${fence} was counted, although its device had gone on to lease ${newest}`,
      );
  }

  private read(line: AuditLine): void {
    const { action, subject, detail } = line;
    this.actions.set(action, (this.actions.get(action) ?? 0) + 1);
    const [kind, name] = [subject.slice(0, subject.indexOf(' ')), subject.slice(subject.indexOf(' ') + 1)];
    if (kind === 'job') {
      const trail = this.trails.get(name) ?? new JobTrail(name, what => this.violated(what));
      this.trails.set(name, trail);
      if (action === 'job-begun') this.begun(line, trail);
      else if (action === 'run-counted') this.counted(line, trail);
      else trail.other(action, detail);
      return;
    }
    if (action === 'lease-expired') this.expired(subject, detail.attempt);
    else if (action === 'lease-extended') this.heard.set(Number(name), this.now());
    else if (action === 'reserved') {
      const { fence, seconds } = detail as { fence: number; seconds: number };
      this.reserved.set(name, { fence, seconds, from: this.now() });
      this.granted(name, Number(detail.fence));
    } else if (action === 'given-back') this.reserved.delete(name);
    else if (action === 'quarantined') this.outOfService.add(name);
    else if (action === 'released') this.outOfService.delete(name);
    else if (action === 'draining') this.draining.add(name);
    else if (action === 'in-service') this.draining.delete(name);
  }

  /** Looks at what the last event has left. */
  async look(): Promise<void> {
    const { rows: lines } = await this.client.query<AuditLine>(
      'select id, actor, action, subject, detail from farm.audit where id > $1 order by id',
      [this.lastLine],
    );
    this.lastLine = lines.at(-1)?.id ?? this.lastLine;
    if (lines.length === 0) return;
    for (const line of lines) this.read(line);
    this.hasNews = true;
    const { rows } = await this.client.query<{ waits: boolean; held: boolean }>(
      `select exists (select from farm.attempts where state = 'queued') as waits,
         exists (select from farm.leases where released_at is null) as held`,
    );
    this.isWorkWaiting = rows[0].waits;
    this.isAnyHeld = rows[0].held;
    if (!lines.some(({ action }) => action === 'job-begun' || action === 'reserved')) return;
    /* Without the constraint that forbids it: each open lease against all others of its device that end after it began. */
    const { rows: together } = await this.client.query<{ fence: string; other: string }>(
      `select y.fence, x.fence as other from farm.leases y join farm.leases x on x.device = y.device and x.fence < y.fence
       where y.released_at is null and y.granted_at < coalesce(x.released_at, x.expires_at)`,
    );
    for (const { fence, other } of together)
      this.violated(`leases ${other} and ${fence} of one device overlap`);
  }

  isReserved = (device: string): boolean => this.reserved.has(device);
  isOutOfService = (bench: string): boolean => this.outOfService.has(bench);
  isDraining = (bench: string): boolean => this.draining.has(bench);
  get benchesOutOfService(): string[] {
    return [...this.outOfService];
  }

  get trailCount(): number {
    return this.trails.size;
  }

  /** Jobs that have not ended. */
  open(): string[] {
    return [...this.trails.values()].filter(trail => !trail.hasEnded).map(({ job }) => job);
  }
}
