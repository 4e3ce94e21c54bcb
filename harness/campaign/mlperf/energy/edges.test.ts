import { expect } from 'chai';
import type { SampleChunk } from '../../../measure/meter/meter.js';
import { areaUnderCurve } from '../../../verdict/evaluation/roc.js';
import { EdgeIntegrator } from './edges.js';
import { energyTerms } from './terms.js';

const periodNs = 1e6;

/** One millisecond a sample, amperes and the level of line 0. */
function chunk(startMs: number, samples: [amps: number, level: number][], exactEdges = false): SampleChunk {
  return {
    startNs: startMs * periodNs,
    periodNs,
    current: Float64Array.from(samples, ([amps]) => amps),
    logic: Uint8Array.from(samples, ([, level]) => level),
    exactEdges,
  };
}
const many = (count: number, amps: number, level: number) =>
  Array.from({ length: count }, (): [number, number] => [amps, level]);

describe('energy between time stamps', () => {
  const options = { line: 0, edge: 'falling', supplyVolts: 2 } as const;

  it('integrates between the last two falling edges, whatever came before', () => {
    const edges = new EdgeIntegrator(options);
    edges.push(chunk(0, [...many(5, 1, 1), [1, 0], ...many(10, 1, 1)], true));
    edges.push(chunk(16, [[0.5, 0], ...many(99, 0.5, 1), [0.5, 0], ...many(5, 3, 1)], true));
    const window = edges.window();
    expect(edges.edges).to.equal(3);
    expect(window.seconds).to.be.closeTo(0.1, 1e-12);
    expect(window.joules).to.be.closeTo(0.1, 1e-12);
    expect(window.edgeJoulesSigma).to.equal(0);
  });

  it('knows an edge only to a sample where the meter does not cut at it', () => {
    const edges = new EdgeIntegrator(options);
    edges.push(chunk(0, [...many(5, 1, 1), [1, 0], ...many(99, 1, 1), [1, 0]]));
    const window = edges.window();
    expect(window.seconds).to.be.closeTo(0.1, 1e-12);
    expect(window.edgeJoulesSigma).to.be.closeTo((2e-3 * Math.SQRT2) / Math.sqrt(12), 1e-12);
  });

  it('bridges lost time and bad samples, and counts them', () => {
    const edges = new EdgeIntegrator(options);
    edges.push(chunk(0, [...many(5, 1, 1), [1, 0], ...many(9, 1, 1)], true));
    edges.push(chunk(25, [[Number.NaN, 1], ...many(4, 1, 1), [1, 0]], true));
    const window = edges.window();
    expect(window.seconds).to.be.closeTo(0.025, 1e-12);
    expect(window.joules).to.be.closeTo(0.05, 1e-12);
    expect(window.bridgedSeconds).to.be.closeTo(0.011, 1e-12);
  });

  it('says so when a time stamp is missing', () => {
    const edges = new EdgeIntegrator({ ...options, line: 1 });
    edges.push(chunk(0, [...many(5, 1, 1), [1, 0]]));
    expect(() => edges.window()).to.throw(/did not see both time stamps/);
  });

  it('gives each term per inference', () => {
    const window = {
      joules: 1,
      seconds: 10,
      edgeJoulesSigma: 0.001,
      bridgedSeconds: 0,
      recordedSeconds: 11,
      tailSeconds: 1,
      inferences: 100,
    };
    const accuracy = {
      gainRelative: 0.01,
      offsetAmps: 1e-6,
      resolutionAmps: 0,
      edgeNs: 1000,
      voltageRelative: 0,
      clockRelative: 0,
      source: 'test',
    };
    const status = {
      samples: 10,
      lostSamples: 0,
      saturatedSamples: 0,
      overcurrent: false,
      rangeSwitches: 0,
      problems: [],
    };
    const terms = energyTerms([window, { ...window, joules: 1.1 }], accuracy, [status, status], 3);
    const of = (name: string) => terms.find(({ term }) => term === name)!.microjoules;
    expect(of('gain')).to.be.closeTo(105, 1e-9);
    expect(of('offset')).to.be.closeTo(0.3, 1e-9);
    expect(of('edge timing')).to.be.closeTo(10, 1e-9);
    expect(of('repeatability')).to.be.closeTo(500, 1e-6);
  });
});

describe('area under the ROC curve', () => {
  it('is the share of rightly ordered pairs', () => {
    expect(areaUnderCurve([1, 2, 3, 4], [false, false, true, true])).to.equal(1);
    expect(areaUnderCurve([1, 2, 3, 4], [false, true, false, true])).to.equal(0.75);
    expect(areaUnderCurve([1, 1, 1, 1], [false, true, false, true])).to.equal(0.5);
    expect(areaUnderCurve([1, 2], [true, true])).to.equal(null);
  });
});
