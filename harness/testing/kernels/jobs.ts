/** Runs kernel cases on an emulated core: the image of firmware/test/kernels, in QEMU. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { stepLayout, stepOps } from '../../model/pack/blob.js';
import { type Core, flagsOf, type KernelLayout, type PlannedStep } from '../../model/pack/step.js';
import { packagePath } from '../../package-root.js';
import type { KernelCase } from './cases.js';

const magic = 0x534a464c;
const address = 0x21000000;
const machines: Record<Core, readonly string[]> = {
  m0p: ['-M', 'mps2-an385'],
  m3: ['-M', 'mps2-an385'],
  m4: ['-M', 'mps2-an386'],
};

function encodeStep(step: PlannedStep, layout: KernelLayout, dataBytes: number): Uint8Array {
  const { weights: _, constants: __, roundUnsigned: ___, inputRanges: ____, op, ...geometry } = step;
  return stepLayout.encode({
    ...{ ...geometry, op: stepOps[op], kernel: layout.id, outByte: 0 },
    flags: flagsOf(step),
    ...{
      inWord: 0,
      in2Word: 0,
      outWord: 0,
      scratchWord: 0,
      dataWord: 0,
      dataWords: Math.ceil(dataBytes / 4),
    },
    scratchWords: Math.ceil(layout.scratchBytes(step) / 4),
  });
}

const align = (bytes: number): number => Math.ceil(bytes / 4) * 4;

/** One job's bytes (firmware/test/kernels/jobs.h); its tables come last. */
export function encodeJob({ step, input, expected }: KernelCase, layout: KernelLayout): Uint8Array {
  const data = layout.arrange(step);
  const record = encodeStep(step, layout, data.length);
  const inAt = align(24 + record.length);
  const expectedAt = align(inAt + input.length);
  const dataAt = align(expectedAt + expected.length);
  const bytes = new Uint8Array(align(dataAt + data.length));
  const head = Uint32Array.of(bytes.length, dataAt, inAt, input.length, expectedAt, expected.length);
  bytes.set(new Uint8Array(head.buffer));
  bytes.set(record, 24);
  bytes.set(new Uint8Array(input.buffer), inAt);
  bytes.set(new Uint8Array(expected.buffer), expectedAt);
  bytes.set(data, dataAt);
  return bytes;
}

export interface Job {
  kernelCase: KernelCase;
  layout: KernelLayout;
}

/** Builds a test image of a core; undefined without a cross compiler. */
export async function buildJobsImage(
  core: Core,
  kind: 'jobs' | 'damage' = 'jobs',
): Promise<string | undefined> {
  const compiler = await execa('arm-none-eabi-gcc', ['--version'], { reject: false });
  if (compiler.failed) return undefined;
  const folder = packagePath('firmware', 'test', 'kernels');
  await execa('make', ['-s', '-C', folder, `../../build/kernels/${kind}-${core}.elf`]);
  return packagePath('firmware', 'build', 'kernels', `${kind}-${core}.elf`);
}

/**
 * Runs jobs on the emulated core.
 * @returns what the image said: a line for each job that failed, then `done <number of jobs>`
 */
export async function runJobs(core: Core, image: string, jobs: readonly Job[]): Promise<string[]> {
  return runEncodedJobs(
    core,
    image,
    jobs.map(job => encodeJob(job.kernelCase, job.layout)),
  );
}

/** {@link runJobs} of jobs as they lie in the core's memory. */
export async function runEncodedJobs(
  core: Core,
  image: string,
  jobs: readonly Uint8Array[],
): Promise<string[]> {
  const work = await mkdtemp(join(tmpdir(), 'littlefirst-kernels-'));
  try {
    const file = join(work, 'jobs.bin');
    const head = new Uint8Array(Uint32Array.of(magic, jobs.length).buffer);
    await writeFile(file, Buffer.concat([head, ...jobs]));
    const quiet = ['-display', 'none', '-nodefaults', '-semihosting-config', 'enable=on,target=native'];
    const loader = `loader,file=${file},addr=${address},force-raw=on`;
    const result = await execa(
      'qemu-system-arm',
      [...machines[core], ...quiet, '-kernel', image, '-device', loader],
      { reject: false, all: true, timeout: 540_000 },
    );
    return (result.all ?? '').split('\n').filter(line => line !== '');
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
