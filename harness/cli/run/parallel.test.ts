import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { TestBench } from '../../testing/bench/test-bench.js';
import { littlefirst, Text } from '../../testing/cli.js';
import { main } from '../main.js';

describe('campaigns at the same time', function () {
  this.timeout(600_000);

  it('and an emulated instrument that serves meanwhile leave one another alone', async () => {
    const bench = await TestBench.make({ strategies: ['big-only'], levels: ['48MHz'] });
    const stop = new AbortController();
    const out = new Text();
    const serving = main(
      ['node', 'littlefirst', 'meter', 'emulate', 'ppk2', '--link', 'tcp:0', '--resistor', '1000'],
      { out, err: new Text(), cwd: bench.folder, signal: stop.signal },
    );
    try {
      await out.firstLine;
      const [, address] = / at (\S+);/.exec(out.text) ?? [];
      const check = () =>
        littlefirst(
          bench.folder,
          ...['meter', 'check', '--meter', 'ppk2', '--link', address],
          ...['--resistor', '1000', '--seconds', '0.2'],
        );
      const run = () => littlefirst(bench.folder, 'run', bench.benchFile);
      const [first, during, second] = await Promise.all([run(), check(), run()]);
      const after = await check();
      for (const { code, err } of [first, second, during, after]) expect(code, err).to.equal(0);
      const reports = join(bench.folder, 'reports');
      const names = (await readdir(reports)).filter(name => name !== 'latest');
      expect(names).to.have.length(2);
      for (const name of names) {
        const { blocks } = JSON.parse(await readFile(join(reports, name, 'run.json'), 'utf8'));
        expect(blocks.map(({ valid }: { valid: unknown }) => valid)).to.deep.equal([true]);
      }
      expect(names).to.include(await readlink(join(reports, 'latest')));
    } finally {
      stop.abort();
      expect(await serving).to.equal(0);
      await bench.remove();
    }
  });
});
