import { expect } from 'chai';
import type { BlockKey } from '../../library/index.js';
import { durationText, TimeLeftEstimate, timeLeftText } from './time-left.js';

const key = (strategy: string, level = '133MHz'): BlockKey => ({
  board: 'rp2040',
  chip: 'rp2040',
  level: { name: level, mV: 1100, Hz: 133e6 },
  bundle: 'paper',
  strategy,
});

describe('the time left', () => {
  let seconds = 0;
  const queue = [key('big-only'), key('1B6S'), key('big-only'), key('1B6S')];
  const make = () => {
    seconds = 0;
    return new TimeLeftEstimate(queue, 100, () => seconds);
  };
  const block = (estimate: TimeLeftEstimate, position: number, takes: number) => {
    estimate.begin(position);
    seconds += takes;
    estimate.advance(position, 100);
    estimate.end(position);
  };

  it('is not known before there is anything to go by', () => {
    const estimate = make();
    expect(estimate.left()).to.equal(undefined);
    estimate.begin(0);
    seconds += 50;
    estimate.advance(0, 9);
    expect(estimate.left()).to.equal(undefined);
    expect(timeLeftText(undefined)).to.equal('time left is not known yet');
  });

  it('follows the pace of the first block, then what blocks of the same kind took', () => {
    const estimate = make();
    estimate.begin(0);
    seconds += 10;
    estimate.advance(0, 25);
    expect(estimate.left()).to.deep.equal({
      seconds: 150,
      low: 150,
      high: 150,
      base: 'from the windows so far',
    });
    seconds += 30;
    estimate.advance(0, 75);
    estimate.end(0);
    block(estimate, 1, 8);
    expect(estimate.left()).to.deep.equal({ seconds: 48, low: 48, high: 48, base: 'from 2 blocks done' });
  });

  it('says how far blocks of a kind differ, and shares the work of those under way', () => {
    const estimate = make();
    block(estimate, 0, 40);
    block(estimate, 2, 20);
    expect(timeLeftText(estimate.left())).to.equal(
      'about 1 min left (40 s to 1 min 20 s, from 2 blocks done)',
    );
    estimate.begin(1);
    estimate.begin(3);
    expect(estimate.left()?.seconds).to.equal(30);
  });

  it('begins a block anew that is repeated', () => {
    const estimate = make();
    estimate.begin(0);
    seconds += 10;
    estimate.advance(0, 50);
    estimate.begin(0);
    expect(estimate.left()).to.equal(undefined);
  });

  it('is written in words that people use', () => {
    expect([0.2, 59, 60, 200, 3600, 3900].map(durationText)).to.deep.equal([
      '1 s',
      '59 s',
      '1 min',
      '3 min 20 s',
      '1 h',
      '1 h 5 min',
    ]);
  });
});
