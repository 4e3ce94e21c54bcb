import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { expect } from 'chai';
import { execa } from 'execa';
import {
  createQemuMachine,
  type QemuBoard,
  type QemuMachine,
  type QemuOptions,
} from '../emulator/qemu/machine.js';
import { packagePath } from '../package-root.js';
import { Journal, readJournal } from '../record/journal/journal.js';
import type { FaultRecord, JournalRecord } from '../record/journal/records.js';
import { type Collected, prepareCampaign, runCampaign } from '../testing/bench/campaign.js';
import { TestBench } from '../testing/bench/test-bench.js';
import { evaluate } from '../verdict/evaluation/evaluate.js';
import { GdbFlasher } from '../wire/flash/gdb/flasher.js';
import type { PreparedCampaign } from './bench/prepare.js';
import { Campaign, type CampaignOptions } from './campaign.js';
import { checkResumable } from './campaign-record.js';
import type { createMachine } from './open/machines.js';

/** Emulators that this process started and that still run. */
function emulators(): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => {
      try {
        const status = readFileSync(`/proc/${pid}/status`, 'utf8');
        return (
          /^Name:\s+qemu-system/m.test(status) &&
          !/^State:\s+Z/m.test(status) &&
          Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]) === process.pid
        );
      } catch {
        return false;
      }
    });
}

/** The usual machine with other options for QEMU. */
const withQemu =
  (changes: Partial<QemuOptions>, opened: QemuMachine[] = []): typeof createMachine =>
  async (board, options) => {
    const machine = await createQemuMachine({
      board: board.name as QemuBoard,
      datagramInput: true,
      ...options,
      ...changes,
    });
    opened.push(machine);
    const gdb = new GdbFlasher(machine.gdbAddress);
    const flash: GdbFlasher['flash'] = async segments => {
      const report = await gdb.flash(segments);
      await machine.reset();
      return report;
    };
    return { machine, flasher: { name: gdb.name, flash } };
  };

if (existsSync('/proc/self') && !(await execa('qemu-system-arm', ['--version'], { reject: false })).failed) {
  describe('a campaign whose QEMU fails', function () {
    this.timeout(180_000);
    let bench: TestBench;
    let prepared: PreparedCampaign;
    let whole: ReturnType<typeof facts>;
    const server = createServer();

    before(async () => {
      bench = await TestBench.make({ board: 'lm3s6965', levels: ['96MHz', '48MHz'] });
      prepared = await prepareCampaign(bench);
      whole = facts((await collect({})).records);
      expect(whole.map(({ valid, goldenMismatches }) => [valid, goldenMismatches])).to.deep.equal(
        Array(6).fill([true, 0]),
      );
    });
    after(async () => {
      server.close();
      await bench.remove();
    });
    afterEach(() => expect(emulators(), 'processes left behind').to.deep.equal([]));

    const collect = (options: Partial<CampaignOptions>): Promise<Collected> =>
      runCampaign(bench, { machines: 1, ...options }, prepared);

    const facts = (records: JournalRecord[]) =>
      evaluate(records).blocks.map(
        ({ strategy, level, valid, correct, goldenMismatches, cyclesPerWindow }) => ({
          strategy,
          level: level.name,
          valid,
          correct,
          goldenMismatches,
          cyclesPerWindow,
        }),
      );
    const faultsOf = (records: JournalRecord[]) =>
      records.filter((record): record is FaultRecord => record.kind === 'fault');
    /** Kills the machine that works when so many windows were answered in all, as often as given. */
    function killAt(windows: readonly number[]): Pick<CampaignOptions, 'createMachine' | 'onWindows'> {
      const opened: QemuMachine[] = [];
      let answered = 0;
      return {
        createMachine: withQemu({}, opened),
        onWindows: count => {
          answered += Math.max(0, count);
          if (count > 0 && windows.includes(answered)) process.kill(opened.at(-1)?.pid ?? 0, 'SIGKILL');
        },
      };
    }

    it('in the middle of a block gets a new machine, which gives the same answers', async () => {
      const { records, error } = await collect(killAt([60]));
      expect(error?.message).to.equal(undefined);
      const starts = records.filter(record => record.kind === 'block-start');
      expect(starts).to.have.lengthOf(7);
      expect(starts.map(({ attempt }) => attempt).filter(attempt => attempt === 2)).to.have.lengthOf(1);
      const faults = faultsOf(records);
      expect(faults.map(({ action }) => action.replace(/"[^"]*"/, '...'))).to.deep.equal([
        'failed in ...: a new machine, then the block again',
        'recovery after ...: new machine done',
      ]);
      for (const { code, message } of faults) {
        expect(code).to.equal('LF_EMULATOR_FAILED');
        expect(message).to.contain('SIGKILL');
      }
      expect(facts(records)).to.deep.equal(whole);
    });

    it('twice on the same block says so, keeps the journal whole, and is resumed to the same answers', async () => {
      const { folder, records, error } = await collect(killAt([60, 80]));
      expect(error?.code).to.equal('LF_EMULATOR_FAILED');
      expect(error?.message).to.contain('SIGKILL');
      const kinds = records.map(({ kind }) => kind);
      expect(kinds.filter(kind => kind === 'block-start')).to.have.lengthOf(3);
      expect(kinds.filter(kind => kind === 'block-end')).to.have.lengthOf(1);
      expect(kinds.at(-1)).to.equal('finish');
      expect(faultsOf(records).at(-1)).to.include({ code: 'LF_EMULATOR_FAILED' });
      expect(evaluate(records).outcome).to.equal('error');
      expect(emulators()).to.deep.equal([]);

      const { journal, records: earlier } = await Journal.resume(folder);
      checkResumable(earlier, prepared);
      await new Campaign(prepared, { id: 'qemu', journal, earlier, machines: 1 }).run();
      journal.close();
      expect(facts(await readJournal(folder))).to.deep.equal(whole);
    });

    const refusals: [string, string, RegExp, () => Promise<Partial<QemuOptions>>][] = [
      [
        'is not installed',
        'LF_TOOL_MISSING',
        /apt-get install qemu-system-arm/,
        async () => ({ command: 'qemu-that-is-not-there' }),
      ],
      [
        'cannot load its plugin',
        'LF_EMULATOR_FAILED',
        /plugin/i,
        async () => ({ plugin: packagePath('package.json') }),
      ],
      [
        'finds its port in use',
        'LF_LINK_BUSY',
        /in use|busy/i,
        async () => {
          server.listen(0, '127.0.0.1');
          await new Promise(resolve => server.once('listening', resolve));
          return { gdb: { host: '127.0.0.1', port: (server.address() as AddressInfo).port } };
        },
      ],
    ];
    for (const [name, code, text, changes] of refusals)
      it(`${name} ends with a clear error and a journal that says so`, async () => {
        const { records, error } = await collect({ createMachine: withQemu(await changes()) });
        expect(error?.code).to.equal(code);
        expect(error?.message).to.match(text);
        expect(records.map(({ kind }) => kind)).to.deep.equal(['fault', 'finish']);
        expect(records[0]).to.include({ code });
        expect((records[0] as FaultRecord).action).to.contain('did not begin');
        expect(records[1]).to.include({ outcome: 'aborted' });
      });
  });
}
