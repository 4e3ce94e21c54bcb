import { expect } from 'chai';
import { Patience, patienceCycles } from './patience.js';

describe('patience with a board that does not rest', () => {
  it('ends for one that is silent, and for one that was served so, until it rests', () => {
    const patience = new Patience();
    expect(patience.isOver(patienceCycles)).to.equal(false);
    expect(patience.isOver(patienceCycles + 1)).to.equal(true);
    patience.spoke(patienceCycles + 1);
    expect(patience.isOver(patienceCycles + 2)).to.equal(false);
    patience.polls();
    expect(patience.isOver(patienceCycles + 2)).to.equal(true);
    patience.rested(patienceCycles + 3);
    expect(patience.isOver(2 * patienceCycles + 3)).to.equal(false);
    patience.rested(0);
    expect(patience.isOver(1)).to.equal(false);
  });

  it('lasts for one that answers at the end of a long batch, so that it does not matter when the host hears it', () => {
    const patience = new Patience();
    const batch = 10 * patienceCycles;
    for (let answered = 0; answered < 80; answered += 1) {
      patience.spoke(batch + answered * 10_000);
      expect(patience.isOver(batch + (answered + 1) * 10_000)).to.equal(false);
    }
  });

  it('ends for one that speaks without end', () => {
    const patience = new Patience();
    let cycles = 0;
    while (!patience.isOver(cycles)) {
      patience.spoke(cycles);
      cycles += patienceCycles / 2;
    }
    expect(cycles / patienceCycles).to.be.within(60, 70);
  });
});
