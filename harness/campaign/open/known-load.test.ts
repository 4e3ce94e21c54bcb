import { existsSync, watch } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { makeTemporaryFolder, removeTemporaryFolder } from '../../host/temporary-folder.js';
import { openPpk2 } from '../../testing/instruments/benches.js';
import { knownLoadSchema } from '../bench/meter-schema.js';
import { checkKnownLoad, commandFixture } from './known-load.js';

describe('the known-load check of a real bench', () => {
  let folder: string;
  beforeEach(() => {
    folder = makeTemporaryFolder('relay-');
  });
  afterEach(() => removeTemporaryFolder(folder));

  /** A relay whose commands leave a file each; `then` is what its connect does afterwards. */
  const relay = (then = '') => {
    const words = (name: string, more = '') => [
      process.execPath,
      '-e',
      `require('node:fs').writeFileSync(process.argv[1], ''); ${more}`,
      join(folder, name),
    ];
    return knownLoadSchema.parse({
      ohms: 330,
      tolerance: 0.001,
      seconds: 60,
      connect: words('connected', then),
      disconnect: words('disconnected'),
    });
  };

  /** Aborts when the relay was connected. */
  const whenConnected = () => {
    const stop = new AbortController();
    const watcher = watch(folder, () => {
      if (!existsSync(join(folder, 'connected'))) return;
      watcher.close();
      stop.abort(new Error('enough'));
    });
    return stop.signal;
  };

  for (const [what, then] of [
    ['measures', ''],
    ['waits for a command that hangs', 'setInterval(() => undefined, 1000);'],
  ])
    it(`is ended while it ${what}, and leaves the DUT on a meter at rest`, async () => {
      const { source, meter } = openPpk2({});
      const choice = relay(then);
      const check = checkKnownLoad(
        meter,
        choice,
        { supplyMillivolts: 3300 },
        commandFixture(choice),
        whenConnected(),
      );
      const error = await check.catch((reason: unknown) => reason);
      expect(String(error)).to.equal('Error: enough');
      expect(existsSync(join(folder, 'disconnected'))).to.equal(true);
      /* A meter that still measures would refuse this. */
      await meter.configure({ supplyMillivolts: 1800 });
      await meter.start(() => undefined);
      source.play([{ amps: 1e-3, marker: 0, seconds: 0.01 }]);
      expect((await meter.stop()).samples).to.be.above(0);
      await meter.close();
    });
});
