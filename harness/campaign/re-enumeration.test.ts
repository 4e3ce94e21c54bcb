import { join } from 'node:path';
import { expect } from 'chai';
import { openTerminal, type Terminal } from '../emulator/instruments/terminal.js';
import type { FaultRecord } from '../record/journal/records.js';
import { prepareCampaign, runCampaign } from '../testing/bench/campaign.js';
import { TestBench } from '../testing/bench/test-bench.js';
import { enumerate } from '../testing/devices/usb.js';
import { evaluate } from '../verdict/evaluation/evaluate.js';
import { segmentsOf } from './open/dut.js';
import { createMachine } from './open/machines.js';

/** Bytes to the board after which its cable is pulled: amid the frames of a block. */
const pulledAfterBytes = 3_000;

describe('a campaign whose USB board is pulled in the middle of a block', function () {
  this.timeout(180_000);

  it('goes on when it comes back under another name, its old one taken by its twin', async () => {
    const bench = await TestBench.make({
      strategies: ['1BDD'],
      levels: ['133MHz'],
      data: { set: 'synthetic', windows: 12, seed: 3 },
      device: { serialNumber: 'E66A02' },
      flasher: 'none',
      meter: { driver: 'none' },
    });
    const prepared = await prepareCampaign(bench);
    const [dut] = prepared.duts;
    const { machine } = await createMachine(dut.board, {
      levelHz: dut.boardLevels.map(level => level.hertz.value),
      flashWaitStates: dut.boardLevels.map(level => level.flashWaitStates.value),
    });
    const root = join(bench.folder, 'root');
    const terminals: Terminal[] = [];
    const pico = { vid: '2e8a', pid: '000a', product: 'Pico' };
    let heardByTwin = 0;
    let sent = 0;
    /** The board and its twin get new ports; @param isFirst whether the board is found before the twin */
    const plugIn = async (isFirst: boolean) => {
      const [port, twin] = [openTerminal(), openTerminal()];
      terminals.push(port, twin);
      twin.port.on('data', (bytes: Buffer) => {
        heardByTwin += bytes.length;
      });
      port.port.on('data', (bytes: Buffer) => {
        const isPulled = sent < pulledAfterBytes && sent + bytes.length >= pulledAfterBytes;
        sent += bytes.length;
        if (isPulled) void replug();
        else machine.uart.write(bytes);
      });
      const board = { ...pico, serial: 'E66A02', socket: '1.2', target: port.path };
      const other = { ...pico, serial: 'E66A01', socket: '1.1', target: twin.path };
      await enumerate(root, isFirst ? [board, other] : [other, board], { sysfs: true, udev: true });
    };
    const replug = async () => {
      for (const terminal of terminals.splice(0)) terminal.close();
      await enumerate(root, [], { sysfs: true, udev: true });
      /* A board that is fed by its cable starts anew. */
      await machine.power(false);
      await machine.power(true);
      await plugIn(false);
    };
    machine.uart.on('data', (bytes: Buffer) => void terminals[0]?.port.write(bytes));
    try {
      await machine.load(segmentsOf(dut, dut.bundles[0].blob));
      await machine.reset();
      await plugIn(true);
      const { records, error } = await runCampaign(
        bench,
        { devices: { root, list: async () => [] } },
        prepared,
      );
      expect(error?.message).to.equal(undefined);
      const [block, ...more] = evaluate(records).blocks;
      expect(more).to.have.length(0);
      expect(block).to.include({ valid: true, windows: 12, goldenMismatches: 0 });
      const faults = records.filter((record): record is FaultRecord => record.kind === 'fault');
      expect(faults.map(({ code }) => code)).to.include('LF_LINK_LOST');
      expect(faults.map(({ action }) => action).join()).to.contain('restart done');
      expect(sent, 'bytes to the board, in both lives').to.be.above(pulledAfterBytes);
      expect(heardByTwin, 'bytes for the twin').to.equal(0);
    } finally {
      for (const terminal of terminals) terminal.close();
      await machine.close();
      await bench.remove();
    }
  });
});
