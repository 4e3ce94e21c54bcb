import { expect } from 'chai';
import { stallMilliseconds } from '../../host/budget.js';
import { Deadline } from './budgets.js';

describe('Deadline', () => {
  it('counts the host clock for a real board', () => {
    let host = 0;
    const deadline = new Deadline('stream', 1000, undefined, () => host);
    host = 999;
    expect(deadline.remaining()).to.equal(1);
    host = 1001;
    expect(deadline.remaining()).to.equal(0);
  });

  it('outlasts any slowness of an emulated board that gets on, and ends with its time', () => {
    let host = 0;
    let board = 5000;
    const deadline = new Deadline(
      'stream',
      1000,
      () => board,
      () => host,
    );
    for (let step = 1; step < 100; step += 1) {
      host += stallMilliseconds / 40;
      board += 10;
      expect(deadline.remaining(), `after ${host} ms`).to.be.greaterThan(0);
    }
    board += 10;
    expect(deadline.remaining()).to.equal(0);
  });

  it('ends for an emulated board that comes no further', () => {
    let host = 0;
    const deadline = new Deadline(
      'stream',
      60_000,
      () => 1,
      () => host,
    );
    host = stallMilliseconds - 1;
    expect(deadline.remaining()).to.equal(1);
    host = stallMilliseconds;
    expect(deadline.remaining()).to.equal(0);
    const short = new Deadline(
      'stream',
      150,
      () => 1,
      () => host,
    );
    host += 150;
    expect(short.remaining()).to.equal(0);
  });

  it('ends for an emulated board that is asleep but for the ticks of its own clock', () => {
    let host = 0;
    let board = 0;
    const deadline = new Deadline(
      'sync',
      15_000,
      () => board,
      () => host,
    );
    while (host < 15_000) {
      expect(deadline.remaining(), `after ${host} ms`).to.be.greaterThan(0);
      host += 300;
      board += 0.004;
    }
    expect(deadline.remaining()).to.equal(0);
  });
});
