import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { lockDevice, waitForDevice } from './lock.js';

describe('the lock of a device', () => {
  const device = { path: `of-this-test-${randomUUID()}` };

  it('is had by one who waits as soon as its holder lets go, and not before', async () => {
    const held = await lockDevice(device);
    let isHad = false;
    const waiting = waitForDevice(device, 60_000).then(lock => {
      isHad = true;
      return lock;
    });
    const refused = await waitForDevice(device, 0).catch(error => error.code);
    expect(refused).to.equal('LF_LINK_BUSY');
    expect(isHad).to.equal(false);
    await held.release();
    await (await waiting).release();
  });

  it('is not waited for once nobody wants it any more', async () => {
    const held = await lockDevice(device);
    const enough = new AbortController();
    const waiting = waitForDevice(device, 60_000, { signal: enough.signal }).catch(error => error.message);
    enough.abort(new Error('enough'));
    expect(await waiting).to.equal('enough');
    await held.release();
  });
});
