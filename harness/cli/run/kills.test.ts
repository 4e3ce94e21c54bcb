import { expect } from 'chai';
import { TestBench } from '../../testing/bench/test-bench.js';
import { program } from '../../testing/child.js';
import { KillBench } from '../../testing/faults/kills.js';

describe('a run that is ended and gone on with', function () {
  this.timeout(600_000);
  let bench: TestBench;
  let kills: KillBench;
  before(async () => {
    bench = await TestBench.make({ strategies: ['big-only', '1BDD'], meter: { driver: 'direct' } });
    kills = await KillBench.make(program, bench);
  });
  after(() => bench.remove());

  /* `npm run campaign:kills` takes many more instants, signals and benches. */
  for (const [signal, share] of [
    ['SIGKILL', 0.6],
    ['SIGHUP', 0.7],
  ] as const)
    it(`by ${signal} after ${share * 100} % of its time has the record of one that was not, and leaves nothing`, async () => {
      expect((await kills.kill(signal, share)).problems).to.deep.equal([]);
    });
});
