import { expect } from 'chai';
import { checkBoard } from '../../library/board/check.js';

describe('the check of what a board draws', function () {
  this.timeout(600_000);

  it('finds an rp2040 asleep under marker 00, in the mean over time of samples that are not equally long', async () => {
    const { findings } = await checkBoard('rp2040', {
      only: ['supply'],
      windows: 2,
      bundles: ['littlefirst:little-first-b'],
      meter: 'direct',
    });
    const { verdict, seen } = findings.find(({ check }) => check === 'supply')!;
    expect(verdict, seen).to.equal('pass');
    const [, asleep] = /^(\S+) uA at 00/.exec(seen)!;
    expect(Number(asleep), seen).to.be.within(280, 2000);
  });
});
