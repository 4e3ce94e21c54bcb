/**
 * Benchmark scores on the timing plugin, for programs that cannot be shipped here (CoreMark, Dhrystone):
 *
 *   npx tsx harness/emulator/timing-plugin-score.ts coremark|dhrystone ELF m3|m4 ITERATIONS
 *
 * The ELF is linked at address 0 for lm3s6965evb, stores to doorbell word 4 (0x20000010) before and word 5 (0x20000014)
 * behind the timed part, and ends by a semihosting exit. Prints the score per MHz, with its bounds, beside the published one.
 */
import { LittlefirstError } from '../errors.js';
import { runTimed, type TimedCore } from './timing-plugin-yardsticks.js';

/** Dhrystones per second of the VAX 11/780, the unit of DMIPS. */
const vaxDhrystones = 1757;

const scores = {
  coremark: {
    unit: 'CoreMark/MHz',
    perMegacycle: 1,
    /* A textbook table of Arm's figures; other compilers differ by about 15 %. */
    published: { m3: 3.32, m4: 3.4 },
  },
  dhrystone: {
    unit: 'DMIPS/MHz',
    perMegacycle: 1 / vaxDhrystones,
    /* Arm's product pages, no inlining. */
    published: { m3: 1.25, m4: 1.25 },
  },
} as const;

/**
 * Scores one run: iterations a second at 1 MHz, in the benchmark's unit.
 * @throws LF_EMULATOR_FAILED when the program did not ring words 4 and 5
 */
export async function scoreOf(
  benchmark: keyof typeof scores,
  elf: string,
  core: TimedCore,
  iterations: number,
): Promise<{ best: number; low: number; high: number }> {
  const { events, stderr } = await runTimed(elf, { core });
  const at = (word: number) => events.find(({ event, value }) => event === 'mark' && value === word);
  const [begin, end] = [at(4), at(5)];
  if (begin === undefined || end === undefined) {
    throw new LittlefirstError('LF_EMULATOR_FAILED', `${elf} did not time itself`, {
      expected: 'stores to doorbell words 4 and 5',
      received: stderr.slice(-300),
    });
  }
  const score = (cycles: number) => (iterations * 1e6 * scores[benchmark].perMegacycle) / cycles;
  return {
    best: score(end.cycles - begin.cycles),
    low: score(end.hi - begin.hi),
    high: score(end.lo - begin.lo),
  };
}

async function main(args: readonly string[]): Promise<void> {
  const [benchmark, elf, core, iterations] = args;
  const known = benchmark === 'coremark' || benchmark === 'dhrystone';
  if (!known || elf === undefined || (core !== 'm3' && core !== 'm4') || !(Number(iterations) > 0)) {
    console.error('usage: timing-plugin-score.ts coremark|dhrystone ELF m3|m4 ITERATIONS');
    process.exitCode = 4;
    return;
  }
  const { unit, published } = scores[benchmark];
  const { best, low, high } = await scoreOf(benchmark, elf, core, Number(iterations));
  console.log(
    `${best.toFixed(3)} ${unit} (${low.toFixed(3)}..${high.toFixed(3)}), published ${published[core]}`,
  );
}

if (process.argv[1]?.endsWith('timing-plugin-score.ts')) await main(process.argv.slice(2));
