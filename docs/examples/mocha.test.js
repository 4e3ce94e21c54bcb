// With `LITTLEFIRST_RUN=library-run npx mocha --require littlefirst/mocha mocha.test.js` the tests share one run.
import * as chai from 'chai';
import { currentRun, Inconclusive, littlefirstChai } from 'littlefirst/mocha';

chai.use(littlefirstChai);
const { expect } = chai;

describe('the run of this suite', () => {
  it('is valid in every block of the paper', () => {
    const blocks = currentRun().record.blocks.filter(({ bundle }) => bundle === 'paper');
    for (const block of blocks) expect(block).to.be.validBlock;
  });

  it('tells what it cannot decide from what it failed', () => {
    const [{ board, chip, level, bundle, strategy, accuracy }] = currentRun().record.blocks;
    const selector = { board, chip, level: level.name, bundle, strategy };
    expect(() => expect(currentRun()).block(selector).to.reachAccuracy(accuracy)).to.throw(
      Inconclusive,
      /the limit lies inside the 95 % interval/,
    );
  });
});
