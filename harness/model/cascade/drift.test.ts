import { expect } from 'chai';
import { LittlefirstError } from '../../errors.js';
import { compileCascade, runCascades } from '../../testing/host/cascade.js';
import { hostBoard } from '../../testing/host/program.js';
import { randomFiltered, randomWindows } from '../../testing/model/random-filtered.js';
import type { FilteredStrategy, HoldStrategy } from '../bundle/schema.js';
import type { Bundle } from '../load.js';
import { packBundle } from '../pack/bundle.js';
import { GoldenCascade, type GoldenStep } from './golden.js';

/** A made-up filtered bundle's features, drift gate and Big as a hold strategy. */
function driftBundle(seed: number, changes: Partial<HoldStrategy> = {}, changeAbove = 0.3): Bundle {
  const bundle = randomFiltered(seed);
  const { features, drift, dynamicAbove } = bundle.description.strategies[0] as FilteredStrategy;
  const strategy: HoldStrategy = {
    ...{ kind: 'hold', name: 'drift', big: 'big' },
    gate: { type: 'drift', features, drift, dynamicAbove, flipChange: seed % 3 === 0 ? 1 : 0.5, changeAbove },
    policy: { hysteresis: 1, refreshEvery: 0, bigCap: 0, bigCapWindow: 47 },
    ...changes,
  };
  return { ...bundle, description: { ...bundle.description, strategies: [strategy] } };
}

function goldenSteps(bundle: Bundle, windows: readonly Int16Array[], parameter?: number): GoldenStep[] {
  const golden = new GoldenCascade(bundle, 'drift', parameter);
  return windows.map(window => golden.step(window));
}

describe('drift gate of hold strategies', () => {
  it('should run Big on the first window, never while nothing changes, and when movement begins', () => {
    const bundle = driftBundle(3);
    const [first] = randomWindows(3, bundle.description, 1);
    const still = first.map((_, i) => 100 * (i % bundle.description.window.channels.length));
    const moving = still.map((value, i) => value + (Math.floor(i / 7) % 2 === 0 ? 9000 : -9000));
    const steps = goldenSteps(bundle, [still, still, still, moving]);
    expect(steps.map(({ path }) => path).join('')).to.equal('bggb');
    expect(steps.map(({ label }) => label).slice(1, 3)).to.deep.equal([steps[0].label, steps[0].label]);
  });

  it('should take its threshold in per mille as the parameter', () => {
    const bundle = driftBundle(5);
    const windows = randomWindows(5, bundle.description, 40);
    const runs = (parameter?: number): number =>
      goldenSteps(bundle, windows, parameter).filter(({ big }) => big === 1).length;
    expect(runs(1000)).to.be.below(runs(0));
    expect(runs(300)).to.equal(runs());
    expect(() => new GoldenCascade(bundle, 'drift', 1001)).to.throw(LittlefirstError, 'out of range');
  });

  it('should answer in C as the golden interpreter does, with policies, parameters and windows that continue', function () {
    this.timeout(60_000);
    const program = compileCascade();
    const cases = Array.from({ length: 60 }, (_, seed) => {
      const policy = { hysteresis: 1 + (seed % 2), refreshEvery: seed % 5 === 0 ? 7 : 0 };
      const caps = { bigCap: seed % 3 === 0 ? 2 : 0, bigCapWindow: 9 };
      const bundle = driftBundle(seed, { policy: { ...policy, ...caps } });
      const windows = randomWindows(seed, bundle.description, 40);
      const continued = new Set<number>();
      windows.forEach((window, i) => {
        if (i % 3 === 0 || bundle.description.window.samples % 2 !== 0) return;
        window.set(windows[i - 1].subarray(window.length / 2), 0);
        continued.add(i);
      });
      const parameter = seed % 4 === 0 ? seed * 6 : undefined;
      return { bundle, windows, continued, parameter };
    });
    const results = runCascades(
      program,
      cases.map(({ bundle, ...rest }) => ({
        ...rest,
        ...{ blob: packBundle(bundle, hostBoard).blob, strategy: 0, resets: new Set<number>() },
      })),
    );
    const paths = { g: 0, b: 0 };
    cases.forEach(({ bundle, windows, parameter }, i) => {
      const expected = goldenSteps(bundle, windows, parameter);
      expect(results[i].status).to.equal(0);
      expect(results[i].steps).to.deep.equal(expected.map(({ label, big, nets }) => ({ label, big, nets })));
      for (const { path } of expected) paths[path]++;
    });
    expect(Math.min(paths.g, paths.b)).to.be.greaterThan(200);
  });
});
