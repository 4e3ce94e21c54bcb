import { expect } from 'chai';
import fc from 'fast-check';
import { correctEdge, edgeOffset, type OuterEdge } from './edge-offset.js';

const period = 1e-5;

/** Edges of a block: the current steps `offset` before the marker, at any phase of the sampling. */
function edgesOf(markers: readonly number[], offset: number, noise: readonly number[] = []): OuterEdge[] {
  return markers.map((marker, i) => ({
    step: marker * period - offset + (noise[i] ?? 0) * 1e-8,
    joules: 0,
    seconds: 0,
    count: 5,
    farthest: 0,
    side: 'opening' as const,
    period,
    secondsPerWatt: 1e-6,
    watts: 0.05,
    roughness: { squares: 3 * 2 * (noise.length > 0 ? 1e-4 : 0), count: 3 },
    state: 1,
    straddling: 0.05,
    nearest: 0.05,
    nearestSeconds: 0,
    insideJoules: 0,
    insideSeconds: 0,
  }));
}
const phases = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 6, maxLength: 60 });
const offsets = fc.double({ min: -3e-5, max: 3e-5, noNaN: true });

describe('constant distance of marker edge and current step', () => {
  it('should lie among what all edges allow, whatever their phases', () => {
    fc.assert(
      fc.property(phases, offsets, (markers, offset) => {
        const found = edgeOffset(edgesOf(markers, offset))!;
        const spread = 1 - (Math.max(...markers) - Math.min(...markers));
        expect(Math.abs(found.seconds - offset)).to.be.at.most((spread * period) / 2 + 1e-15);
        expect(found.sigma).to.be.closeTo((spread * period) / Math.sqrt(12), 1e-12);
      }),
    );
  });

  it('should grow certain faster than the root of the number of edges', () => {
    const sigmaOf = (count: number) => {
      const markers = Array.from({ length: count }, (_, i) => (i * 0.618033988749895) % 1);
      return edgeOffset(edgesOf(markers, 2.4e-6))!.sigma;
    };
    expect(sigmaOf(200)).to.be.below(period / Math.sqrt(12 * 200) / 5);
    expect(sigmaOf(200)).to.be.below(sigmaOf(20) / 5);
  });

  it('should allow for noise, and fall back to the mean where the distance is not constant', () => {
    const markers = Array.from({ length: 50 }, (_, i) => (i * 0.618033988749895) % 1);
    const noisy = edgeOffset(
      edgesOf(
        markers,
        2.4e-6,
        markers.map((_, i) => (i % 2 === 0 ? 1 : -1)),
      ),
    )!;
    expect(noisy.seconds).to.be.closeTo(2.4e-6, 1e-8 + 2 * noisy.sigma);
    expect(noisy.sigma).to.be.above(0);
    const wild = edgeOffset(
      edgesOf(
        markers,
        2.4e-6,
        markers.map((_, i) => 600 * Math.sin(i)),
      ),
    )!;
    expect(wild.sigma).to.be.closeTo(period / Math.sqrt(12 * 50), 1e-12);
  });

  it('should say nothing for few edges', () => {
    expect(edgeOffset(edgesOf([0, 0.2, 0.4, 0.6, 0.8], 0))).to.equal(undefined);
  });

  it('should give the window what lies on its side of the marker, and no more than the sample', () => {
    const [edge] = edgesOf([0.3], 1e-6);
    const closing: OuterEdge = { ...edge, side: 'closing' };
    const offset = { seconds: 1e-6, sigma: 0, stepSigma: 0 };
    expect(correctEdge(edge, offset).seconds).to.be.closeTo(7e-6, 1e-15);
    expect(correctEdge(closing, offset).seconds).to.be.closeTo(3e-6, 1e-15);
    expect(correctEdge(closing, offset).joules).to.be.closeTo(3e-6 * 0.05, 1e-18);
    expect(correctEdge(edge, { ...offset, seconds: -1 }).seconds).to.equal(period);
  });
});
