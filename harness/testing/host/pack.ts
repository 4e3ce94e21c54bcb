/** The C engine built for the host, to run packed bundles without a DUT: for tests of engine and kernels. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { LittlefirstError } from '../../errors.js';
import { packagePath } from '../../package-root.js';

export const engineSources = [
  'blob.c',
  'nn.c',
  'kernels_ref.c',
  'kernels_ref_check.c',
  'kernels_ref_softmax.c',
  'kernels_table_ref.c',
].map(file => packagePath('firmware', 'core', file));

const strict = [
  '-std=c11',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-Wshadow',
  '-Wstrict-prototypes',
  '-Wmissing-prototypes',
];

/**
 * Compiles C sources with the host's gcc into `firmware/build/`.
 * @returns path of the program
 * @throws LF_TOOL_MISSING without gcc or when it refuses the sources
 */
export function compileForHost(
  name: string,
  sources: readonly string[],
  flags: readonly string[] = [],
): string {
  const folder = packagePath('firmware', 'build');
  mkdirSync(folder, { recursive: true });
  const program = `${folder}/${name}`;
  const include = `-I${packagePath('firmware', 'core')}`;
  const result = spawnSync('gcc', [...strict, ...flags, include, ...sources, '-o', program], {
    encoding: 'utf8',
  });
  if (result.status !== 0) {
    throw new LittlefirstError('LF_TOOL_MISSING', 'The engine could not be compiled for the host', {
      expected: 'a gcc that takes the sources',
      received: result.error?.message ?? result.stderr,
      hint: 'install gcc',
    });
  }
  return program;
}

/** Compiles the engine with address and undefined-behaviour sanitizers. */
export function compileEngine(): string {
  const main = packagePath('firmware', 'test', 'engine', 'host_main.c');
  const sanitizers = ['-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
  return compileForHost('engine-host', [main, ...engineSources], sanitizers);
}

/** One blob with the windows to run through one of its networks. */
export interface HostCase {
  blob: Uint8Array;
  network: number;
  windows: readonly (Int8Array | Uint8Array | Int16Array)[];
  /** Bytes of a window. */
  windowBytes: number;
}

export interface HostResult {
  /** 0, or why the blob was refused (codes of blob_format.h). */
  status: number;
  /** Per window 16 int8 scores, zero beyond the network's outputs; empty when refused. */
  scores: Int8Array[];
}

const maxScores = 16;

function encode({ blob, network, windows, windowBytes }: HostCase): Uint8Array[] {
  const head = new Uint8Array(Uint32Array.of(blob.length, network, windows.length, windowBytes).buffer);
  return [head, blob, ...windows.map(w => new Uint8Array(w.buffer, w.byteOffset, w.byteLength))];
}

/**
 * Runs cases one after another in one process.
 * @throws LF_INTERNAL when the program ends badly (a sanitizer's report is in the message)
 */
export function runOnHost(program: string, cases: readonly HostCase[]): HostResult[] {
  const { status, stdout, stderr, signal } = spawnSync(program, {
    input: Buffer.concat(cases.flatMap(encode)),
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) {
    throw new LittlefirstError('LF_INTERNAL', `The host engine ended with ${signal ?? status}`, {
      received: stderr.toString().slice(0, 4000),
    });
  }
  let offset = 0;
  const word = (): number => {
    offset += 4;
    return stdout.readInt32LE(offset - 4);
  };
  return cases.map(({ windows }) => {
    const opened = word();
    if (opened !== 0) return { status: opened, scores: [] };
    let worst = 0;
    const scores = windows.map(() => {
      worst = Math.min(worst, word());
      const values = Int8Array.from(stdout.subarray(offset, offset + maxScores), byte => (byte << 24) >> 24);
      offset += maxScores;
      return values;
    });
    return { status: worst, scores };
  });
}
