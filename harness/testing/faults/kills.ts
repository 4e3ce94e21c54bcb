import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { journalHoldsBlocks } from '../../record/journal/journal.js';
import type { TestBench } from '../bench/test-bench.js';

/** How the command line is started, e.g. `['node', 'bin/littlefirst.js']`. */
export type Program = readonly [string, ...string[]];

/** What became of a run that was ended at some instant and then gone on with. */
export interface Killed {
  signal: NodeJS.Signals;
  /** From the start of the process, milliseconds. */
  instantMilliseconds: number;
  how: 'had ended' | 'begun again' | 'resumed';
  /** Windows of blocks that were finished before and measured again all the same; leftovers; another record; empty: none. */
  problems: string[];
}

/** Time that processes and files of a dead run have to go, milliseconds. */
const patienceMilliseconds = 10_000;
const lookMilliseconds = 50;

/** What a JSON file holds. */
type Tree = { [key: string]: Tree } | Tree[] | string | number | boolean | null;

/**
 * How much numbers of two runs left in peace differ: times are whole nanoseconds of a machine that has run for longer or shorter, and QEMU's
 * cycles of a window depend by a few on what came before. Seen: 6e-6 relative. Uncertainties of exact meters are 0 but for rounding: they are held against
 * the value that they belong to, 1e-8 of which was seen, of sleep 5e-6 (see `ofOneTick`).
 */
const tolerance = { relative: 1e-4, absolute: 1e-9, ofValue: 1e-5 };

/**
 * What one microsecond of full current (25 mA at 3.3 V) in one of a block's few long idles moves: the mean of what is drawn there outside the windows, and
 * what is made of its spread. An attempt has nonces of its own, whose digits cost the core some cycles more or less, and a core that wakes from
 * deep sleep then meets another tick of its timer.
 */
const ofOneTick: Record<string, number> = {
  waking: 0.09,
  microwatts: 0.01,
  microjoules: 1e-6,
  share: 1e-7,
  effectiveResolutionAmps: 2e-6,
};
/** The same of a saving with sleep, of 1. */
const savingOfOneTick = 5e-5;

/** @param scale what the numbers are an uncertainty of; 0: nothing */
function same(a: Tree, b: Tree, place: string, scale: number): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') return a === b;
  if (Number.isInteger(a) && Number.isInteger(b)) return a === b;
  const { absolute, relative, ofValue } = tolerance;
  const key = place.slice(place.lastIndexOf('/') + 1);
  const ofTick = place.includes('/withSleep/') ? savingOfOneTick : (ofOneTick[key] ?? 0);
  return Math.abs(a - b) <= absolute + ofTick + relative * Math.abs(a) + ofValue * scale;
}

/** What an uncertainty beside these figures is small against: the value, or 1 where it is that of a saving, the difference of two energies from 1. */
function scaleOf(tree: Tree): number {
  const { value, energy } = (tree ?? {}) as { [key: string]: Tree };
  if (typeof energy === 'number') return 1;
  return typeof value === 'number' ? Math.abs(value) : 0;
}

/** Where two trees differ, with both values. */
function differences(a: Tree, b: Tree, place = '', scale = 0): string[] {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null)
    return same(a, b, place, scale) ? [] : [`${place}: ${JSON.stringify(a)} became ${JSON.stringify(b)}`];
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].flatMap(key =>
    differences(
      (a as Record<string, Tree>)[key] ?? null,
      (b as Record<string, Tree>)[key] ?? null,
      `${place}/${key}`,
      /^u95/.test(key) ? scaleOf(a) : 0,
    ),
  );
}

interface Ended {
  code: number | null;
  pid: number;
  milliseconds: number;
  output: string;
}

