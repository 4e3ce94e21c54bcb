import { expect } from 'chai';
import { cheapestWithin, type GateEvidence, mostAccurateWithin, runHold } from './keep-bias.js';

/** Big is wrong on window 3 only; the gate's evidence that window w has changed is its strength there. */
const evidence: GateEvidence = {
  truth: Uint8Array.of(0, 0, 0, 1, 1, 1, 2, 2),
  big: Uint8Array.of(0, 0, 0, 0, 1, 1, 2, 2),
  changed: w => [0, 1, 1, 5, 5, 2, 9, 1][w],
  reset: w => w === 0,
};

describe("the choice of a gate's operating point", () => {
  it("should re-emit Big's last label until the evidence exceeds the bias", () => {
    expect(runHold(evidence, 0)).to.deep.equal({ bias: 0, correct: 7, bigRuns: 8, windows: 8 });
    expect(runHold(evidence, 4)).to.deep.equal({ bias: 4, correct: 7, bigRuns: 4, windows: 8 });
    expect(runHold(evidence, 6)).to.deep.equal({ bias: 6, correct: 5, bigRuns: 2, windows: 8 });
  });

  it('should run Big after every reset and ask the gate of the label that is held', () => {
    const asked: number[] = [];
    const point = runHold(
      {
        ...evidence,
        reset: w => w % 4 === 0,
        changed: (_, held) => {
          asked.push(held);
          return 0;
        },
      },
      1,
    );
    expect(point.bigRuns).to.equal(2);
    expect(asked).to.deep.equal([0, 0, 0, 1, 1, 1]);
  });

  it('cheapestWithin should save what it can without losing more than the margin', () => {
    const candidates = [0, 1, 4, 6, 10];
    const strict = cheapestWithin(evidence, candidates, 0);
    expect(strict.chosen.bias).to.equal(4);
    expect(strict.tried.map(({ bias }) => bias)).to.deep.equal(candidates);
    expect(cheapestWithin(evidence, candidates, -0.25).chosen.bias).to.equal(6);
  });

  it('cheapestWithin should fall back to the most accurate point', () => {
    expect(cheapestWithin(evidence, [6, 0, 10], 0.2).chosen.bias).to.equal(0);
  });

  it("mostAccurateWithin should keep Big's share, prefer accuracy, then fewer runs", () => {
    expect(mostAccurateWithin(evidence, [0, 1, 4, 6, 10], 1).chosen.bias).to.equal(4);
    expect(mostAccurateWithin(evidence, [0, 4, 6, 10], 0.25).chosen.bias).to.equal(6);
  });

  it('mostAccurateWithin should fall back to the fewest Big runs', () => {
    expect(mostAccurateWithin(evidence, [0, 4, 6], 0.01).chosen.bias).to.equal(6);
  });
});
