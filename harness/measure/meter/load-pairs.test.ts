import { expect } from 'chai';
import type { MeasuredLoad } from './calibration.js';
import { pairProblem } from './load-pairs.js';

interface Reading {
  gain?: number;
  offsetAmps?: number;
  range?: number;
  measuredMillivolts?: number;
}

/** A load of a current as a meter with a gain and an offset reads it. */
function reading(
  amps: number,
  { gain = 0, offsetAmps = 0, range, measuredMillivolts }: Reading,
): MeasuredLoad {
  return {
    load: {
      ...{ ohms: 3.3 / amps, toleranceRelative: 1e-3, supplyMillivolts: 3300, seconds: 0.1 },
      ...{ measuredMillivolts, voltageRelative: 3e-4 },
    },
    result: {
      ...{ isPassed: true, expectedAmps: amps, measuredAmps: amps * (1 + gain) + offsetAmps },
      ...{ u95Amps: 1, ownSigmaAmps: 1e-7, noiseSigmaAmps: 1e-9, range, samples: 1000, problems: [] },
      accuracy: {
        ...{ gainRelative: 0.0115, offsetAmps: 1e-7, resolutionAmps: 1e-9, edgeNs: 1000 },
        ...{ linearityRelative: 0.002, voltageRelative: 0.01, clockRelative: 1e-4, source: 'the data sheet' },
      },
    },
  };
}

const pair = (low: Reading, high: Reading = low) => [reading(7e-4, high), reading(1e-5, low)];

describe('two known loads against each other', () => {
  it('should find an offset beyond its own part that the doubt of gain and voltage hides from each of them', () => {
    expect(pairProblem(pair({ offsetAmps: 2.2e-7 }))).to.match(/0\.0100 mA and 0\.700 mA.*0\.217 uA/);
    expect(pairProblem(pair({ offsetAmps: -2.2e-7 }))).to.be.a('string');
    expect(pairProblem(pair({ offsetAmps: 1.8e-7 }))).to.equal(undefined);
  });

  it('should not take one gain, however wrong, for an offset', () => {
    for (const gain of [-0.5, 0.04, 1]) expect(pairProblem(pair({ gain }))).to.equal(undefined);
  });

  it('should find a supply that sags under the higher load', () => {
    expect(pairProblem(pair({}, { gain: -0.03 }))).to.match(/sags/);
  });

  it('should leave each range its own gain, and each voltage its own reading', () => {
    const high = { gain: -0.03, range: 3 };
    expect(pairProblem(pair({ range: 3 }, high))).to.be.a('string');
    expect(pairProblem(pair({ range: 0 }, high))).to.equal(undefined);
    const volts = { measuredMillivolts: 3300 };
    expect(pairProblem(pair({ ...volts, offsetAmps: 2.2e-7 }, volts))).to.be.a('string');
  });

  it('should say nothing of one load, or of two of nearly one current', () => {
    expect(pairProblem([reading(1e-5, { offsetAmps: 1 })])).to.equal(undefined);
    expect(pairProblem([reading(1e-5, { offsetAmps: 1 }), reading(2e-5, {})])).to.equal(undefined);
  });
});
