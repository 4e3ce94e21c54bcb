import { readFile, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { parse, stringify } from 'yaml';
import { flashBoard } from '../library/board/flash.js';
import { prepareCampaign, runCampaign } from '../testing/bench/campaign.js';
import { TestBench } from '../testing/bench/test-bench.js';
import { failure } from '../testing/failure.js';
import { LabgridPeer } from '../testing/labgrid/coordinator.js';
import { serveSerial } from '../testing/labgrid/serial-server.js';
import { findBench } from './doctor/benches.js';
import { segmentsOf } from './open/dut.js';
import { createMachine } from './open/machines.js';

const small = {
  levels: ['24MHz'],
  strategies: ['big-only'],
  data: { set: 'synthetic', windows: 6, seed: 3 },
};

describe('a bench that leases a place of labgrid', () => {
  let peer: LabgridPeer;
  const closers: (() => Promise<void>)[] = [];
  const bench = async (changes: Record<string, unknown>) => {
    const made = await TestBench.make({ ...small, lease: peer.lease('bench'), ...changes });
    closers.push(() => made.remove());
    return made;
  };

  beforeEach(async () => {
    peer = await LabgridPeer.start('bench');
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
    peer.close();
  });

  it('measures its board through the serial port of the place, and gives the place back', async () => {
    const made = await bench({});
    const { duts } = await prepareCampaign(made);
    const [dut] = duts;
    const { machine } = await createMachine(dut.board, {
      levelHz: dut.boardLevels.map(level => level.hertz.value),
      flashWaitStates: dut.boardLevels.map(level => level.flashWaitStates.value),
    });
    closers.push(() => machine.close());
    await machine.load(segmentsOf(dut, dut.bundles[0].blob));
    await machine.reset();
    const served = await serveSerial(machine.uart);
    closers.push(served.close);
    peer.export('u1', { host: '127.0.0.1', port: served.port });
    const file = parse(await readFile(made.benchFile, 'utf8'));
    const real = { ...file, link: 'labgrid:console', flasher: 'none', meter: { driver: 'none' } };
    await writeFile(made.benchFile, stringify(real));
    expect(await findBench(made.benchFile)).to.include({ ok: true });
    const holders: string[] = [];
    const { error, records } = await runCampaign(made, {
      onBlockStart: () => void holders.push(peer.holderOf('bench')),
    });
    expect(error).to.equal(undefined);
    expect(records.filter(({ kind }) => kind === 'block-end')).to.deep.include({
      ...records.find(({ kind }) => kind === 'block-end'),
      valid: true,
    });
    expect(holders).to.deep.equal([peer.seen[0]]);
    expect(served.settings.slice(0, 5)).to.deep.equal(['1:0001c200', '2:08', '3:01', '4:01', '5:01']);
    expect(peer.holderOf('bench')).to.equal('');
  });

  it('ends at once when the place is taken away, with an error that says so, and leaves the place', async () => {
    const made = await bench({ data: { set: 'synthetic', windows: 400, seed: 3 } });
    const { error, records } = await runCampaign(made, {
      onBlockStart: () => peer.give('bench', 'desk/anna'),
    });
    expect(error?.code).to.equal('LF_PLACE_LOST');
    expect(records.find(({ kind }) => kind === 'fault')).to.deep.include({ code: 'LF_PLACE_LOST' });
    expect(records.at(-1)).to.include({ kind: 'finish', outcome: 'aborted' });
    expect(records.some(({ kind }) => kind === 'block-end')).to.equal(false);
    expect(peer.holderOf('bench')).to.equal('desk/anna');
  });

  it('gives the place back when the run is ended from outside', async () => {
    const made = await bench({});
    const ended = new AbortController();
    const { error } = await runCampaign(made, {
      signal: ended.signal,
      onBlockStart: () => ended.abort(new Error('enough')),
    });
    expect(error?.message).to.contain('enough');
    expect(peer.holderOf('bench')).to.equal('');
  });

  it('touches nothing while somebody else has the place, by any command', async () => {
    const made = await bench({});
    peer.give('bench', 'desk/anna');
    const { error, records } = await runCampaign(made, {
      onFlash: () => expect.fail('the board was flashed'),
    });
    expect(error?.code).to.equal('LF_PLACE_BUSY');
    expect(records.map(({ kind }) => kind)).to.deep.equal(['fault', 'finish']);
    await failure(flashBoard(made.benchFile), 'LF_PLACE_BUSY');
  });

  it('needs its lease where its link is a port of the place', async () => {
    const made = await bench({ link: 'labgrid:', flasher: 'none', meter: { driver: 'none' } });
    const { lease: _, ...without } = parse(await readFile(made.benchFile, 'utf8'));
    await writeFile(made.benchFile, stringify(without));
    expect((await failure(prepareCampaign(made), 'LF_CONFIG_INVALID')).message).to.contain('lease');
  });
});
