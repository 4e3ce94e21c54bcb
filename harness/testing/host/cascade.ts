/** The firmware's cascade built for the host, to run packed bundles without a DUT: for tests. */
import { spawnSync } from 'node:child_process';
import { LittlefirstError } from '../../errors.js';
import type { WindowCounts } from '../../model/cascade/step.js';
import { packagePath } from '../../package-root.js';
import { compileForHost, engineSources } from './pack.js';

const sources = [
  'cascade.c',
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
  const flags = [
    '-O1',
    '-g',
    '-fsanitize=address,undefined',
    '-fno-sanitize-recover=all',
    `-I${folder}/host`,
  ];
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
  steps: { label: number; big: 0 | 1; nets: number }[];
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
  const { status, stdout, stderr, signal } = spawnSync(program, {
    input: Buffer.concat(cases.flatMap(encode)),
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) {
    throw new LittlefirstError('LF_INTERNAL', `The host cascade ended with ${signal ?? status}`, {
      received: stderr.toString().slice(0, 4000),
    });
  }
  let offset = 0;
  const word = (): number => {
    offset += 4;
    return stdout.readUint32LE(offset - 4);
  };
  return cases.map(({ windows }) => {
    const opened = word() | 0;
    if (opened !== 0) return { status: opened, steps: [] };
    const steps = windows.map(() => {
      const answer = word();
      return { label: answer & 255, big: (answer >> 8) as 0 | 1, nets: word() };
    });
    return { status: 0, steps };
  });
}
