import { expect } from 'chai';
import { Random } from '../data/random.js';
import { ByteQueue } from './byte-queue.js';

describe('ByteQueue', () => {
  it('gives back what came, in whatever pieces', () => {
    const random = new Random(1);
    const queue = new ByteQueue();
    let expected = Buffer.alloc(0);
    for (let i = 0; i < 2_000; i += 1) {
      const bytes = Buffer.from(Array.from({ length: random.integer(0, 60) }, () => random.integer(0, 255)));
      queue.push(bytes);
      expected = Buffer.concat([expected, bytes]);
      const count = random.integer(0, i % 100 === 99 ? expected.length : 60);
      expect(queue.take(count)).to.deep.equal(expected.subarray(0, count));
      expected = expected.subarray(Math.min(count, expected.length));
      expect(queue.view()).to.deep.equal(expected);
    }
  });

  it('finds a mark that came in two pieces, and the next one after that was taken', () => {
    const mark = Buffer.from('\r\n');
    const queue = new ByteQueue();
    queue.push(Buffer.from('ab\r'));
    expect(queue.indexOf(mark)).to.equal(-1);
    queue.push(Buffer.from('\nc\r\n'));
    expect(queue.indexOf(mark)).to.equal(2);
    queue.take(4);
    expect(queue.indexOf(mark)).to.equal(1);
  });
});
