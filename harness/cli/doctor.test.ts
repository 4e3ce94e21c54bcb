import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { TestBench } from '../testing/bench/test-bench.js';
import { littlefirst } from '../testing/cli.js';

describe('littlefirst doctor', function () {
  this.timeout(60_000);
  let bench: TestBench;
  before(async () => {
    bench = await TestBench.make();
  });
  after(() => bench.remove());

  async function doctor(...args: string[]): Promise<{ code: number; out: string }> {
    const { code, text } = await littlefirst(bench.folder, 'doctor', ...args);
    return { code, out: text };
  }

  it('says of each bench file that it is asked about whether it would work, and how to mend it', async () => {
    const good = await doctor('bench.yaml');
    expect(good.code, good.out).to.equal(0);
    expect(good.out).to.match(/ok +bench\.yaml: would work: rp2040 at emulated:/);
    await writeFile(
      join(bench.folder, 'real.yaml'),
      `schema: littlefirst.bench/1
name: real
board: rp2040
bundles: [bundle]
data: { set: synthetic }
device: { serialNumber: no-such-board }
flasher: none
meter: { driver: none }
`,
    );
    const real = await doctor('real.yaml');
    expect(real.code).to.equal(3);
    expect(real.out).to.match(
      /absent +real\.yaml: The board is not connected[\s\S]*no-such-board[\s\S]*fix: check cable/,
    );
  });

  it('gives everything as JSON, shipped benches too', async () => {
    const list = JSON.parse((await doctor('--json')).out) as {
      area: string;
      what: string;
      ok: boolean;
      fix?: string;
    }[];
    const benches = list.filter(({ area }) => area === 'bench');
    expect(benches.map(({ what }) => what)).to.include.members(['default.yaml', 'paper.yaml']);
    expect(benches.find(({ what }) => what === 'default.yaml')?.ok).to.equal(true);
    for (const { ok, fix, what } of list) if (!ok) expect(fix, what).to.be.a('string');
  });
});
