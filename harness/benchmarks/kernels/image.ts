/** Runs a packed network on an emulated core and counts its cycles. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { ensureTimingPlugin, parseTimingEvent, type TimingEvent } from '../../emulator/qemu/timing-plugin.js';
import { LittlefirstError } from '../../errors.js';
import type { Core } from '../../model/pack/step.js';
import { packagePath } from '../../package-root.js';

const blobAddress = 0x21000000;
const windowAddress = 0x21400000;
const beginWord = 4;
const endWord = 5;
/** Cycles and instructions of the store that rings, which is counted with what it ends. */
const markOverhead = 2;

/** What the timing model counted between two marks. */
export interface Timing {
  cycles: number;
  lo: number;
  hi: number;
  instructions: number;
}

export interface TimedInference {
  /** Of the whole inference, or of each step with the image of that kind. */
  timings: Timing[];
  scores: number[];
}

const imageNames = {
  tuned: (core: Core) => `bench-${core}.elf`,
  reference: (core: Core) => `bench-${core}-reference.elf`,
  steps: (core: Core) => `steps-${core}.elf`,
};

/** Builds the benchmark image of a core with its tuned kernels, with the reference kernel alone, or with tuned kernels and marks around every step. */
export async function buildBenchImage(core: Core, kind: keyof typeof imageNames): Promise<string> {
  const folder = packagePath('firmware', 'test', 'kernels');
  const name = imageNames[kind](core);
  await execa('make', ['-s', '-C', folder, `../../build/kernels/${name}`]);
  return packagePath('firmware', 'build', 'kernels', name);
}

function between(events: readonly TimingEvent[]): Timing[] {
  const marks = events.filter(({ event }) => event === 'mark');
  const begins = marks.filter(({ value }) => value === beginWord);
  const ends = marks.filter(({ value }) => value === endWord);
  if (begins.length === 0 || begins.length !== ends.length) {
    throw new LittlefirstError('LF_EMULATOR_FAILED', 'The benchmark image did not run to its end', {
      expected: 'begin and end marks in pairs',
      received: events.map(({ event, value }) => `${event} ${value}`).join(', '),
    });
  }
  const took = (index: number, of: (event: TimingEvent) => number): number =>
    of(ends[index]) - of(begins[index]) - markOverhead;
  return begins.map((_, index) => ({
    cycles: took(index, ({ cycles }) => cycles),
    lo: took(index, ({ lo }) => lo),
    hi: took(index, ({ hi }) => hi),
    instructions: took(index, ({ instructions }) => instructions),
  }));
}

/**
 * One inference of the blob's first network.
 * @throws LF_EMULATOR_FAILED when the image refuses the blob
 */
export async function timeInference(
  core: Core,
  image: string,
  blob: Uint8Array,
  window: Int8Array,
): Promise<TimedInference> {
  const work = await mkdtemp(join(tmpdir(), 'littlefirst-bench-'));
  try {
    const files = [join(work, 'blob.bin'), join(work, 'window.bin')];
    await writeFile(files[0], blob);
    await writeFile(files[1], new Uint8Array(window.buffer));
    const events = join(work, 'events.ndjson');
    const plugin = [await ensureTimingPlugin(), `core=${core}`, 'doorbell=0x20000000', `out=${events}`];
    const load = (file: string, address: number): string[] => [
      '-device',
      `loader,file=${file},addr=${address},force-raw=on`,
    ];
    const result = await execa(
      'qemu-system-arm',
      [
        ...['-M', core === 'm4' ? 'mps2-an386' : 'mps2-an385', '-display', 'none', '-nodefaults'],
        ...['-semihosting-config', 'enable=on,target=native', '-kernel', image],
        ...[...load(files[0], blobAddress), ...load(files[1], windowAddress)],
        ...['-plugin', plugin.join(',')],
      ],
      { reject: false, all: true, timeout: 600_000 },
    );
    const scores = /^scores (.*)$/m.exec(result.all ?? '')?.[1];
    if (scores === undefined) {
      throw new LittlefirstError('LF_EMULATOR_FAILED', 'The benchmark image did not run the network', {
        expected: 'a line with scores',
        received: result.all ?? result.shortMessage,
      });
    }
    const lines = (await readFile(events, 'utf8')).split('\n').filter(line => line.startsWith('{'));
    return { timings: between(lines.map(parseTimingEvent)), scores: scores.trim().split(/\s+/).map(Number) };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
