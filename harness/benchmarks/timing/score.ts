/**
 * CoreMark and Dhrystone on the timing plugin. Their sources are not part of this project; a folder that holds them is enough:
 *
 *   npx tsx harness/benchmarks/timing/score.ts coremark|dhrystone FOLDER m3|m4 [-- COMPILER FLAGS]
 *
 * `coremark`: the core_*.c and coremark.h of EEMBC's repository. `dhrystone`: dhry.h, dhry_1.c and dhry_2.c of version 2.1.
 * Builds them with `arm-none-eabi-gcc` and newlib for lm3s6965evb (firmware/test/scores), runs them in QEMU, checks the results
 * that the program itself reports, and prints the score per MHz with its bounds beside the published one.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { LittlefirstError } from '../../errors.js';
import { packagePath } from '../../package-root.js';
import { runTimed, type TimedCore } from '../../testing/timing/yardsticks.js';

/** Dhrystones per second of the VAX 11/780, the unit of DMIPS. */
const vaxDhrystones = 1757;
const runtime = packagePath('firmware', 'test', 'scores');

interface Benchmark {
  unit: string;
  iterations: number;
  perMegacycle: number;
  published: Record<'m3' | 'm4', number>;
  /** Files of the folder that are compiled. */
  sources: RegExp;
  /** Flags unless others are given. */
  flags: readonly string[];
  /** What makes the sources build here, and the runtime's part of it. */
  define: readonly string[];
  support: readonly string[];
  /** True if the program says that it computed what it should. */
  isCorrect: (text: string) => boolean;
}

/** Dhrystone prints each final value above what it should be. */
function areDhrystoneValuesRight(text: string): boolean {
  const pairs = [...text.matchAll(/: +(\S.*)\n +should be: +(\S.*)/g)].filter(
    ([, , wanted]) => !wanted.startsWith('(') && !wanted.startsWith('Number_Of_Runs'),
  );
  return pairs.length >= 15 && pairs.every(([, value, wanted]) => value.trim() === wanted.trim());
}

const benchmarks = {
  coremark: {
    unit: 'CoreMark/MHz',
    iterations: 10,
    perMegacycle: 1,
    /* A textbook table of Arm's figures; other compilers differ by about 15 %. */
    published: { m3: 3.32, m4: 3.4 },
    sources: /^core_(list_join|main|matrix|state|util)\.c$/,
    flags: ['-O3'],
    define: ['-DITERATIONS=10'],
    support: ['core_portme.c'],
    isCorrect: (text: string) => text.includes('Correct operation validated'),
  },
  dhrystone: {
    unit: 'DMIPS/MHz',
    iterations: 1000,
    perMegacycle: 1 / vaxDhrystones,
    /* Arm's product pages, no inlining. */
    published: { m3: 1.25, m4: 1.25 },
    sources: /^dhry_[12]\.c$/,
    flags: ['-O2', '-fno-inline'],
    define: ['-std=gnu89', '-DTIME', '-DSCORE_DHRYSTONE', '-DSCORE_RUNS="1000"'],
    support: [],
    isCorrect: areDhrystoneValuesRight,
  },
} satisfies Record<string, Benchmark>;
export type BenchmarkName = keyof typeof benchmarks;

/** A score per MHz: best estimate, and what the model's bounds make of it. */
export interface Score {
  best: number;
  low: number;
  high: number;
}

/**
 * Scores one run of a benchmark: iterations a second at 1 MHz, in its unit.
 * @param elf stores to doorbell word 4 before and word 5 behind the timed part, and ends by a semihosting exit
 * @throws LF_EMULATOR_FAILED when the program did not ring words 4 and 5
 */
export async function scoreOf(
  name: BenchmarkName,
  elf: string,
  core: TimedCore,
  iterations: number,
): Promise<Score & { text: string }> {
  const { events, stderr } = await runTimed(elf, { core });
  const at = (word: number) => events.find(({ event, value }) => event === 'mark' && value === word);
  const [begin, end] = [at(4), at(5)];
  if (begin === undefined || end === undefined) {
    throw new LittlefirstError('LF_EMULATOR_FAILED', `${elf} did not time itself`, {
      expected: 'stores to doorbell words 4 and 5',
      received: stderr.slice(-300),
    });
  }
  const score = (cycles: number) => (iterations * 1e6 * benchmarks[name].perMegacycle) / cycles;
  return {
    best: score(end.cycles - begin.cycles),
    low: score(end.hi - begin.hi),
    high: score(end.lo - begin.lo),
    text: stderr,
  };
}

/**
 * Builds a benchmark from a folder of its sources and scores it.
 * @throws LF_USAGE when the folder does not hold the sources; LF_TOOL_MISSING when they do not compile; LF_EMULATOR_FAILED when the
 *   program does not run to its end, or its own results are wrong
 */
export async function buildAndScore(
  name: BenchmarkName,
  folder: string,
  core: 'm3' | 'm4',
  flags: readonly string[] = benchmarks[name].flags,
): Promise<Score> {
  const { sources, define, support, iterations, isCorrect } = benchmarks[name];
  const files = (await readdir(folder)).filter(file => sources.test(file)).sort();
  if (files.length === 0) {
    throw new LittlefirstError('LF_USAGE', `${folder} holds no sources of ${name}`, {
      expected: `files like ${sources.source}`,
      received: (await readdir(folder)).slice(0, 10).join(', '),
    });
  }
  const work = await mkdtemp(join(tmpdir(), 'littlefirst-score-'));
  try {
    const elf = join(work, `${name}.elf`);
    const built = await execa(
      'arm-none-eabi-gcc',
      [
        ...[`-mcpu=cortex-${core}`, '-mthumb', '-w', ...flags, ...define, '-I', folder, '-I', runtime],
        ...files.map(file => join(folder, file)),
        ...[...support, 'runtime.c'].map(file => join(runtime, file)),
        ...['-nostartfiles', '--specs=nosys.specs', '-T', join(runtime, 'score.ld'), '-o', elf],
      ],
      { reject: false, all: true },
    );
    if (built.failed) {
      throw new LittlefirstError('LF_TOOL_MISSING', `${name} could not be built`, {
        expected: 'arm-none-eabi-gcc and newlib (Debian: gcc-arm-none-eabi, libnewlib-arm-none-eabi)',
        received: (built.all ?? built.shortMessage).slice(-1500),
      });
    }
    const { text, ...score } = await scoreOf(name, elf, core, iterations);
    if (isCorrect(text)) return score;
    throw new LittlefirstError('LF_EMULATOR_FAILED', `${name} computed something else than it should`, {
      received: text.slice(-1500),
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function main(args: readonly string[]): Promise<void> {
  const [name, folder, core, separator, ...flags] = args;
  const isKnown = name === 'coremark' || name === 'dhrystone';
  const hasFlags = separator === '--' && flags.length > 0;
  if (!isKnown || folder === undefined || (core !== 'm3' && core !== 'm4') || (separator && !hasFlags)) {
    console.error('usage: score.ts coremark|dhrystone FOLDER m3|m4 [-- COMPILER FLAGS]');
    process.exitCode = 4;
    return;
  }
  const { unit, published } = benchmarks[name];
  const { best, low, high } = await buildAndScore(name, folder, core, hasFlags ? flags : undefined);
  console.log(
    `${best.toFixed(3)} ${unit} (${low.toFixed(3)}..${high.toFixed(3)}), published ${published[core]}`,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
