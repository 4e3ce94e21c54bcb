import { expect } from 'chai';
import { quantities, type ScepticResult, sceptic, studyFault } from './sceptic.js';

describe('benches that do what no driver is told', function () {
  this.timeout(240_000);
  const [m4, nearThreshold] = sceptic.loads;
  const study = (name: string, load = m4, cases = 1) => {
    const fault = sceptic.faults.find(other => other.name === name);
    if (fault === undefined) throw new Error(`no fault ${name}`);
    return studyFault('ppk2', load, fault, cases, 42);
  };
  const wrong = (result: ScepticResult) => quantities.filter(name => result.wrong[name] > 0);

  it('should hold the truth of every quantity where nothing is wrong', async () => {
    for (const load of [m4, nearThreshold]) {
      const result = await study('none', load, 3);
      expect(wrong(result), load.name).to.deep.equal([]);
      expect(result.covered.saving).to.equal(3);
    }
  });

  for (const [name, rules] of [
    ['RC 200 us', ['charge']],
    ['RC 1 ms', ['charge', 'settled']],
    ['latency 50 us', ['charge', 'edges']],
    ['back-power 0.1 mA', ['plausible']],
    ['gain +8 %, known load', ['known-load']],
    ['clock +0.5 %', ['clock']],
  ] as const)
    it(`should refuse: ${name}`, async () => {
      const result = await study(name, nearThreshold);
      expect(wrong(result)).to.deep.equal([]);
      expect(Object.keys(result.refused)[0]).to.be.oneOf([...rules]);
    });

  it('should be wrong, and say so, with a gain off by four times its uncertainty and no known load', async () => {
    expect(wrong(await study('gain +8 %'))).to.include('energy');
  });
});
