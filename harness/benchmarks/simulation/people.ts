import type { Random } from '../../data/random.js';
import type { Identity } from '../../farm/store/tokens.js';
import type { Host } from './host.js';
import type { Answer, SimulatedFarm } from './simulated-farm.js';
import type { Timeline } from './timeline.js';
import type { Watcher } from './watcher.js';

const hour = 3_600_000;

/** Who runs the farm: takes devices, brings benches back, cancels jobs. */
export class People {
  constructor(
    private readonly timeline: Timeline,
    private readonly farm: SimulatedFarm,
    private readonly watcher: Watcher,
    private readonly anna: Identity,
    private readonly random: Random,
  ) {}

  private later(delay: number, what: string, ask: () => Promise<Answer>): void {
    this.timeline.after(delay, `anna ${what}`, async () => {
      if (this.farm.isDown) return 'the farm is away';
      const answer = await ask();
      this.watcher.witness({ path: '', words: what } as never, answer);
      return answer.kind === 'refused' ? answer.code : answer.kind;
    });
  }

  private change(delay: number, bench: string, change: 'drain' | 'undrain' | 'quarantine' | 'release'): void {
    this.later(delay, `${change}s ${bench}`, () =>
      this.farm.ask(this.anna, 'POST', `/benches/:bench/${change}`, {
        params: { bench },
        body: { reason: 'as she sees fit' },
      }),
    );
  }

  takesOut(host: Host): void {
    const begins = this.random.integer(0, 3 * hour);
    const change = this.random.uniform() < 0.5 ? 'quarantine' : 'drain';
    this.change(begins, host.name, change);
    if (change === 'drain') this.change(begins + this.random.integer(hour, 12 * hour), host.name, 'undrain');
  }

  reserves(host: Host): void {
    const { random, anna, farm } = this;
    const params = { bench: host.name, device: random.shuffle(host.devices)[0].name };
    const path = '/benches/:bench/devices/:device/reservation';
    const begins = random.integer(0, 4 * hour);
    const seconds = random.integer(600, 12 * 3600);
    this.later(begins, `reserves ${host.name}/${params.device}`, () =>
      farm.ask(anna, 'POST', path, { params, body: { seconds } }),
    );
    if (random.uniform() < 0.6)
      this.later(
        begins + random.integer(0, 2 * seconds) * 1000,
        `gives ${host.name}/${params.device} back`,
        () => farm.ask(anna, 'DELETE', path, { params }),
      );
  }

  cancels(job: string): void {
    this.later(this.random.integer(0, 6 * hour), `cancels ${job}`, () =>
      this.farm.ask(this.anna, 'POST', '/jobs/:id/cancel', { params: { id: job } }),
    );
  }

  /** Looks after what is out of service, and brings it back. */
  releasesAll(hosts: readonly Host[]): void {
    for (const host of hosts) {
      if (!this.watcher.isOutOfService(host.name)) continue;
      host.isIll = false;
      this.change(0, host.name, 'release');
    }
  }

  /** Leaves nothing behind at the end. */
  tidiesUp(hosts: readonly Host[]): void {
    this.releasesAll(hosts);
    for (const host of hosts) {
      if (this.watcher.isDraining(host.name)) this.change(0, host.name, 'undrain');
      for (const { name: device } of host.devices)
        if (this.watcher.isReserved(`${host.name}/${device}`))
          this.later(0, `gives ${host.name}/${device} back`, () =>
            this.farm.ask(this.anna, 'DELETE', '/benches/:bench/devices/:device/reservation', {
              params: { bench: host.name, device },
            }),
          );
    }
  }
}
