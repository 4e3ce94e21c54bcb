import { expect } from 'chai';
import { quantities, type ScepticResult, studyFault } from './sceptic.js';
import { faultsOf, loads, type ScepticMeter } from './sceptic-faults.js';

describe('benches that do what no driver is told', function () {
  this.timeout(240_000);
  const [m4, nearThreshold] = loads;
  const study = (name: string, load = m4, cases = 1, meter: ScepticMeter = 'ppk2', from = 0) => {
    const fault = faultsOf(meter).find(other => other.name === name);
    if (fault === undefined) throw new Error(`no fault ${name}`);
    return studyFault(meter, load, fault, cases, 42, from);
  };
  const wrong = (result: ScepticResult) => quantities.filter(name => result.wrong[name] > 0);

  for (const meter of ['ppk2', 'lpm01a'] as const)
    it(`should hold the truth of every quantity where nothing is wrong: ${meter}`, async () => {
      for (const load of loads) {
        const result = await study('none', load, 3, meter);
        expect(wrong(result), load.name).to.deep.equal([]);
        expect(result.covered.saving, JSON.stringify(result.refused)).to.equal(3);
      }
    });

  it('should not be wrong in any gross fault that a known load or the method can see', async () => {
    for (const meter of ['ppk2', 'lpm01a'] as const)
      for (const fault of faultsOf(meter).filter(one => one.isWithin !== true && one.knownLoad !== 'none')) {
        const result = await study(fault.name, nearThreshold, 1, meter);
        expect(wrong(result), `${meter}, ${fault.name}`).to.deep.equal([]);
      }
  });

  for (const [name, rules] of [
    ['RC 200 us', ['marker-delay', 'charge']],
    ['RC 1 ms', ['marker-delay', 'charge', 'settled']],
    ['latency 50 us', ['marker-delay', 'charge']],
    ['range-up lag 100 us', ['marker-delay']],
    ['back-power 0.1 mA', ['plausible', 'saturation']],
    ['gain +8 %, known load', ['known-load']],
    ['clock +0.5 %', ['clock']],
  ] as const)
    it(`should refuse: ${name}`, async () => {
      for (const meter of ['ppk2', 'lpm01a'] as const) {
        const result = await study(name, nearThreshold, 1, meter);
        expect(wrong(result)).to.deep.equal([]);
        expect(Object.keys(result.refused)[0], meter).to.be.oneOf([...rules]);
      }
    });

  it('should refuse an offset of three standard deviations, which only two known loads together show', async () => {
    for (const from of [17, 46]) {
      const result = await study('sag, 5 ohm', nearThreshold, 1, 'lpm01a', from);
      expect(wrong(result)).to.deep.equal([]);
      expect(result.refused).to.deep.equal({ 'known-load': 1 });
    }
  });

  it('should be wrong, and say so, with a gain off by four times its uncertainty and no known load', async () => {
    expect(wrong(await study('gain +8 %, no known load'))).to.include('energy');
  });
});
