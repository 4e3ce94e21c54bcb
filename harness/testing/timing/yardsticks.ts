import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { parse } from 'yaml';
import { z } from 'zod';
import { ensureTimingPlugin, parseTimingEvent, type TimingEvent } from '../../emulator/qemu/timing-plugin.js';
import { LittlefirstError } from '../../errors.js';
import { packagePath } from '../../package-root.js';

/** Cores whose cycle tables the plugin has. */
export type TimedCore = 'm0p' | 'm3' | 'm4';

const cycleCount = z.union([
  z.number().transform(cycles => ({ best: cycles, low: cycles, high: cycles })),
  z.tuple([z.number(), z.number(), z.number()]).transform(([best, low, high]) => ({ best, low, high })),
]);
const yardstickSchema = z.strictObject({
  name: z.string(),
  setup: z.string().optional(),
  code: z.string(),
  cycles: z.strictObject({
    m0p: cycleCount.optional(),
    m3: cycleCount.optional(),
    m4: cycleCount.optional(),
  }),
  because: z.string(),
});

/** A snippet with the cycles that the manuals give it. */
export type Yardstick = z.infer<typeof yardstickSchema>;
/** Cycles of a snippet: best estimate and bounds. */
export type CycleRange = { best: number; low: number; high: number };

/** Holds the yardsticks and the frame that they are assembled into. */
export const yardsticksFolder = packagePath('firmware', 'test', 'yardsticks');
/** Words, counted from where r7 points, that are stored to before and behind a snippet. */
export const [beginWord, endWord] = [4, 5];

/** Reads `firmware/test/yardsticks/yardsticks.yaml`. */
export async function loadYardsticks(): Promise<Yardstick[]> {
  return z
    .array(yardstickSchema)
    .parse(parse(await readFile(join(yardsticksFolder, 'yardsticks.yaml'), 'utf8')));
}

const lines = (code: string | undefined): string[] => (code ?? '').split(';').map(line => line.trim());

/** Every snippet stands between two doorbell stores; a NOP keeps the second from pairing with it. */
export function bodyOf(snippets: readonly Pick<Yardstick, 'setup' | 'code'>[]): string {
  return snippets
    .flatMap(({ setup, code }) => [
      ...lines(setup),
      `str r0, [r7, #${4 * beginWord}]`,
      ...lines(code),
      'nop',
      `str r0, [r7, #${4 * endWord}]`,
      'b.w 9f',
      '.ltorg',
      '9:',
    ])
    .join('\n');
}

/** What the NOP and the doorbell store behind a snippet cost. */
const overhead: Record<TimedCore, CycleRange> = {
  m0p: { best: 3, low: 3, high: 3 },
  m3: { best: 2, low: 2, high: 3 },
  m4: { best: 2, low: 2, high: 3 },
};

/** Options of a run under the plugin. */
export interface TimedRun {
  core: TimedCore;
  /** The slow per-instruction mode of the plugin. */
  exact?: boolean;
  /** Further plugin arguments, e.g. `ws=2`. */
  pluginArguments?: readonly string[];
}

/** Outcome of a run: its events, QEMU's exit status and messages. */
export interface TimedOutcome {
  events: TimingEvent[];
  exitCode: number | undefined;
  stderr: string;
}

/** Runs a bare-metal ELF to its semihosting exit under the timing plugin. */
export async function runTimed(elf: string, run: TimedRun): Promise<TimedOutcome> {
  const plugin = [
    await ensureTimingPlugin(),
    `core=${run.core}`,
    'doorbell=0x20000000',
    `exact=${run.exact ? 1 : 0}`,
    ...(run.pluginArguments ?? []),
  ];
  const machine = ['-M', 'lm3s6965evb', '-cpu', run.core === 'm4' ? 'cortex-m4' : 'cortex-m3'];
  const console_ = ['-display', 'none', '-nodefaults', '-semihosting-config', 'enable=on,target=native'];
  const result = await execa(
    'qemu-system-arm',
    [...machine, ...console_, '-kernel', elf, '-plugin', plugin.join(',')],
    { reject: false, timeout: 20_000 },
  );
  const stdout = result.stdout ?? '';
  return {
    events: stdout
      .split('\n')
      .filter(line => line.startsWith('{'))
      .map(parseTimingEvent),
    exitCode: result.exitCode,
    stderr: result.stderr ?? result.shortMessage ?? '',
  };
}

/** Assembles a body into the bare-metal frame and passes the ELF to `use`; needs `arm-none-eabi-gcc`. */
export async function withAssembled<T>(body: string, use: (elf: string) => Promise<T>): Promise<T> {
  const work = await mkdtemp(join(tmpdir(), 'littlefirst-yardsticks-'));
  try {
    const frame = await readFile(join(yardsticksFolder, 'frame.S.in'), 'utf8');
    const source = join(work, 'yardsticks.S');
    const elf = join(work, 'yardsticks.elf');
    await writeFile(
      source,
      frame.replace('@BODY@', () => body),
    );
    const flags = ['-mcpu=cortex-m4', '-mthumb', '-mfpu=fpv4-sp-d16', '-mfloat-abi=hard', '-nostdlib'];
    await execa('arm-none-eabi-gcc', [...flags, '-Wl,-Ttext=0,-e,start', source, '-o', elf]);
    return await use(elf);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** True if the cross assembler that the yardsticks need is installed. */
export async function canAssemble(): Promise<boolean> {
  const result = await execa('arm-none-eabi-gcc', ['--version'], { reject: false });
  return !result.failed;
}

/**
 * Runs snippets and returns the cycles of each, without the frame around it.
 * @throws LF_EMULATOR_FAILED when the run did not time every snippet
 */
export async function timeSnippets(
  snippets: readonly Pick<Yardstick, 'setup' | 'code'>[],
  run: TimedRun,
): Promise<CycleRange[]> {
  const outcome = await withAssembled(bodyOf(snippets), elf => runTimed(elf, run));
  const begins = outcome.events.filter(event => event.event === 'mark' && event.value === beginWord);
  const ends = outcome.events.filter(event => event.event === 'mark' && event.value === endWord);
  if (begins.length !== snippets.length || ends.length !== snippets.length) {
    throw new LittlefirstError('LF_EMULATOR_FAILED', 'The run did not time every snippet', {
      expected: `${snippets.length} begin and end marks`,
      received: `${begins.length} and ${ends.length}; ${outcome.stderr.slice(-500)}`,
    });
  }
  const around = overhead[run.core];
  return ends.map((end, index) => ({
    best: end.cycles - begins[index].cycles - around.best,
    low: end.lo - begins[index].lo - around.low,
    high: end.hi - begins[index].hi - around.high,
  }));
}
