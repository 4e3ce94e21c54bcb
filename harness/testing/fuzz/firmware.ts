/** The fuzz targets of the firmware's C (firmware/fuzz): built with clang, run by libFuzzer. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LittlefirstError } from '../../errors.js';
import { packagePath } from '../../package-root.js';

/** Names of the targets, and the longest inputs that are worth their time, bytes. */
export const firmwareTargets = {
  frames: 128,
  protocol: 512,
  mlperf: 256,
  blob: 4096,
  cascade: 128,
  filtered: 512,
} as const;
export type FirmwareTarget = keyof typeof firmwareTargets;

/** Limits beyond which an input is a find: seconds that it takes, megabytes that the process holds. */
const limits = { seconds: 60, megabytes: 1024 };

/** Whether this machine has a clang with libFuzzer and the sanitizers. */
export function hasLibFuzzer(): boolean {
  const work = mkdtempSync(join(tmpdir(), 'littlefirst-fuzz-'));
  const source = 'int LLVMFuzzerTestOneInput(const void *d, unsigned long n) { return d == 0 && n; }';
  const args = ['-x', 'c', '-', '-fsanitize=fuzzer,address,undefined', '-o', join(work, 'probe')];
  const { status } = spawnSync('clang', args, { input: source, stdio: ['pipe', 'ignore', 'ignore'] });
  rmSync(work, { recursive: true, force: true });
  return status === 0;
}

/** Builds all targets below `firmware/build/fuzz`. @throws LF_TOOL_MISSING */
export function buildFirmwareTargets(): void {
  const { status, stderr, error } = spawnSync('make', ['-s', '-C', packagePath('firmware', 'fuzz')], {
    encoding: 'utf8',
  });
  if (status === 0) return;
  throw new LittlefirstError('LF_TOOL_MISSING', "The firmware's fuzz targets could not be built", {
    expected: 'make, and clang with its compiler-rt (Debian: apt-get install make clang libclang-rt-dev)',
    received: error?.message ?? stderr.slice(-2000),
  });
}

export const firmwareCorpus = (target: FirmwareTarget): string =>
  packagePath('fixtures', 'corpora', `firmware-${target}`);

export interface FirmwareFuzzed {
  executions: number;
  /** Largest memory of the process, megabytes. */
  megabytes: number;
  /** What libFuzzer said of a find; empty: none. */
  find: string;
}

export interface FirmwareFuzzOptions {
  /** Ends after these, or after `seconds`; 0: no limit. */
  executions?: number;
  seconds?: number;
  seed: number;
  /** Where new inputs are kept; they are read too. Default: nowhere. */
  corpus?: string;
  /** Where an input that is a find is written; default: the folder of the process. */
  artifacts?: string;
}

/** Runs one built target on its corpus and what grows from that. */
export async function fuzzFirmware(
  target: FirmwareTarget,
  { executions = -1, seconds = 0, seed, corpus, artifacts }: FirmwareFuzzOptions,
): Promise<FirmwareFuzzed> {
  const folders = [corpus, firmwareCorpus(target)].filter(
    (folder): folder is string => folder !== undefined && existsSync(folder),
  );
  const work = corpus === undefined ? mkdtempSync(join(tmpdir(), 'littlefirst-fuzz-')) : undefined;
  const args = [
    ...[`-runs=${executions}`, `-max_total_time=${seconds}`, `-seed=${seed}`],
    ...[
      `-max_len=${firmwareTargets[target]}`,
      `-timeout=${limits.seconds}`,
      `-rss_limit_mb=${limits.megabytes}`,
    ],
    ...[
      '-print_final_stats=1',
      ...(artifacts === undefined ? [] : [`-artifact_prefix=${artifacts}/${target}-`]),
    ],
    ...(work === undefined ? [] : [work]),
    ...folders,
  ];
  try {
    const child = spawn(packagePath('firmware', 'build', 'fuzz', target), args, {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (bytes: Buffer) => {
      said = `${said}${bytes}`.slice(-20_000);
    });
    const [code] = (await once(child, 'close')) as [number | null];
    const figure = (name: string): number =>
      Number(new RegExp(`stat::${name}: *(\\d+)`).exec(said)?.[1] ?? 0);
    return {
      executions: figure('number_of_executed_units'),
      megabytes: figure('peak_rss_mb'),
      find: code === 0 ? '' : said,
    };
  } finally {
    if (work !== undefined) rmSync(work, { recursive: true, force: true });
  }
}
