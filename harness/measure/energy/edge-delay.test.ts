import { expect } from 'chai';
import { delayUncertainty, markerDelay } from './edge-delay.js';

const hertz = 50_000_000;

describe('marker lines against current', () => {
  it('should take the delay from the falling edges, and half of what falling asleep may take with it', () => {
    const delay = markerDelay({ closing: { seconds: 48e-6, sigma: 1e-7, edges: 60 } }, hertz)!;
    expect(delay.seconds).to.be.closeTo(50e-6, 1e-9);
    expect(delay.sigma).to.be.closeTo(Math.hypot(1e-7, 4e-6 / Math.sqrt(12)), 1e-9);
    expect(delay.edges).to.equal(60);
    expect(delay.risesBefore).to.equal(undefined);
  });

  it('should tell waking, before the marker, from a delay of both', () => {
    const closing = { seconds: 48e-6, sigma: 0, edges: 60 };
    const delay = markerDelay({ closing, opening: { seconds: 56e-6, sigma: 0, edges: 60 } }, hertz)!;
    expect(delay.risesBefore).to.be.closeTo(6e-6, 1e-9);
  });

  it('should count a measured delay whole, since it is not corrected for, and else what the driver states', () => {
    const delay = { seconds: -3e-6, sigma: 4e-6, edges: 60 };
    expect(delayUncertainty(delay, { edgeNs: 100 })).to.be.closeTo(5e-6, 1e-12);
    expect(delayUncertainty(undefined, { edgeNs: 100 })).to.be.closeTo(1e-7, 1e-15);
    expect(markerDelay({ opening: { seconds: 0, sigma: 0, edges: 9 } }, hertz)).to.equal(undefined);
  });
});
