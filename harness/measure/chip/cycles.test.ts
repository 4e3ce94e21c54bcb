import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { packagePath } from '../../package-root.js';
import { cycleUncertainty, earlyStandard } from './cycles.js';

/** Cores as the timing plugin's README and as chip profiles name them. */
const cores = { M3: 'cortex-m3', M4: 'cortex-m4f' } as const;

interface Yardstick {
  program: string;
  core: keyof typeof cores;
  cycles: number;
  lo: number;
  hi: number;
  early: number;
  silicon: number;
  error: number;
}

/** The table of published cycle counts. */
async function yardsticks(): Promise<Yardstick[]> {
  const text = await readFile(packagePath('firmware', 'qemu-plugin', 'README.md'), 'utf8');
  const row =
    /^\| ([^|]+) \| (M3|M4) \| ([\d.,]+) \| ([\d.,]+?)\.\.([\d.,]+) \| ([\d.,]+) \| ([\d.,]+) \| ([-+\d.]+) % \|$/gm;
  const number = (digits: string) => Number(digits.replaceAll(',', ''));
  return [...text.matchAll(row)].map(([, program, core, cycles, lo, hi, early, silicon, error]) => ({
    program,
    core: core as Yardstick['core'],
    cycles: number(cycles),
    lo: number(lo),
    hi: number(hi),
    early: number(early),
    silicon: number(silicon),
    error: number(error),
  }));
}

describe('uncertainty of a core’s cycles', () => {
  it('should leave no published count outside the range, nor beyond twice the uncertainty', async () => {
    const rows = await yardsticks();
    expect(rows.length).to.be.at.least(44);
    for (const { program, core, cycles, lo, hi, early, silicon, error } of rows) {
      const what = `${program} on ${core}`;
      expect(silicon, `${what}: published, inside the range`).to.be.within(lo, hi);
      expect((cycles / silicon - 1) * 100, `${what}: error as stated`).to.be.closeTo(error, 0.06);
      const u = Math.hypot(cycleUncertainty(cores[core]).u, earlyStandard(early) / cycles);
      expect(Math.abs(cycles / silicon - 1), `${what}: within 2 u`).to.be.at.most(2 * u);
    }
  });

  it('should be no less than what the errors without early ends come to', async () => {
    for (const core of ['M3', 'M4'] as const) {
      const errors = (await yardsticks())
        .filter(row => row.core === core && row.early < 0.05 * row.cycles)
        .map(({ cycles, silicon }) => cycles / silicon - 1);
      const rms = Math.sqrt(errors.reduce((sum, e) => sum + e ** 2, 0) / errors.length);
      const { u } = cycleUncertainty(cores[core]);
      expect(u, `${core}: rms ${rms}`).to.be.within(rms, 1.5 * rms);
    }
  });

  it('should take a core without yardsticks as worse known than any other', () => {
    const known = ['cortex-m0plus', 'cortex-m3', 'cortex-m4f'].map(core => cycleUncertainty(core).u);
    /* What no count was compared with is called assumed, in the reports too. */
    const assumed = ['cortex-m0plus', 'cortex-m33', 'cortex-m7'];
    for (const core of assumed) expect(cycleUncertainty(core)).to.include({ kind: 'assumed' });
    expect(cycleUncertainty('cortex-m7').u).to.be.above(Math.max(...known));
  });
});
