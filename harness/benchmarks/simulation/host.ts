import type { Random } from '../../data/random.js';
import type { AnnouncedDevice, Spec } from '../../farm/jobs/spec.js';
import type { Identity } from '../../farm/store/tokens.js';
import type { RunRecord } from '../../record/run-record.js';
import type { Network } from './network.js';
import type { Timeline } from './timeline.js';

export interface Failure {
  cause: 'bench' | 'dut' | 'input' | 'cancelled';
  code: string;
  message: string;
}

/** What a bench keeps of an attempt until the farm has taken it. */
export interface Delivery {
  attempt: string;
  fence: number;
  failure?: Failure;
  record?: RunRecord;
}

/** What a run did on a device, as only the bench knows. */
export interface Measured {
  attempt: string;
  fence: number;
  record: RunRecord;
  /** What the farm said of it. */
  settled?: string;
}

/** A worker's process on a host (process.ts). */
export interface HostProcess {
  /** Stopped by a signal, or by a machine that does nothing: it goes on then, virtual milliseconds. */
  asleepUntil: number;
  announce(): void;
  die(): void;
}

/** What a bench shares with the world. */
export interface Surroundings {
  timeline: Timeline;
  network: Network;
  random: Random;
  leaseSeconds: number;
  startProcess: (host: Host) => HostProcess;
  /** How a run on a bench ends; undefined: the bench has no fault and the board answers. */
  measure: (host: Host, spec: Spec, delivery: { attempt: string; fence: number }, began: number) => RunRecord;
  faultOf: (host: Host, isPowerCycled: boolean) => Failure | undefined;
  /** Whether anything waits in the farm, and a call once something does: a claim that finds nothing waits there for it. */
  isWorkWaiting: () => boolean;
  whenWork: (wake: () => void) => void;
}

/** A bench host: it keeps what its processes lose. */
export class Host {
  /** Until when its way to the farm is cut, virtual milliseconds. */
  cutUntil = 0;
  /** By how much its clock is wrong, milliseconds. */
  skew = 0;
  /** Whether its meter fails its known load until a person has looked. */
  isIll = false;
  /** Runs that were not delivered yet: they outlive its processes. */
  readonly spool = new Map<string, Delivery>();
  readonly measured: Measured[] = [];
  /** Who uses a device: the local lock. */
  readonly inUse = new Map<string, HostProcess>();
  process: HostProcess | undefined;

  constructor(
    readonly name: string,
    readonly devices: readonly AnnouncedDevice[],
    readonly identity: Identity,
    readonly world: Surroundings,
  ) {}

  isCut = (): boolean => this.world.timeline.now < this.cutUntil;

  /** Begins another worker process; the one before may be dead, or only asleep. */
  begin(): void {
    this.process = this.world.startProcess(this);
    this.process.announce();
  }

  /** SIGKILL, or a disk that is full at the end of a run: what runs is lost, what was spooled is not. */
  kill(): void {
    this.process?.die();
    this.process = undefined;
  }
}
