import { expect } from 'chai';
import { LittlefirstError } from '../errors.js';
import { Journal, readJournal } from '../record/journal/journal.js';
import type { JournalRecord } from '../record/journal/records.js';
import { type Measured, measureCampaign, prepareCampaign, runCampaign } from '../testing/bench/campaign.js';
import { TestBench } from '../testing/bench/test-bench.js';
import { evaluate } from '../verdict/evaluation/evaluate.js';
import { replayRun } from '../verdict/replay.js';
import type { PreparedCampaign } from './bench/prepare.js';
import { Campaign, type CampaignOptions } from './campaign.js';
import { planBlocks } from './plan.js';

/** A seed whose order keeps the two strategies that are compared far apart. */
const seed = [...Array(100).keys()].find(candidate => {
  const plan = planBlocks([{ strategies: [['big-only', '1B6S', '1BDD']], levels: 1 }], candidate);
  return plan.map(block => block.strategy).join() === 'big-only,1BDD,1B6S';
});

const orderOf = (records: readonly JournalRecord[]): string[] =>
  records.flatMap(record =>
    record.kind === 'block-start' && record.attempt === 1 ? [`${record.key.strategy} ${record.pass}`] : [],
  );

const savingOf = ({ record }: Measured) => {
  const block = record.blocks.find(({ strategy }) => strategy === '1B6S')!;
  expect(block.valid, String(block.valid)).to.equal(true);
  return block.savingVsBigOnly as { energy: number; u95Meter: number };
};

describe('passes of a campaign', function () {
  this.timeout(240_000);
  const benches: TestBench[] = [];
  let bench: TestBench;

  async function prepare(changes: Record<string, unknown>): Promise<PreparedCampaign> {
    bench = await TestBench.make({
      levels: ['24MHz'],
      data: { set: 'synthetic', windows: 120, seed: 3 },
      ...changes,
    });
    benches.push(bench);
    return prepareCampaign(bench);
  }

  const run = (prepared: PreparedCampaign, options: Partial<CampaignOptions> = {}): Promise<Measured> =>
    measureCampaign(bench, options, prepared);

  after(async () => {
    for (const made of benches) await made.remove();
  });

  describe('through a meter whose offset drifts', () => {
    const drifting = {
      driver: 'ppk2',
      record: true,
      errors: { offsetAmps: 0, driftAmpsPerSecond: 1.4e-4 },
      /* The emulated range switch makes no error here, so that none has to be allowed for. */
      accuracy: { rangeSwitchSeconds: 1e-8, source: 'an emulated range switch without spikes' },
    };
    let truth: number;
    let once: Measured;
    let twice: Measured;
    before(async () => {
      truth = savingOf(await run(await prepare({}))).energy;
      once = await run(await prepare({ meter: drifting, seed }), { machines: 1 });
      twice = await run(await prepare({ meter: drifting, seed, passes: 2 }));
    });

    it('measure every strategy of a level once in order and once in the mirrored order', () => {
      const first = orderOf(once.records);
      expect(first).to.deep.equal(['big-only 1', '1BDD 1', '1B6S 1']);
      expect(orderOf(twice.records)).to.deep.equal([
        ...first,
        ...[...first].reverse().map(name => name.replace(/1$/, '2')),
      ]);
    });

    it('show a saving that is wrong beyond its interval when each strategy is measured once', () => {
      const { energy, u95Meter: u95 } = savingOf(once);
      expect(Math.abs(energy - truth)).to.be.above(u95);
    });

    it('show the true saving when the second pass mirrors the first', () => {
      const { energy, u95Meter: u95 } = savingOf(twice);
      expect(Math.abs(energy - truth)).to.be.below(u95);
      expect(Math.abs(energy - truth)).to.be.below(0.1 * Math.abs(savingOf(once).energy - truth));
    });

    it('give one block with the mean of its passes and a term for what they differ by', () => {
      expect(twice.record.blocks.length).to.equal(once.record.blocks.length);
      for (const block of twice.record.blocks) {
        const passes = block.passes!.map(pass => pass.energyPerWindow_uJ!);
        expect(passes.length).to.equal(2);
        expect(passes[1]).to.be.above(passes[0]);
        expect(block.energyPerWindow_uJ!.value).to.be.closeTo((passes[0] + passes[1]) / 2, 1e-9);
        const term = block.uncertainty.find(other => other.term === 'drift between passes')!;
        expect(term.microjoules).to.be.closeTo((passes[1] - passes[0]) / 2 / Math.sqrt(3), 1e-9);
        expect([block.windows, block.goldenMismatches]).to.deep.equal([120, 0]);
      }
      expect(once.record.blocks.every(block => block.passes === undefined)).to.equal(true);
    });

    it('are all replayed from their own recordings', async () => {
      const target = await bench.runFolder();
      const { replayed, largestDifference } = await replayRun(twice.folder, target, 'again');
      expect([replayed, largestDifference]).to.deep.equal([6, 0]);
      const again = evaluate(await readJournal(target));
      expect(again.blocks.map(block => block.passes)).to.deep.equal(
        twice.record.blocks.map(block => block.passes),
      );
    });
  });

  it('go on behind the last whole pass when resumed', async () => {
    const prepared = await prepare({ passes: 2, strategies: ['big-only', '1BDD'] });
    const stop = new AbortController();
    let left = 3;
    const onBlockEnd = () => {
      left -= 1;
      if (left === 0) stop.abort(new LittlefirstError('LF_INTERRUPTED', 'stopped in a test'));
    };
    const options = { signal: stop.signal, onBlockEnd };
    const { folder, records: begun, error } = await runCampaign(bench, options, prepared);
    expect(error?.code, 'stopped').to.equal('LF_INTERRUPTED');
    const unfinished = evaluate(begun);
    expect(unfinished.blocks.map(({ valid }) => valid)).to.have.members([
      true,
      'the block was not finished: 1 of 2 passes',
    ]);
    const { journal: more, records: earlier } = await Journal.resume(folder);
    await new Campaign(prepared, { id: 'passes', journal: more, earlier }).run();
    more.close();
    const records = await readJournal(folder);
    const order = orderOf(records);
    expect(order.length).to.equal(4);
    expect(order.slice(2)).to.deep.equal(
      order
        .slice(0, 2)
        .reverse()
        .map(name => name.replace(/1$/, '2')),
    );
    const { blocks } = evaluate(records);
    expect(blocks.map(({ valid, passes }) => [valid, passes?.length])).to.deep.equal([
      [true, 2],
      [true, 2],
    ]);
  });
});
