import { type Check, fail, pass, skip } from './finding.js';

export const restart: Check = {
  name: 'restart',
  title: 'starts anew from its reset pin, says so, and gives no reason that is not there',
  look: 'port_reset_reason: 0 after power and pin; sticky flags of earlier starts must be cleared once they are read; port_init must not need a clean past',
  run: async ({ client, dut }) => {
    if (dut.restart === undefined && dut.power === undefined)
      return skip('this bench can neither reset nor power the board: give it a flasher or a power switch');
    const before = await client.id(client.nonce());
    if (before.resetReason !== undefined)
      return fail(`after it was flashed it says that it was restarted by "${before.resetReason}"`);
    for (let i = 0; i < 2; i++) {
      if (dut.restart !== undefined) await dut.restart();
      else await dut.power?.cycle();
      const after = await dut.client.sync();
      if (after.since === before.since) return fail('it answers as if it had not been restarted');
      if (after.resetReason !== undefined)
        return fail(`after the reset pin it says that it was restarted by "${after.resetReason}"`);
    }
    return pass('twice, without a reason of its own');
  },
};
