import { expect } from 'chai';
import { TestBench } from '../testing/bench/test-bench.js';
import { messageOf } from '../testing/failure.js';
import { FaultCampaigns, type Outcome } from '../testing/faults/campaigns.js';
import { loadBench } from './bench/load.js';
import { prepareBench } from './bench/prepare.js';

describe('faults of a bench file', function () {
  this.timeout(300_000);
  let campaigns: FaultCampaigns;
  before(async () => {
    campaigns = await FaultCampaigns.make();
  });

  const cases: [string, Record<string, unknown>, Outcome[]][] = [
    [
      'frames that are damaged on their way',
      { kind: 'corrupt', direction: 'to-dut', at: 3000, bytes: 5, times: 3 },
      ['mended'],
    ],
    ['answers that vanish', { kind: 'drop', direction: 'to-host', at: 1500, bytes: 90 }, ['mended']],
    ['a cable that is pulled and put back', { kind: 'unplug', at: 1500, bytes: 40 }, ['mended']],
    ['a brown-out', { kind: 'brown-out', at: 1500 }, ['mended']],
    [
      'a board that falls silent after every power cycle',
      { kind: 'mute', at: 600, times: 1000 },
      ['run ended', 'block invalid'],
    ],
  ];
  for (const [name, fault, outcomes] of cases)
    it(`are told, and end in no wrong figure: ${name}`, async () => {
      const result = await campaigns.run({
        kind: name,
        changes: { faults: { line: [fault] }, meter: { driver: 'ppk2' } },
      });
      expect(result.outcome, result.detail).to.be.oneOf(outcomes);
      expect(result.strikes).to.be.greaterThan(0);
    });

  it('are refused of a real board, and where there is no such kind', async () => {
    const real = await TestBench.make({
      link: 'serial:/dev/null',
      meter: { driver: 'none' },
      flasher: 'none',
      faults: { line: [{ kind: 'drop', at: 1 }] },
    });
    expect(await messageOf(loadBench(real.benchFile).then(bench => prepareBench(bench)))).to.match(
      /LF_CONFIG_INVALID.*faults/s,
    );
    await real.remove();
    const odd = await TestBench.make({ faults: { line: [{ kind: 'gremlin', at: 1 }] } });
    expect(await messageOf(loadBench(odd.benchFile))).to.match(/LF_CONFIG_INVALID/);
    await odd.remove();
  });
});
