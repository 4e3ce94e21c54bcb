import { expect } from 'chai';
import { emulatedBench, patched, thumb } from '../../testing/boards/patched.js';
import { checkConformance } from './run.js';

describe('the check of a watchdog', () => {
  it('finds a port that forgets why it was restarted', async () => {
    const forgetful = await patched(await emulatedBench('rp2040'), 'port_reset_reason', thumb.zero);
    const findings = await checkConformance(forgetful, { only: ['watchdog'] });
    expect(findings.map(({ check, verdict, seen }) => [check, verdict, seen]).slice(1)).to.deep.equal([
      ['watchdog', 'fail', 'its core hung, then it said no reason'],
    ]);
  }).timeout(600_000);
});
