// A campaign in one's own Mocha suite: `npx mocha mocha.test.js`.
import * as chai from 'chai';
import { littlefirstChai, pendingIfInconclusive, useRun } from 'littlefirst/mocha';

chai.use(littlefirstChai);
const { expect } = chai;

const cascade = { level: '48MHz', bundle: 'little-first-a', strategy: 'little-first' };

describe('my cascade', () => {
  const run = useRun({ windows: 80, levels: ['48MHz'], out: 'mocha-run' });

  it('answers as the golden interpreter does', () => {
    for (const block of run().record.blocks) expect(block).to.have.goldenAnswers;
  });

  it('saves most of the energy', () => {
    expect(run()).block(cascade).to.saveEnergy(0.8).versus('big-only');
  });

  it('is fast enough', () => {
    expect(run()).block(cascade).to.answerWithinMilliseconds(100);
  });

  it(
    'is accurate, as far as these windows can tell',
    pendingIfInconclusive(() => {
      expect(run()).block(cascade).to.reachAccuracy(0.5);
    }),
  );
});
