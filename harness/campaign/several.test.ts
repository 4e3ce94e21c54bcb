import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse, stringify } from 'yaml';
import { LittlefirstError } from '../errors.js';
import { packagePath } from '../package-root.js';
import { campaignOf } from '../record/campaign-of.js';
import { Journal, readJournal } from '../record/journal/journal.js';
import { prepareCampaign, runCampaign } from '../testing/bench/campaign.js';
import { TestBench } from '../testing/bench/test-bench.js';
import { failure } from '../testing/failure.js';
import { evaluate } from '../verdict/evaluation/evaluate.js';
import { loadBench } from './bench/load.js';
import { prepareBench } from './bench/prepare.js';
import { Campaign } from './campaign.js';
import { checkResumable } from './campaign-record.js';

describe('a campaign over several bundles and DUTs', function () {
  this.timeout(60_000);
  let bench: TestBench;

  /** A second bundle that has only the distance gate, and the RP2040 under another name. */
  before(async () => {
    bench = await TestBench.make();
    const second = join(bench.folder, 'second');
    await cp(join(bench.folder, 'bundle'), second, { recursive: true });
    const bundle = parse(await readFile(join(second, 'bundle.yaml'), 'utf8'));
    bundle.name = 'second';
    bundle.strategies = [{ ...bundle.strategies[2], name: 'own' }];
    await writeFile(join(second, 'bundle.yaml'), stringify(bundle));
    const chip = await readFile(packagePath('fixtures', 'chips', 'rp2040.yaml'), 'utf8');
    const chipFile = join(bench.folder, 'twin.yaml');
    await writeFile(chipFile, chip.replace(/^name: .*$/m, 'name: twin'));
    const { board, levels, ...file } = parse(await readFile(bench.benchFile, 'utf8'));
    const duts = [
      { board, levels: ['133MHz'] },
      { board, chip: chipFile, levels: ['48MHz'] },
    ];
    const changes = { bundles: ['bundle', 'second'], duts, batteries: ['CR2032'] };
    await writeFile(bench.benchFile, stringify({ ...file, ...changes }));
  });
  after(() => bench.remove());

  it('lets each bundle run the strategies that it has', async () => {
    const prepared = await prepareCampaign(bench, { strategies: ['big-only', 'own'] });
    const names = prepared.duts.map(dut => dut.bundles.map(bundle => bundle.strategies));
    expect(names).to.deep.equal([
      [['big-only'], ['own']],
      [['big-only'], ['own']],
    ]);
    const all = await prepareCampaign(bench);
    expect(all.duts[0].bundles.map(bundle => bundle.strategies)).to.deep.equal([
      ['big-only', '1B6S', '1BDD'],
      ['own'],
    ]);
  });

  it('refuses image and bundle on a chip that could not hold them', async () => {
    const small = join(bench.folder, 'small.yaml');
    const chip = parse(await readFile(packagePath('fixtures', 'chips', 'rp2040.yaml'), 'utf8'));
    chip.memory.flashBytes.value = 32768;
    await writeFile(small, stringify(chip));
    const resolved = await loadBench(bench.benchFile, { chip: small, board: 'rp2040' });
    const error = await failure(prepareBench(resolved), 'LF_BUNDLE_TOO_LARGE');
    expect(error.message).to.include('at most 32768 bytes of flash');
  });

  it('refuses a strategy that no bundle has, and names all', async () => {
    const resolved = await loadBench(bench.benchFile, { strategies: ['big-only', '9B'] });
    const error = await failure(prepareBench(resolved), 'LF_UNKNOWN_STRATEGY');
    expect(error.message).to.match(/"9B"[\s\S]*1B6S, 1BDD; second: own/);
  });

  it('refuses a DUT that is named twice, and several behind one link', async () => {
    const resolved = await loadBench(bench.benchFile);
    const refusal = async (changes: Partial<typeof resolved>): Promise<string> =>
      prepareBench({ ...resolved, ...changes }).then(
        () => 'accepted',
        (reason: unknown) => `${(reason as LittlefirstError).code} ${(reason as LittlefirstError).message}`,
      );
    expect(await refusal({ duts: [{ board: 'rp2040' }, { board: 'rp2040' }] })).to.match(
      /^LF_CONFIG_INVALID.*twice/,
    );
    expect(await refusal({ link: 'tcp:localhost:1' })).to.match(/^LF_CONFIG_INVALID.*several DUTs/);
  });

  it('is one journal: stopped on the first DUT and resumed, every block is there once, with its own chip', async () => {
    const prepared = await prepareCampaign(bench, { strategies: ['big-only', 'own'] });
    const stop = new AbortController();
    const onBlockEnd = () => stop.abort(new LittlefirstError('LF_INTERRUPTED', 'stopped in a test'));
    const options = { signal: stop.signal, onBlockEnd };
    const { folder, error } = await runCampaign(bench, options, prepared);
    expect(error?.code).to.equal('LF_INTERRUPTED');

    const resumed = await Journal.resume(folder);
    checkResumable(resumed.records, prepared);
    await new Campaign(prepared, { id: 'several', journal: resumed.journal, earlier: resumed.records }).run();
    resumed.journal.close();

    const records = await readJournal(folder);
    const { provenance, batteries } = campaignOf(records);
    expect(provenance.firmware.map(({ board }) => board)).to.deep.equal(['rp2040']);
    expect(provenance.chip.map(({ name }) => name)).to.deep.equal(['rp2040', 'twin']);
    expect(batteries?.map(({ name }) => name)).to.deep.equal(['CR2032']);
    const record = evaluate(records);
    expect(
      record.blocks.map(block => [block.chip, block.level.name, block.bundle, block.strategy]),
    ).to.deep.equal([
      ['rp2040', '133MHz', 'small', 'big-only'],
      ['rp2040', '133MHz', 'second', 'own'],
      ['twin', '48MHz', 'small', 'big-only'],
      ['twin', '48MHz', 'second', 'own'],
    ]);
    for (const block of record.blocks) {
      expect([block.valid, block.goldenMismatches, block.windows]).to.deep.equal([true, 0, 40]);
      expect(block.savingVsBigOnly?.energy).to.be.a('number');
      expect(block.batteryDays).to.have.all.keys('CR2032');
    }
  });
});
