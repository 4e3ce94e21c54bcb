/** Programs in C built for the host, that read cases on their standard input and answer in words and bytes. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { LittlefirstError } from '../../errors.js';
import type { PackOptions } from '../../model/pack/bundle.js';
import { packagePath } from '../../package-root.js';

/** What bundles are packed for: the reference kernels, with room for any made-up network. */
export const hostBoard: PackOptions = {
  core: 'm0p',
  levels: [{ name: 'only', millivolts: 1100, hertz: 48_000_000, registers: [1, 2] }],
  flashBytes: 2 ** 20,
  ramArenaBytes: 2 ** 18,
  kernels: 'reference',
};

/** Flags of a build that ends at the first access or operation that C does not define. */
export const sanitizers = ['-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];

const strict = [
  '-std=c11',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-Wshadow',
  '-Wstrict-prototypes',
  '-Wmissing-prototypes',
];

/** What the programs may include beside their own sources. */
function headers(): string[] {
  const folder = packagePath('firmware', 'core');
  return readdirSync(folder)
    .filter(name => name.endsWith('.h'))
    .sort()
    .map(name => `${folder}/${name}`);
}

/**
 * Compiles C sources with the host's gcc into `firmware/build/`, once for equal sources: test files that run beside each other share the program.
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
  const include = `-I${packagePath('firmware', 'core')}`;
  const args = [...strict, ...flags, include, ...sources];
  const digest = createHash('sha256').update(args.join('\0'));
  for (const file of [...sources, ...headers()]) digest.update(readFileSync(file));
  const program = `${folder}/${name}-${digest.digest('hex').slice(0, 16)}`;
  if (existsSync(program)) return program;
  const result = spawnSync('gcc', [...args, '-o', `${program}.${process.pid}`], { encoding: 'utf8' });
  if (result.status !== 0) {
    throw new LittlefirstError('LF_TOOL_MISSING', 'The engine could not be compiled for the host', {
      expected: 'a gcc that takes the sources',
      received: result.error?.message ?? result.stderr,
      hint: 'install gcc',
    });
  }
  renameSync(`${program}.${process.pid}`, program);
  return program;
}

/** What a program answered, to be taken in order. */
export interface HostAnswers {
  /** The next signed word. */
  word: () => number;
  take: (bytes: number) => Buffer;
}

/**
 * Runs a program to its end.
 * @param name what it is, for the error's message
 * @throws LF_INTERNAL when the program ends badly (a sanitizer's report is in the message)
 */
export function runProgram(program: string, name: string, input: readonly Uint8Array[]): HostAnswers {
  const { status, stdout, stderr, signal, error } = spawnSync(program, {
    input: Buffer.concat(input),
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) {
    throw new LittlefirstError('LF_INTERNAL', `The host ${name} ended with ${signal ?? status}`, {
      received: error?.message ?? stderr.toString().slice(0, 4000),
    });
  }
  let offset = 0;
  const take = (bytes: number): Buffer => {
    offset += bytes;
    return stdout.subarray(offset - bytes, offset);
  };
  return { take, word: () => take(4).readInt32LE() };
}
