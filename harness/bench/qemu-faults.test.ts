import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { expect } from 'chai';
import { execa } from 'execa';
import { evaluate } from '../cascade/evaluate.js';
import { createQemuMachine, type QemuBoard, type QemuMachine, type QemuOptions } from '../emulator/qemu.js';
import { LittlefirstError } from '../errors.js';
import { GdbFlasher } from '../flash/gdb-flasher.js';
import { packagePath } from '../package-root.js';
import { Campaign, type CampaignOptions } from './campaign.js';
import { checkResumable } from './campaign-record.js';
import { Journal, readJournal } from './journal.js';
import type { FaultRecord, JournalRecord } from './journal-records.js';
import { loadBench } from './load-bench.js';
import type { createMachine } from './machines.js';
import { type PreparedCampaign, prepareBench } from './prepare.js';
import { TestBench } from './test-bench.js';

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
    const server = createServer();

    before(async () => {
      bench = await TestBench.make({ board: 'lm3s6965', levels: ['96MHz', '48MHz'] });
      prepared = await prepareBench(await loadBench(bench.benchFile));
    });
    after(async () => {
      server.close();
      await bench.remove();
    });
    afterEach(() => expect(emulators(), 'processes left behind').to.deep.equal([]));

    async function collect(
      options: Partial<CampaignOptions>,
    ): Promise<{ folder: string; records: JournalRecord[]; error?: LittlefirstError }> {
      const folder = await bench.runFolder();
      const journal = Journal.create(folder);
      const error = await new Campaign(prepared, { id: 'qemu', journal, machines: 1, ...options }).run().then(
        () => undefined,
        (reason: unknown) => reason as LittlefirstError,
      );
      journal.close();
      if (error !== undefined) expect(error).to.be.instanceOf(LittlefirstError);
      return { folder, records: await readJournal(folder), error };
    }

    it('in the middle of a block says so, keeps the journal whole, and is resumed to the same answers', async () => {
      const opened: QemuMachine[] = [];
      let answered = 0;
      const { folder, records, error } = await collect({
        createMachine: withQemu({}, opened),
        onWindows: count => {
          answered += count;
          if (answered === 60) process.kill(opened[0].pid ?? 0, 'SIGKILL');
        },
      });
      expect(error?.code).to.equal('LF_EMULATOR_FAILED');
      expect(error?.message).to.contain('SIGKILL');
      const kinds = records.map(({ kind }) => kind);
      expect(kinds.filter(kind => kind === 'block-start')).to.have.lengthOf(2);
      expect(kinds.filter(kind => kind === 'block-end')).to.have.lengthOf(1);
      expect(kinds.at(-1)).to.equal('finish');
      expect(records.find(record => record.kind === 'fault')).to.include({ code: 'LF_EMULATOR_FAILED' });
      expect(evaluate(records).outcome).to.equal('error');
      expect(emulators()).to.deep.equal([]);

      const { journal, records: earlier } = await Journal.resume(folder);
      checkResumable(earlier, prepared);
      await new Campaign(prepared, { id: 'qemu', journal, earlier, machines: 1 }).run();
      journal.close();
      const resumed = evaluate(await readJournal(folder));
      const whole = evaluate((await collect({})).records);
      expect(resumed.blocks).to.have.lengthOf(6);
      const facts = ({ blocks }: typeof whole) =>
        blocks.map(({ strategy, level, valid, correct, goldenMismatches, cyclesPerWindow }) => ({
          strategy,
          level: level.name,
          valid,
          correct,
          goldenMismatches,
          cyclesPerWindow,
        }));
      expect(facts(resumed)).to.deep.equal(facts(whole));
      expect(facts(resumed).map(({ valid, goldenMismatches }) => [valid, goldenMismatches])).to.deep.equal(
        Array(6).fill([true, 0]),
      );
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
