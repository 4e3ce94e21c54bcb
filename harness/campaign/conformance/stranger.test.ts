import { join } from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import { makeTemporaryFolder, removeTemporaryFolder } from '../../host/temporary-folder.js';
import { checkBoard } from '../../library/board/check.js';
import { portFaults } from '../../testing/boards/faults.js';
import { buildBoard, putIn, strangersBoard } from '../../testing/boards/stranger.js';
import { littlefirst } from '../../testing/cli.js';

/** What costs little of the twelve and more; `npm run bench:ports` tries them all. */
const triedHere = ['swapped markers', 'stale reset reason'];

const has = async (tool: string) => !(await execa(tool, ['--version'], { reject: false })).failed;

if ((await has('qemu-system-arm')) && (await has('arm-none-eabi-gcc')))
  describe("a stranger's board, made from the template", function () {
    this.timeout(600_000);
    let into: string;
    let folder: string;
    let lines: { c: number; others: number };
    before(async () => {
      into = makeTemporaryFolder('stranger');
      ({ folder, lines } = await strangersBoard(into));
      await buildBoard(folder);
    });
    after(() => removeTemporaryFolder(into));

    it('takes some fifty lines', () => {
      expect(lines.c).to.be.within(20, 60);
      expect(lines.others).to.be.within(5, 20);
    });

    it('conforms', async () => {
      const { board, findings } = await checkBoard(join(folder, 'bench.yaml'), { windows: 3 });
      expect(board).to.equal('mine');
      expect(findings.filter(({ verdict }) => verdict === 'fail')).to.deep.equal([]);
      const skipped = findings.filter(({ verdict }) => verdict === 'skip').map(({ check }) => check);
      expect(skipped).to.deep.equal(['watchdog', 'cycles', 'supply']);
    });

    it('runs the default cascade as the golden interpreter does', async () => {
      const out = join(into, 'run');
      const bench = join(folder, 'bench.yaml');
      const words = [
        'run',
        bench,
        '--strategy',
        '1B6S',
        '--level',
        'fast',
        '--windows',
        '6',
        '--out',
        out,
        '--quiet',
      ];
      const { code, err } = await littlefirst(into, ...words);
      expect(code, err).to.equal(0);
    });

    it("passes shipped ports, whose clock is the emulator's, in the check of their time", async () => {
      const { findings } = await checkBoard('lm3s6965', {
        only: ['time'],
        windows: 2,
        bundles: ['littlefirst:paper'],
      });
      expect(findings.find(({ check }) => check === 'time')?.verdict).to.equal('pass');
    });

    for (const name of triedHere)
      it(`is found out when it has a fault: ${name}`, async () => {
        const fault = portFaults.find(one => one.name === name)!;
        const takeOut = await putIn(folder, fault);
        await buildBoard(folder);
        const { findings } = await checkBoard(folder, {
          only: [fault.check],
          windows: 2,
          bundles: ['littlefirst:paper'],
        });
        await takeOut();
        expect(findings.find(({ check }) => check === fault.check)?.verdict).to.equal('fail');
      });
  });
