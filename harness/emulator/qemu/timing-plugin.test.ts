import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { buildAndScore, scoreOf } from '../../benchmarks/timing/score.js';
import { randomProgram } from '../../testing/timing/random-program.js';
import {
  canAssemble,
  loadYardsticks,
  runTimed,
  type TimedCore,
  timeSnippets,
  withAssembled,
} from '../../testing/timing/yardsticks.js';
import { parseTimingEvent } from './timing-plugin.js';

const cores: readonly TimedCore[] = ['m0p', 'm3', 'm4'];

if (await canAssemble()) {
  describe('timing plugin', () => {
    for (const core of cores) {
      for (const exact of [false, true]) {
        it(`gives the manuals' cycles on ${core}, ${exact ? 'an instruction' : 'a block'} at a time`, async () => {
          const yardsticks = (await loadYardsticks()).filter(yardstick => yardstick.cycles[core]);
          const counted = await timeSnippets(yardsticks, { core, exact });
          const named = Object.fromEntries(yardsticks.map(({ name }, index) => [name, counted[index]]));
          const derived = Object.fromEntries(yardsticks.map(({ name, cycles }) => [name, cycles[core]]));
          expect(named).to.deep.equal(derived);
        });
      }
    }

    for (const core of ['m3', 'm4'] as const) {
      it(`counts random programs alike a block and an instruction at a time on ${core}`, async () => {
        for (const seed of [1, 2, 3, 4]) {
          await withAssembled(randomProgram(seed, 800), async elf => {
            const pluginArguments = ['ws=1'];
            const folded = await runTimed(elf, { core, pluginArguments });
            const exact = await runTimed(elf, { core, pluginArguments, exact: true });
            expect(folded.events.length, `events of seed ${seed}`).to.be.above(10);
            expect(folded.events.at(-1)?.instructions).to.be.above(1000);
            expect(folded.events, `seed ${seed}`).to.deep.equal(exact.events);
          });
        }
      });
    }

    it('charges flash wait states of a taken branch, and bounds those of fetches', async () => {
      const snippets = [{ code: 'b 1f; nop; 1:nop' }, { code: '.balign 16; nop; nop' }];
      const [branch, straight] = await timeSnippets(snippets, { core: 'm3', pluginArguments: ['ws=2'] });
      const [branch0, straight0] = await timeSnippets(snippets, { core: 'm3' });
      expect(branch.best - branch0.best).to.equal(2);
      expect(branch.low).to.equal(branch0.low);
      expect(straight.best).to.equal(straight0.best);
      expect(straight.high - straight0.high).to.be.at.least(2);
    });

    for (const exact of [false, true]) {
      it(`reports a DSP instruction on an M3 and stops, ${exact ? 'exact' : 'folded'}`, async () => {
        const body = 'str r0, [r7]\nsmlad r0, r1, r2, r3\nstr r0, [r7, #4]';
        const outcome = await withAssembled(body, elf => runTimed(elf, { core: 'm3', exact }));
        expect(outcome.exitCode).to.equal(70);
        expect(outcome.events.map(event => event.event)).to.deep.equal(['marker', 'fault']);
        expect(outcome.stderr).to.match(/DSP instruction at 0x[0-9a-f]{8} does not exist/);
      });
    }

    it('keeps sleep that the firmware announces apart from cycles', async () => {
      const digits = [1, 2, 3].map(digit => `str r0, [r7, #${4 * (48 + digit)}]`);
      const body = [...digits, `str r0, [r7, #${4 * 47}]`, 'str r0, [r7, #4]'].join('\n');
      const { events } = await withAssembled(body, elf => runTimed(elf, { core: 'm4' }));
      expect(events.map(({ event, value, sleepUs }) => [event, value, sleepUs])).to.deep.equal([
        ['elapse', 0x123, 0x123],
        ['marker', 1, 0x123],
        ['exit', 0, 0x123],
      ]);
      expect(events[1].cycles - events[0].cycles).to.equal(1);
    });

    it('scores a benchmark by its marks', async () => {
      const body = 'str r0, [r7, #16]\n.rept 1756\nnop\n.endr\nstr r0, [r7, #20]';
      const score = await withAssembled(body, elf => scoreOf('dhrystone', elf, 'm4', 1));
      expect(score.best).to.be.closeTo(1e6 / 1757 / 1757, 1e-9);
      expect(score.low).to.be.below(score.best);
    });

    it('builds a benchmark from its sources, times it, and checks what it computed', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'littlefirst-benchmark-'));
      const program = (value: number) => `
        int printf(const char *, ...); long time(long *); int atoi(const char *);
        int main(int argc, char **argv) {
          volatile int sum = 0; int i, runs = atoi(argv[argc - 1]);
          time(0);
          for (i = 0; i < runs; i++) sum += i;
          time(0);
          for (i = 0; i < 15; i++) printf("Sum:  %d\\n  should be:  ${value}\\n", sum);
          return 0;
        }`;
      const codeOf = (work: Promise<unknown>) =>
        work.then(
          () => 'scored',
          (error: { code?: string }) => error.code,
        );
      try {
        expect(await codeOf(buildAndScore('dhrystone', folder, 'm3'))).to.equal('LF_USAGE');
        await writeFile(join(folder, 'dhry_1.c'), program((999 * 1000) / 2));
        const { best, low, high } = await buildAndScore('dhrystone', folder, 'm3');
        expect(best).to.be.within(1e6 / 1757 / 20, 1e6 / 1757 / 5);
        expect(low).to.be.below(best);
        expect(high).to.be.at.least(best);
        await writeFile(join(folder, 'dhry_1.c'), program(7));
        expect(await codeOf(buildAndScore('dhrystone', folder, 'm3'))).to.equal('LF_EMULATOR_FAILED');
        await writeFile(join(folder, 'dhry_1.c'), 'no program');
        expect(await codeOf(buildAndScore('dhrystone', folder, 'm3'))).to.equal('LF_TOOL_MISSING');
      } finally {
        await rm(folder, { recursive: true });
      }
    });

    it('refuses arguments that it does not know', async () => {
      const outcome = await withAssembled('nop', elf =>
        runTimed(elf, { core: 'm3', pluginArguments: ['colour=red'] }),
      );
      expect(outcome.exitCode).to.not.equal(0);
      expect(outcome.stderr).to.contain("bad argument 'colour=red'");
    });
  });
}

describe('parseTimingEvent', () => {
  it('reads a line', () => {
    const line =
      '{"event":"marker","value":2,"cycles":7,"lo":6,"hi":9,"early":2,"instructions":5,"sleepUs":0}';
    expect(parseTimingEvent(line)).to.include({
      event: 'marker',
      value: 2,
      cycles: 7,
      lo: 6,
      hi: 9,
      early: 2,
    });
  });

  it('rejects anything else', () => {
    for (const line of ['', 'x', '[]', 'null', '{"event":"marker","value":1}', '{"event":1}']) {
      expect(() => parseTimingEvent(line), line).to.throw('no event');
    }
  });
});
