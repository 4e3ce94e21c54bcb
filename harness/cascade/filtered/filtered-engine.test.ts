import { expect } from 'chai';
import type { Bundle } from '../../model/bundle.js';
import { packBundle } from '../../model/pack.js';
import { type CascadeCase, compileCascade, runCascades } from '../cascade-host.js';
import { GoldenCascade, type GoldenStep } from '../golden.js';
import { randomFiltered, randomWindows } from './random-filtered.js';

const board = {
  core: 'm0p',
  levels: [{ name: 'only', millivolts: 1100, hertz: 48_000_000, registers: [1, 2] }],
  flashBytes: 2 ** 20,
  ramArenaBytes: 2 ** 18,
  kernels: 'reference',
} as const;

function caseOf(bundle: Bundle, seed: number, count: number, parameter?: number): CascadeCase {
  const { blob } = packBundle(bundle, board);
  const windows = randomWindows(seed, bundle.description, count);
  return { blob, strategy: 0, parameter, windows, resets: new Set([0, Math.floor(count / 2)]) };
}

function goldenSteps(bundle: Bundle, { windows, resets, parameter }: CascadeCase): GoldenStep[] {
  const golden = new GoldenCascade(bundle, 'little-first', parameter);
  return windows.map((window, i) => {
    if (resets.has(i)) golden.reset();
    return golden.step(window);
  });
}

describe('filtered strategies in C', () => {
  let program = '';
  before(function () {
    this.timeout(60_000);
    program = compileCascade();
  });

  it('should answer as the golden interpreter on thousands of random windows, parameters and networks', function () {
    this.timeout(60_000);
    const cases = Array.from({ length: 160 }, (_, seed) => {
      const bundle = randomFiltered(seed);
      return { bundle, host: caseOf(bundle, seed, 48, seed % 4 === 0 ? seed * 6 : undefined) };
    });
    const results = runCascades(
      program,
      cases.map(({ host }) => host),
    );
    const seen = new Map<string, number>();
    cases.forEach(({ bundle, host }, i) => {
      const expected = goldenSteps(bundle, host);
      expect(results[i].status, bundle.description.name).to.equal(0);
      expect(results[i].steps, bundle.description.name).to.deep.equal(
        expected.map(({ label, big, nets }) => ({ label, big, nets })),
      );
      for (const { nets } of expected) seen.set(String(nets), (seen.get(String(nets)) ?? 0) + 1);
    });
    for (const nets of [0b000, 0b001, 0b010, 0b100, 0b101]) {
      expect(seen.get(String(nets)), `windows with networks ${nets}`).to.be.greaterThan(100);
    }
  });
});