/** Runs the program, and ends it after some time if asked to. */
async function runProgram(
  [command, ...first]: Program,
  args: readonly string[],
  end?: { signal: NodeJS.Signals; afterMilliseconds: number },
): Promise<Ended> {
  const begun = performance.now();
  const child = spawn(command, [...first, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (text: Buffer) => {
    output += text;
  });
  child.stderr.on('data', (text: Buffer) => {
    output += text;
  });
  const timer = end && setTimeout(() => child.kill(end.signal), end.afterMilliseconds);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  return { code, pid: child.pid ?? 0, milliseconds: performance.now() - begun, output };
}

/**
 * Terms of an uncertainty by their names: with an exact meter they are rounding, so that which is the larger, and whether one is 0 and not
 * listed, differs from run to run. What has no share within the tolerance of shares is left out.
 */
function byName(_key: string, value: Tree): Tree {
  if (!Array.isArray(value) || !value.every(isTerm)) return value;
  return Object.fromEntries(
    value.filter(({ share }) => share > ofOneTick.share).map(term => [term.term, term as unknown as Tree]),
  );
}

function isTerm(value: unknown): value is { term: string; share: number } {
  const { term, share } = (value ?? {}) as { term?: unknown; share?: unknown };
  return typeof term === 'string' && typeof share === 'number';
}

/** What two runs of one bench have in common: everything but who, when, and what went wrong on the way. */
async function comparable(folder: string): Promise<Tree> {
  const { id, startedAt, finishedAt, faults, ...record } = JSON.parse(
    await readFile(join(folder, 'run.json'), 'utf8'),
    byName,
  );
  return record;
}

/** Numbers of starts of each block that came after a valid end of it. */
function measuredAgain(folder: string): number {
  const done = new Set<string>();
  let again = 0;
  for (const line of readFileSync(join(folder, 'journal.ndjson'), 'utf8').trim().split('\n')) {
    const { kind, block, pass, valid } = JSON.parse(line);
    if (kind === 'block-start' && done.has(`${block}/${pass}`)) again += 1;
    if (kind === 'block-end' && valid === true) done.add(`${block}/${pass}`);
  }
  return again;
}

/** Processes and temporary folders that name a dead process of ours as their owner. */
function leftovers(pid: number): string[] {
  const mark = new RegExp(`littlefirst-[a-z]+-\\d+-${pid}-`);
  const processes = readdirSync('/proc').filter(name => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return mark.test(readFileSync(`/proc/${name}/cmdline`, 'latin1'));
    } catch {
      return false;
    }
  });
  return processes.map(name => `process ${name} is left of process ${pid}`);
}

async function goneSoon(pid: number): Promise<string[]> {
  const end = performance.now() + patienceMilliseconds;
  for (;;) {
    const left = leftovers(pid);
    if (left.length === 0 || performance.now() > end) return left;
    await new Promise(resolve => setTimeout(resolve, lookMilliseconds));
  }
}

/** Runs one bench again and again, each time ended at some instant and gone on with, and compares with a run that was left in peace. */
export class KillBench {
  private constructor(
    private readonly program: Program,
    private readonly bench: TestBench,
    private readonly expected: Tree,
    /** How long the run takes that is left in peace. */
    readonly milliseconds: number,
  ) {}

  /** Makes the run to compare with. */
  static async make(program: Program, bench: TestBench): Promise<KillBench> {
    const folder = join(bench.folder, 'whole');
    const { milliseconds, code, output } = await runProgram(program, [
      'run',
      bench.benchFile,
      '--out',
      folder,
    ]);
    if (!existsSync(join(folder, 'run.json'))) throw new Error(`exit code ${code}: ${output}`);
    return new KillBench(program, bench, await comparable(folder), milliseconds);
  }

  /** @param share when the signal comes: 0 at the start of the process, 1 when an undisturbed run would have ended */
  async kill(signal: NodeJS.Signals, share: number): Promise<Killed> {
    const { program, bench } = this;
    const folder = join(bench.folder, 'killed');
    await rm(folder, { recursive: true, force: true });
    const instantMilliseconds = Math.round(share * this.milliseconds);
    const begin = ['run', bench.benchFile, '--out', folder];
    const first = await runProgram(program, begin, { signal, afterMilliseconds: instantMilliseconds });
    const problems = await goneSoon(first.pid);
    const killed: Killed = { signal, instantMilliseconds, how: 'had ended', problems };
    if (first.code === null || first.code > 2) {
      killed.how = existsSync(folder) && journalHoldsBlocks(folder) ? 'resumed' : 'begun again';
      const args = killed.how === 'resumed' ? ['run', '--resume', folder] : begin;
      const second = await runProgram(program, args);
      if (second.code === null || second.code > 2)
        problems.push(`exit code ${second.code}: ${second.output}`);
      problems.push(...(await goneSoon(second.pid)));
    }
    if (!existsSync(join(folder, 'run.json'))) return killed;
    problems.push(
      ...differences(this.expected, await comparable(folder)).map(place => `another record: ${place}`),
    );
    const again = measuredAgain(folder);
    if (again > 0) problems.push(`${again} finished blocks were measured again`);
    const files = [...(await readdir(folder)), ...readdirSync(tmpdir())];
    const stale = files.filter(
      name => name.endsWith('.part') || new RegExp(`^littlefirst-[a-z]+-\\d+-${first.pid}-`).test(name),
    );
    /* A process that was killed before the first machine left its folder to the next run that starts one. */
    if (stale.length > 0) problems.push(`left: ${stale.join(', ')}`);
    return killed;
  }
}
