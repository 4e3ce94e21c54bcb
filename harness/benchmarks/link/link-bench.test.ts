import { expect } from 'chai';
import { scaleWindows } from '../../data/scaling.js';
import { synthesizeWearer } from '../../data/synthetic/data-set.js';
import { GoldenCascade } from '../../model/cascade/golden.js';
import { type Bundle, loadBundle } from '../../model/load.js';
import { packagePath } from '../../package-root.js';
import { benchLink, type LinkBenchOptions, type LinkFigures } from './link-bench.js';

describe('line benchmark on the paced RP2040', () => {
  let bundle: Bundle;
  const windows = 10;
  const naiveWindows = 2;

  before(async () => {
    bundle = await loadBundle(packagePath('fixtures', 'bundles', 'paper'));
  });

  const measure = (options: Partial<LinkBenchOptions>): Promise<LinkFigures> =>
    benchLink({
      bundle,
      strategy: '1B6S',
      level: '133MHz',
      baudRate: 1_000_000,
      hostTurnaroundNs: 0,
      windows,
      naiveWindows,
      ...options,
    });

  it('should get the golden labels both ways, whatever the turnaround, and make the naive client alone pay for it', async function () {
    this.timeout(120_000);
    const set = synthesizeWearer({ split: 'test', order: 'published', windows });
    const scaled = scaleWindows(set, bundle.description.window);
    const golden = new GoldenCascade(bundle, '1B6S');
    const labels = Array.from({ length: windows }, (_, i) => golden.step(scaled.window(i)).label);
    const turnarounds = [0, 1e6, 16e6];
    const figures: LinkFigures[] = [];
    for (const hostTurnaroundNs of turnarounds) figures.push(await measure({ hostTurnaroundNs }));
    for (const one of figures) {
      expect(one.labels).to.deep.equal(labels);
      expect(one.naiveLabels).to.deep.equal(labels.slice(0, naiveWindows));
      expect(one.lineUse).to.be.at.most(1);
      expect(one.resentFrames).to.equal(0);
    }
    // A busy machine keeps the emulated board waiting for its host now and then, hardly in all cases.
    const streamed = (of: (one: LinkFigures) => number) => Math.max(...figures.map(of));
    expect(streamed(one => one.lineUse)).to.be.at.least(0.95);
    const secondsOf = (one: LinkFigures) => 1 / one.naiveWindowsPerSecond;
    turnarounds.forEach((turnaround, i) => {
      const waited = secondsOf(figures[i]) - secondsOf(figures[0]);
      const expected = figures[i].naiveExchangesPerWindow * turnaround * 1e-9;
      expect(waited).to.be.closeTo(expected, 0.02 * expected + 1e-4);
    });
    expect(streamed(one => one.windowsPerSecond) / figures[1].naiveWindowsPerSecond).to.be.above(10);
  });

  it('should send overlapping windows in fewer bytes than whole ones, without losing a byte at a slow clock', async function () {
    this.timeout(120_000);
    const tails = await measure({});
    const whole = await measure({ wholeWindows: true });
    expect(whole.labels).to.deep.equal(tails.labels);
    expect(tails.lineBytesPerWindow).to.be.below(0.6 * whole.lineBytesPerWindow);
    expect(tails.windowsPerSecond).to.be.above(1.6 * whole.windowsPerSecond);
    const slow = await measure({ level: '24MHz' });
    expect(slow.labels).to.deep.equal(tails.labels);
    expect(slow.resentFrames).to.equal(0);
  });
});
