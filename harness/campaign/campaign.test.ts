import { expect } from 'chai';
import { LittlefirstError } from '../errors.js';
import { Journal, readJournal } from '../record/journal/journal.js';
import type { BlockKey, FaultRecord, WindowsRecord } from '../record/journal/records.js';
import type { RunRecord } from '../record/run-record.js';
import { type Collected, prepareCampaign, runCampaign } from '../testing/bench/campaign.js';
import { tampered } from '../testing/bench/tampered-machine.js';
import { TestBench } from '../testing/bench/test-bench.js';
import { evaluate } from '../verdict/evaluation/evaluate.js';
import type { PreparedCampaign } from './bench/prepare.js';
import type { EnergySoFar } from './block-meter.js';
import { Campaign, type CampaignOptions } from './campaign.js';
import { checkResumable } from './campaign-record.js';
import { createMachine } from './open/machines.js';

function faultsOf({ records }: Collected): FaultRecord[] {
  return records.filter(record => record.kind === 'fault');
}

/** Predicted labels of each block that ended well, by level and strategy. */
function labelsOf({ records }: Collected): Map<string, string> {
  const names = new Map<number, string>();
  const labels = new Map<string, string>();
  for (const record of records) {
    if (record.kind === 'block-start') {
      names.set(record.block, `${record.key.level.name} ${record.key.strategy}`);
      labels.set(names.get(record.block)!, '');
    }
    if (record.kind === 'windows') {
      const name = names.get(record.block)!;
      labels.set(name, labels.get(name) + (record as WindowsRecord).labels.join(''));
    }
  }
  return labels;
}

