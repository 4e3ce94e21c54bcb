import { expect } from 'chai';
import { packagePath } from '../../package-root.js';
import { type BenchOverrides, loadBench } from '../bench/load.js';
import { prepareBench } from '../bench/prepare.js';
import { guardOf } from './guard.js';

const file = packagePath('fixtures', 'benches', 'default.yaml');

/** Guards of the default bench by level and strategy. */
async function guards(overrides: BenchOverrides, change: object = {}) {
  const { duts } = await prepareBench({
    ...(await loadBench(file, { windows: 6, ...overrides })),
    ...change,
  });
  const [dut] = duts;
  return dut.bundles.flatMap((bundle, b) =>
    bundle.strategies.flatMap(strategy =>
      dut.levels.map(level => guardOf(dut, { level, bundle: b, strategy })),
    ),
  );
}

describe('guard', function () {
  this.timeout(60_000);

  it('is longer beside short windows where the meter changes its range at each of their edges', async () => {
    for (const board of ['rp2040', 'nrf52840']) {
      const some = await guards({ board });
      expect(Math.min(...some), board).to.equal(100);
      expect(Math.max(...some), board).to.be.within(101, 1100);
    }
  });

  it('is what the bench says, and the usual one for meters of one range', async () => {
    expect(new Set(await guards({ board: 'nrf52840' }, { guardMicroseconds: 250 }))).to.deep.equal(
      new Set([250]),
    );
    const ideal = await guards({ board: 'nrf52840' }, { meter: { driver: 'direct' } });
    expect(new Set(ideal)).to.deep.equal(new Set([100]));
  });
});
