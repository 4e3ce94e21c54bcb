import { expect } from 'chai';
import { causeOf, decide } from './causes.js';

describe('what follows a failed attempt', () => {
  it('is told by who must act on the error', () => {
    expect(causeOf('LF_LINK_LOST')).to.equal('bench');
    expect(causeOf('LF_METER_LOSS')).to.equal('bench');
    expect(causeOf('LF_DUT_TIMEOUT')).to.equal('dut');
    expect(causeOf('LF_UNKNOWN_LEVEL')).to.equal('input');
    expect(causeOf('LF_OF_A_LATER_VERSION')).to.equal('bench');
    expect(causeOf('toString')).to.equal('bench');
  });

  it('is another bench after a fault of one, three times at most', () => {
    const one = { cause: 'bench', bench: 'a' } as const;
    expect(decide([one], true)).to.deep.include({ retry: true, excluded: ['a'] });
    expect(decide([one], false)).to.deep.include({ retry: true, excluded: [] });
    expect(decide([one, { ...one, bench: 'b' }], true)).to.deep.include({ excluded: ['a', 'b'] });
    expect(decide([one, one, one], true).retry).to.equal(false);
  });

  it('is one cold start after a fault of the board', () => {
    const one = { cause: 'dut', bench: 'a' } as const;
    expect(decide([one], true)).to.deep.include({ retry: true, isPowerCycled: true });
    expect(decide([one, { cause: 'bench', bench: 'a' }, one], true).retry).to.equal(false);
  });

  it('is nothing after a job that no bench can do, or that was cancelled', () => {
    expect(decide([{ cause: 'input', bench: 'a' }], true).retry).to.equal(false);
    expect(decide([{ cause: 'cancelled', bench: 'a' }], true).retry).to.equal(false);
  });
});
