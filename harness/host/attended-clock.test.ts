import { MessageChannel } from 'node:worker_threads';
import { expect } from 'chai';
import { AttendedClock, afterAttended, lookMilliseconds, pause } from './attended-clock.js';

/** A host whose time and scheduling a test decides. */
class Host {
  at = 0;
  readonly delays = new Map<string, number>([['worker', 500]]);
  readonly clock = new AttendedClock({ monotonic: () => this.at, runDelays: () => new Map(this.delays) });

  pass(milliseconds: number): number {
    this.at += milliseconds;
    return this.clock.now();
  }
}

describe('the attended clock', () => {
  it('is the monotonic clock on an idle host', () => {
    const host = new Host();
    for (let i = 1; i <= 50; i += 1) expect(host.pass(100)).to.equal(i * 100);
    expect(host.clock.withheld).to.equal(0);
  });

  it('stands still while the event loop is not served', () => {
    const host = new Host();
    expect(host.pass(100)).to.equal(100);
    expect(host.pass(60_000)).to.be.lessThan(1_100);
    expect(host.clock.withheld).to.be.greaterThan(58_000);
  });

  it('stands still while a thread of the harness waits for a processor', () => {
    const host = new Host();
    for (let i = 0; i < 160; i += 1) {
      host.delays.set('worker', (host.delays.get('worker') as number) + 93.75);
      host.pass(100);
    }
    expect(host.clock.now()).to.be.within(990, 1_010);
  });

  it('takes the delay of the thread that is worst off, and none that it has not seen begin', () => {
    const host = new Host();
    host.delays.set('new', 1e9);
    expect(host.pass(100)).to.equal(100);
    host.delays.set('new', 1e9 + 30);
    host.delays.set('worker', 560);
    expect(host.pass(100)).to.equal(140);
  });

  it('never decreases and never stops for good, whatever the system says', () => {
    const host = new Host();
    let last = 0;
    for (const delay of [Number.NaN, -1e9, 1e12, 0, 5, 1e12]) {
      host.delays.set('worker', delay);
      for (const step of [1, 0, 19, 20, 100, 3_000]) {
        const now = host.pass(step);
        expect(now).to.be.at.least(last);
        last = now;
      }
    }
    const before = host.clock.now();
    for (let i = 0; i < 640; i += 1) {
      host.delays.set('worker', host.at + 1e13 + i * 1e6);
      host.pass(100);
    }
    expect(host.clock.now() - before).to.be.at.least(900);
  });

  it('acts after what arrived while the loop was blocked', async () => {
    const order: string[] = [];
    const { port1, port2 } = new MessageChannel();
    port1.on('message', () => order.push('message'));
    await new Promise<void>(resolve => {
      afterAttended(() => {
        order.push('budget');
        resolve();
      }, 1);
      port2.postMessage(1);
      const end = performance.now() + 3 * lookMilliseconds;
      while (performance.now() < end);
    });
    port1.close();
    expect(order).to.deep.equal(['message', 'budget']);
  });

  it('pauses, and ends a pause early when it is cancelled', async () => {
    await pause(5);
    const controller = new AbortController();
    const long = pause(3_600_000, controller.signal).catch((reason: unknown) => reason);
    controller.abort('enough');
    expect(await long).to.equal('enough');
    expect(await pause(1, controller.signal).catch((reason: unknown) => reason)).to.equal('enough');
  });
});