describe('Campaign on an emulated rp2040', function () {
  this.timeout(60_000);
  let bench: TestBench;
  let prepared: PreparedCampaign;
  let clean: Collected;
  let record: RunRecord;
  /** What was told of each block's energy while it ran, by the block's level and strategy. */
  const energies = new Map<string, EnergySoFar[]>();
  const nameOf = ({ level, strategy }: Pick<BlockKey, 'level' | 'strategy'>) => `${level.name} ${strategy}`;

  const collect = (
    options: Partial<CampaignOptions> = {},
    what: PreparedCampaign = prepared,
  ): Promise<Collected> => runCampaign(bench, options, what);

  async function small(strategies: string[]): Promise<PreparedCampaign> {
    return prepareCampaign(bench, { strategies, levels: ['133MHz'] });
  }

  before(async () => {
    bench = await TestBench.make();
    prepared = await prepareCampaign(bench);
    const names: string[] = [];
    clean = await collect({
      onBlockStart: (key, position) => {
        names[position] = nameOf(key);
        energies.set(nameOf(key), []);
      },
      onEnergy: (soFar, position) => energies.get(names[position])?.push(soFar),
    });
    record = evaluate(clean.records);
  });
  after(() => bench.remove());

  it('measures every level and strategy, and every answer is the golden one', () => {
    expect(clean.error).to.equal(undefined);
    expect(faultsOf(clean)).to.deep.equal([]);
    expect(record.blocks.map(block => block.valid)).to.deep.equal(new Array(6).fill(true));
    expect(record.blocks.map(block => block.goldenMismatches)).to.deep.equal(new Array(6).fill(0));
    expect(record.blocks.map(block => block.windows)).to.deep.equal(new Array(6).fill(40));
  });

  it('shows each level with its own read-back and energy, and equal predictions', () => {
    const at = (level: string) => record.blocks.filter(block => block.level.name === level);
    expect(at('133MHz').map(block => block.readBack?.mV)).to.deep.equal([1100, 1100, 1100]);
    expect(at('48MHz').map(block => block.readBack?.Hz)).to.deep.equal([48e6, 48e6, 48e6]);
    at('133MHz').forEach((block, i) => {
      expect(block.energyPerWindow_uJ?.value).to.be.greaterThan(0);
      expect(block.energyPerWindow_uJ?.value).to.not.be.closeTo(
        at('48MHz')[i].energyPerWindow_uJ!.value,
        0.01,
      );
      expect(block.confusion).to.deep.equal(at('48MHz')[i].confusion);
    });
  });

  it('tells the energy of each block window by window, until it is that of the whole block', () => {
    for (const block of record.blocks) {
      const told = energies.get(nameOf(block)) ?? [];
      expect(told.map(({ windows }) => windows)).to.deep.equal(Array.from({ length: 40 }, (_, i) => i + 1));
      expect(told.every(({ energy }) => energy === 'modelled')).to.equal(true);
      const { value } = block.energyPerWindow_uJ ?? {};
      /* The edges of windows are put right at the end. */
      expect(told.at(-1)?.microjoules).to.be.closeTo(value ?? 0, 0.02 * (value ?? 0));
    }
  });

  it('has gate and Big at work in the cascades, and says where the data come from', () => {
    const distance = record.blocks.find(block => block.strategy === '1BDD')!;
    expect(distance.bigRuns).to.be.within(1, 39);
    expect(distance.energyPerWindow_uJ?.gate).to.be.greaterThan(0);
    expect(record.provenance.energy).to.equal('modelled');
    expect(record.provenance.dataset.caution).to.be.a('string');
    expect(record.outcome).to.equal('pass');
  });

  it('re-sends corrupted frames and loses nothing', async () => {
    let bytes = 0;
    const toDut = (chunk: Buffer): Buffer => {
      if (chunk.length < 300) return chunk;
      bytes += chunk.length;
      if (Math.floor(bytes / 4000) !== Math.floor((bytes - chunk.length) / 4000))
        chunk[chunk.length >> 1] ^= 0x55;
      return chunk;
    };
    const spoilt = await collect(
      { createMachine: tampered({ toDut }), budgets: { stream: 1000 } },
      await small(['1BDD']),
    );
    expect(spoilt.error).to.equal(undefined);
    expect(faultsOf(spoilt).some(fault => /refused/.test(fault.message))).to.equal(true);
    expect(labelsOf(spoilt).get('133MHz 1BDD')).to.equal(labelsOf(clean).get('133MHz 1BDD'));
    expect(evaluate(spoilt.records).blocks[0].valid).to.equal(true);
  });

  it('repeats a block whose answer was lost, and says so', async () => {
    let left = 1;
    const toHost = (chunk: Buffer): Buffer => {
      const text = chunk.toString('latin1');
      if (left > 0 && text.includes('m-w 9 ')) {
        left -= 1;
        return Buffer.from(text.replace('m-w 9 ', 'm-w 8 '), 'latin1');
      }
      return chunk;
    };
    const spoilt = await collect({ createMachine: tampered({ toHost }) }, await small(['1B6S']));
    expect(spoilt.error).to.equal(undefined);
    expect(faultsOf(spoilt).map(fault => fault.action)).to.include.members([
      'failed in "windows": recovery, then the block again',
      'recovery after "windows": identify done',
    ]);
    expect(evaluate(spoilt.records).blocks.map(block => block.valid)).to.deep.equal([true]);
    expect(labelsOf(spoilt).get('133MHz 1B6S')).to.equal(labelsOf(clean).get('133MHz 1B6S'));
  });

  it('marks a block invalid, with the phase, when the board falls silent each time', async () => {
    let silent = false;
    const toHost = (chunk: Buffer): Buffer => {
      if (chunk.includes('m-init-done')) silent = false;
      if (chunk.includes('m-w 12 ')) silent = true;
      return silent ? Buffer.alloc(0) : chunk;
    };
    const hung = await collect(
      { createMachine: tampered({ toHost }), budgets: { stream: 150, sync: 2_000 } },
      await small(['big-only']),
    );
    expect(hung.error).to.equal(undefined);
    const [block] = evaluate(hung.records).blocks;
    expect(block.valid).to.match(/LF_DUT_TIMEOUT.*"stream"/);
    expect(block.invalidity).to.equal('broken');
    expect(evaluate(hung.records).outcome).to.equal('error');
  });

  it('refuses a flash that holds something else', async () => {
    const load = ({ address, data }: { address: number; data: Uint8Array }) => {
      const changed = Uint8Array.from(data);
      const text = Buffer.from(changed.buffer).indexOf('ULPMark');
      if (text >= 0) changed[text] ^= 1;
      return { address, data: changed };
    };
    const honest = await collect({ createMachine: tampered({ load }) });
    expect(honest.error?.code).to.equal('LF_FLASH_VERIFY');
    const lying = await collect({ createMachine: tampered({ load, liesOnRead: true }) });
    expect(lying.error?.code).to.equal('LF_DUT_IDENTITY');
    expect(lying.error?.message).to.match(/image/);
    expect(lying.records.at(-1)).to.include({ kind: 'finish', outcome: 'aborted' });
    expect(lying.records.some(({ kind }) => kind === 'windows')).to.equal(false);
  });

  it('gives the words of an emulator that dies', async () => {
    const dying: typeof createMachine = async (board, options) => {
      const made = await createMachine(board, options);
      const stop = made.machine.uart.write.bind(made.machine.uart);
      let writes = 0;
      Object.assign(made.machine.uart, {
        write: (chunk: Buffer, done: (error?: Error | null) => void) => {
          writes += 1;
          if (writes === 10) void made.machine.close();
          return stop(chunk, done);
        },
      });
      return made;
    };
    const ended = await collect({ createMachine: dying }, await small(['big-only']));
    expect(ended.error?.code).to.equal('LF_EMULATOR_FAILED');
    expect(ended.records.at(-1)).to.include({ kind: 'finish', outcome: 'aborted' });
  });

  it('goes on where an interrupted campaign stopped, and ends in the same results', async () => {
    const stop = new AbortController();
    let blocks = 0;
    const interrupted = await collect({
      signal: stop.signal,
      onBlockEnd: () => {
        blocks += 1;
        if (blocks === 2) stop.abort(new LittlefirstError('LF_INTERRUPTED', 'stopped in a test'));
      },
    });
    expect(interrupted.error?.code).to.equal('LF_INTERRUPTED');
    const { journal, records: earlier } = await Journal.resume(interrupted.folder);
    checkResumable(earlier, prepared);
    let planned = 0;
    const onPlan = (count: number) => {
      planned = count;
    };
    await new Campaign(prepared, { id: 'test', journal, earlier, onPlan }).run();
    journal.close();
    const records = await readJournal(interrupted.folder);
    expect(planned).to.equal(4);
    expect(labelsOf({ folder: '', records })).to.deep.equal(labelsOf(clean));
    expect(evaluate(records).blocks.map(block => [block.valid, block.goldenMismatches])).to.deep.equal(
      new Array(6).fill([true, 0]),
    );
  });

  it('does not go on with a run whose data have changed', async () => {
    const other = await prepareCampaign(bench, { windows: 41 });
    expect(() => checkResumable(clean.records, other))
      .to.throw(LittlefirstError)
      .with.property('code', 'LF_CONFIG_INVALID');
  });

  it("forgets the cascade's state where the data say so", async () => {
    const chronological = await prepareCampaign(bench, {
      strategies: ['1BDD'],
      levels: ['133MHz'],
      order: 'chronological',
    });
    expect(chronological.windows.resets.length).to.be.at.least(1);
    const collected = await collect({}, chronological);
    const [block] = evaluate(collected.records).blocks;
    expect([block.valid, block.goldenMismatches]).to.deep.equal([true, 0]);
  });
});
