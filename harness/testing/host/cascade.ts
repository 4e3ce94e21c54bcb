/** The firmware's cascade built for the host, to run packed bundles without a DUT: for tests. */
import type { WindowCounts } from '../../model/cascade/step.js';
import { packagePath } from '../../package-root.js';
import { engineSources } from './pack.js';
import { compileForHost, runProgram, sanitizers } from './program.js';

const sources = [
  'cascade.c',
  'stages.c',
  'score.c',
  'distance.c',
  'filtered.c',
  'belief.c',
  'drift.c',
  'drift_gate.c',
  'feature_pass.c',
  'feature_columns.c',
  'feature_rows.c',
  'fixed.c',
];

/** Compiles the cascade with address and undefined-behaviour sanitizers. @throws LF_TOOL_MISSING */
export function compileCascade(): string {
  const folder = packagePath('firmware', 'test', 'engine');
  const core = sources.map(file => packagePath('firmware', 'core', file));
  const flags = [...sanitizers, `-I${folder}/host`];
  return compileForHost('cascade-host', [`${folder}/cascade_main.c`, ...core, ...engineSources], flags);
}

export interface CascadeCase {
  blob: Uint8Array;
  strategy: number;
  parameter?: number;
  windows: readonly WindowCounts[];
  /** Indices of windows before which the state is forgotten. */
  resets: ReadonlySet<number>;
  /** Indices of windows whose first half is the second half of the one before. */
  continued?: ReadonlySet<number>;
}

export interface CascadeResult {
  /** 0, or why the blob was refused (codes of blob_format.h and cascade_main.c). */
  status: number;
  steps: { label: number; big: 0 | 1; nets: number; score?: number }[];
}

const none = 0xffffffff;

function encode({ blob, strategy, parameter = none, windows, resets, continued }: CascadeCase): Uint8Array[] {
  const { byteLength } = windows[0];
  const head = Uint32Array.of(blob.length, strategy, parameter, windows.length, byteLength);
  return [
    new Uint8Array(head.buffer),
    blob,
    ...windows.flatMap((window, i) => [
      new Uint8Array(Uint32Array.of((resets.has(i) ? 1 : 0) | (continued?.has(i) ? 2 : 0)).buffer),
      new Uint8Array(window.buffer, window.byteOffset, window.byteLength),
    ]),
  ];
}

/**
 * Runs cases one after another in one process.
 * @throws LF_INTERNAL when the program ends badly (a sanitizer's report is in the message)
 */
export function runCascades(program: string, cases: readonly CascadeCase[]): CascadeResult[] {
  const answers = runProgram(program, 'cascade', cases.flatMap(encode));
  return cases.map(({ windows }) => {
    const opened = answers.word();
    if (opened !== 0) return { status: opened, steps: [] };
    const steps = windows.map(() => {
      const answer = answers.word();
      const step = { label: answer & 255, big: ((answer >> 8) & 1) as 0 | 1, nets: answers.word() >>> 0 };
      return (answer & 512) === 0 ? step : { ...step, score: answers.word() >>> 0 };
    });
    return { status: 0, steps };
  });
}
