/** Damaged steps for a core's tuned kernels, as a blob with a right CRC may hold them (firmware/test/kernels/damage.c). */
import { Random } from '../../data/random.js';
import { stepLayout } from '../../model/pack/blob.js';
import { allTunedLayouts } from '../../model/pack/layouts/layouts.js';
import type { Core } from '../../model/pack/step.js';
import { CaseMaker, type CaseShape } from './cases.js';
import { buildJobsImage, encodeJob, runEncodedJobs } from './jobs.js';

/** Cores that have tuned kernels. */
export const damagedCores: readonly Core[] = ['m0p', 'm3', 'm4'];

/** Where the step lies in a job, bytes. */
const stepAt = 24;
/** Values at the ends of fields, beside random ones. */
const extremes = [0, 1, 2, 3, 4, 7, 8, 0x7f, 0x80, 0xfe, 0xff];

/** Small steps: damage that is refused costs little, and what is accepted runs quickly. */
function shapeOf(draw: CaseMaker): CaseShape {
  const op = draw.pick(['conv', 'conv', 'depthwise', 'depthwise', 'fullyConnected'] as const);
  const isImage = op !== 'fullyConnected' && draw.integer(0, 1) === 0;
  const kernelW = op === 'fullyConnected' ? 1 : draw.pick([3, 3, draw.integer(1, 5)]);
  const inC = op === 'fullyConnected' ? draw.integer(1, 60) : draw.pick([3, 4, 8, draw.integer(1, 12)]);
  return {
    op,
    inW: op === 'fullyConnected' ? 1 : draw.integer(kernelW, 12),
    inC,
    outC: op === 'depthwise' ? inC * draw.pick([1, 1, 2]) : draw.integer(1, 8),
    kernelW,
    strideW: op === 'fullyConnected' ? 1 : draw.pick([1, 1, 2]),
    padding: op === 'fullyConnected' ? 'valid' : draw.pick(['same', 'valid']),
    pool: op === 'fullyConnected' || isImage ? 1 : draw.pick([1, 2]),
    weights: draw.pick(['small', 'gauss', 'uniform', 'extreme', 'wide']),
    relu: draw.pick([true, false]),
    ...(isImage ? { image: { inH: draw.integer(3, 8), kernelH: 3, strideH: 1 } } : {}),
  };
}

/** Changes a few bytes of the step, of its tables, or of both; now and then none. */
function damage(job: Uint8Array, random: Random): void {
  const tablesAt = new DataView(job.buffer, job.byteOffset).getUint32(4, true);
  for (let changes = random.integer(0, 3); changes > 0; changes -= 1) {
    const isStep = random.uniform() < 0.7 || tablesAt >= job.length;
    const at = isStep
      ? stepAt + random.integer(0, stepLayout.bytes - 1)
      : random.integer(tablesAt, job.length - 1);
    job[at] =
      random.uniform() < 0.3
        ? job[at] ^ (1 << random.integer(0, 7))
        : random.uniform() < 0.5
          ? extremes[random.integer(0, extremes.length - 1)]
          : random.integer(0, 255);
  }
}

/** The job once for each field of its step and each of the field's ends: with all bits clear, and with all set. */
function* atEnds(job: Uint8Array): Generator<Uint8Array> {
  const starts = Object.values(stepLayout.offsets);
  for (const [i, from] of starts.entries())
    for (const end of [0, 0xff]) {
      const damaged = job.slice();
      damaged.fill(end, stepAt + from, stepAt + (starts[i + 1] ?? stepLayout.bytes));
      yield damaged;
    }
}

/** What became of damaged steps. */
export interface Damaged {
  jobs: number;
  /** Accepted, and run twice. */
  ran: number;
  /** What the image said of those that went wrong, with the job's bytes. */
  finds: string[];
}

/** Draws jobs for every tuned kernel of a core: of the first of each every field at its ends, of the others some bytes by chance. */
function damagedJobs(core: Core, count: number, random: Random): Uint8Array[] {
  const draw = new CaseMaker(random.integer(0, 2 ** 31 - 1));
  const left = new Set(allTunedLayouts.filter(layout => layout.core === core));
  const jobs: Uint8Array[] = [];
  let drawn = 0;
  while (drawn < count || left.size > 0) {
    const kernelCase = draw.make(shapeOf(draw));
    if (kernelCase.expected.length === 0) continue;
    for (const layout of allTunedLayouts) {
      if (layout.core !== core || !layout.supports(kernelCase.step)) continue;
      const sound = encodeJob(kernelCase, layout);
      if (left.delete(layout)) jobs.push(...atEnds(sound));
      for (let i = 0; i < 8; i += 1, drawn += 1) {
        const job = sound.slice();
        damage(job, random);
        jobs.push(job);
      }
    }
  }
  return jobs;
}

/** Runs damaged jobs on the emulated core. A fault says not whose it is: then halves are run until one job is left. */
async function run(core: Core, image: string, jobs: readonly Uint8Array[]): Promise<Damaged> {
  const lines = await runEncodedJobs(core, image, jobs);
  const number = (word: string): number | undefined => {
    const line = lines.find(text => text.startsWith(`${word} `));
    return line === undefined ? undefined : Number(line.slice(word.length + 1));
  };
  if (number('done') === jobs.length) {
    const finds = lines.flatMap(line => {
      const [, index, what] = /^job (\d+) (.*)$/.exec(line) ?? [];
      return index === undefined ? [] : [`${what}: ${Buffer.from(jobs[Number(index)]).toString('base64')}`];
    });
    return { jobs: jobs.length, ran: number('ran') ?? 0, finds };
  }
  if (jobs.length === 1)
    return { jobs: 1, ran: 0, finds: [`${lines.at(-1)}: ${Buffer.from(jobs[0]).toString('base64')}`] };
  const half = jobs.length >> 1;
  const parts = [
    await run(core, image, jobs.slice(0, half)),
    await run(core, image, jobs.slice(half)),
  ] as const;
  return {
    jobs: jobs.length,
    ran: parts[0].ran + parts[1].ran,
    finds: parts.flatMap(({ finds }) => finds),
  };
}

/**
 * Damaged steps on the tuned kernels of an emulated core.
 * @returns undefined without a cross compiler
 */
export async function runDamaged(core: Core, count: number, seed: number): Promise<Damaged | undefined> {
  const image = await buildJobsImage(core, 'damage');
  if (image === undefined) return undefined;
  return run(core, image, damagedJobs(core, count, new Random(seed, 0x64616d)));
}
