/** The C engine built for the host, to run packed bundles without a DUT: for tests of engine and kernels. */
import { packagePath } from '../../package-root.js';
import { compileForHost, runProgram, sanitizers } from './program.js';

export const engineSources = [
  'blob.c',
  'nn.c',
  'kernels_ref.c',
  'kernels_ref_check.c',
  'kernels_ref_reduce.c',
  'kernels_ref_softmax.c',
  'kernels_ref_two.c',
  'kernels_ref_move.c',
  'kernels_table_ref.c',
].map(file => packagePath('firmware', 'core', file));

/** Compiles the engine with address and undefined-behaviour sanitizers. */
export function compileEngine(): string {
  const main = packagePath('firmware', 'test', 'engine', 'host_main.c');
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
  /** Per window the network's scores; empty when refused. */
  scores: Int8Array[];
}

function encode({ blob, network, windows, windowBytes }: HostCase): Uint8Array[] {
  const head = new Uint8Array(Uint32Array.of(blob.length, network, windows.length, windowBytes).buffer);
  return [head, blob, ...windows.map(w => new Uint8Array(w.buffer, w.byteOffset, w.byteLength))];
}

/**
 * Runs cases one after another in one process.
 * @throws LF_INTERNAL when the program ends badly (a sanitizer's report is in the message)
 */
export function runOnHost(program: string, cases: readonly HostCase[]): HostResult[] {
  const answers = runProgram(program, 'engine', cases.flatMap(encode));
  return cases.map(({ windows }) => {
    const opened = answers.word();
    if (opened !== 0) return { status: opened, scores: [] };
    let worst = 0;
    const scores = windows.map(() => {
      worst = Math.min(worst, answers.word());
      return Int8Array.from(answers.take(answers.word()), byte => (byte << 24) >> 24);
    });
    return { status: worst, scores };
  });
}
