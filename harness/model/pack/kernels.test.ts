import { expect } from 'chai';
import type { Step } from '../../model/golden/conv.js';
import { meanMultiplier, meanStep, reduceMaxStep } from '../../model/golden/pool.js';
import { softmaxParameters, softmaxStep } from '../../model/golden/softmax.js';
import { CaseMaker, type CaseShape, type KernelCase } from '../../testing/kernels/cases.js';
import { buildJobsImage, type Job, runJobs } from '../../testing/kernels/jobs.js';
import { plainStep } from './geometry.js';
import { referenceLayout } from './kernels.js';
import { planChunks } from './layouts/chunks.js';
import { allTunedLayouts } from './layouts/layouts.js';
import type { Core } from './step.js';

const cores: readonly Core[] = ['m0p', 'm3', 'm4'];
/** Shapes drawn for each core; every kernel that supports one runs it, and for some the reference kernel too. */
const shapesPerCore = 3900;

/** What the paper's networks and their first layers look like, and kernels for few channels want. */
function fewChannels(draw: CaseMaker): Partial<CaseShape> {
  const weights = draw.pick(['small', 'gauss'] as const);
  const size = { inW: draw.integer(2, 40), inC: draw.integer(1, 8), outC: draw.integer(1, 6) };
  return { ...size, kernelW: 3, strideW: 1, pool: 2, relu: true, weights };
}

function convolution(draw: CaseMaker): Partial<CaseShape> {
  if (draw.integer(0, 2) === 0) return fewChannels(draw);
  const common = draw.pick([true, false]);
  return {
    inW: draw.integer(1, common ? 34 : 24),
    inC: draw.pick([draw.integer(1, 33), draw.pick([3, 4, 8, 16, 32])]),
    outC: draw.integer(1, 12),
    kernelW: common ? 3 : draw.integer(1, 9),
    strideW: common ? 1 : draw.integer(1, 4),
    pool: draw.pick([1, 2] as const),
  };
}

function randomShape(draw: CaseMaker): CaseShape {
  const op = draw.pick(['conv', 'conv', 'conv', 'conv', 'depthwise', 'depthwise', 'fullyConnected'] as const);
  const shape: CaseShape = {
    op,
    ...{ inW: 1, inC: 1, outC: 1, kernelW: 1, strideW: 1, padding: 'valid', pool: 1 },
    weights: draw.pick(['small', 'gauss', 'uniform', 'extreme', 'wide']),
    relu: draw.pick([true, false]),
  };
  if (op === 'fullyConnected')
    return {
      ...shape,
      inW: draw.integer(1, 3),
      inC: draw.pick([draw.integer(1, 150), 9, 8 * draw.integer(1, 8)]),
      outC: draw.pick([draw.integer(1, 9), 3, draw.integer(4, 40)]),
    };
  const sized = { ...shape, ...convolution(draw) };
  const positions = sized.inW - sized.kernelW + 1;
  if (op === 'depthwise')
    Object.assign(sized, { pool: draw.pick([1, 1, 2]), relu: draw.pick([true, true, false]) });
  return { ...sized, padding: positions < 1 + sized.strideW ? 'same' : draw.pick(['same', 'valid']) };
}

/** Two-dimensional: the usual 3 x 3, and any other. */
function randomImage(draw: CaseMaker): CaseShape {
  const op = draw.pick(['conv', 'depthwise', 'depthwise'] as const);
  const usual = draw.integer(0, 2) > 0;
  const size = (): number => (usual ? 3 : draw.integer(1, 5));
  const [kernelH, kernelW] = [size(), size()];
  const [strideH, strideW] =
    usual && draw.integer(0, 2) > 0 ? [1, 1] : [draw.integer(1, 3), draw.integer(1, 3)];
  const channels = draw.pick([draw.integer(1, 20), 4, 8, 8, 12, 3]);
  return {
    ...{ op, inW: draw.integer(1, 12), inC: channels, kernelW, strideW, pool: 1 },
    outC: op === 'conv' ? draw.integer(1, 10) : channels * draw.pick([1, 1, 1, 1, 2]),
    image: { inH: draw.integer(2, 11), kernelH, strideH },
    padding: draw.pick(['same', 'valid']),
    weights: draw.pick(['small', 'gauss', 'uniform', 'extreme', op === 'conv' ? 'wide' : 'small']),
    relu: draw.pick([true, true, true, false]),
  };
}

const fitsFilter = ({ inW, kernelW, padding, image }: CaseShape): boolean =>
  padding === 'same' || (inW >= kernelW && (image === undefined || image.inH >= image.kernelH));

/** Jobs for every tuned kernel of the core on random shapes; some by the reference kernel. */
function randomJobs(core: Core, seed: number): { jobs: Job[]; runs: Map<string, number> } {
  const draw = new CaseMaker(seed);
  const jobs: Job[] = [];
  const runs = new Map<string, number>();
  for (let index = 0; index < shapesPerCore; index++) {
    const shape = index % 3 === 0 ? randomImage(draw) : randomShape(draw);
    if (!fitsFilter(shape)) continue;
    const kernelCase = draw.make(shape);
    if (kernelCase.expected.length === 0) continue;
    const tuned = allTunedLayouts.filter(layout => layout.core === core && layout.supports(kernelCase.step));
    for (const layout of index % 10 === 0 ? [...tuned, referenceLayout] : tuned) {
      jobs.push({ kernelCase, layout });
      runs.set(layout.name, (runs.get(layout.name) ?? 0) + 1);
    }
  }
  return { jobs, runs };
}

/** A step without weights on random input: what every core has one kernel for, but not everywhere the same instructions. */
function weightlessCase(draw: CaseMaker): KernelCase {
  const rows = draw.pick([draw.integer(1, 40), draw.integer(250, 260)]);
  const inC = draw.pick([draw.integer(1, 20), 4 * draw.integer(1, 6)]);
  const shape = [1, rows, inC];
  const format = () => ({
    scale: draw.integer(1, 40) / 400,
    zeroPoint: draw.integer(-128, 127),
    low: -128,
    high: 127,
    type: 'int8' as const,
  });
  const [from, to] = [format(), format()];
  const tensor = { name: '', shape, type: 'int8' as const };
  const run = (operator: Step, outputs: number, input: Int8Array): Int8Array => {
    const output = new Int8Array(outputs);
    operator(input, output);
    return output;
  };
  const op = draw.pick(['mean', 'reduceMax', 'softmax'] as const);
  const [least, most] = draw.pick([
    [-128, 127],
    [-128, -100],
    [100, 127],
  ]);
  const input = Int8Array.from({ length: rows * inC }, () => draw.integer(least, most));
  if (op === 'softmax') {
    const parameters = softmaxParameters(1, from.scale);
    const { multiplier, shift, smallestDifference } = parameters;
    const constants = Int32Array.of(multiplier, shift, smallestDifference);
    const step = plainStep(op, { inW: rows, inC, outW: rows, outC: inC, outZero: -128, constants });
    return { step, input, expected: run(softmaxStep(parameters, inC, -128, 127), input.length, input) };
  }
  const size = { inW: rows, inC, outC: inC };
  if (op === 'reduceMax')
    return { step: plainStep(op, size), input, expected: run(reduceMaxStep(tensor, [1]), inC, input) };
  const { multiplier, shift } = meanMultiplier(from, to, rows);
  const zeros = { inZero: from.zeroPoint, outZero: to.zeroPoint };
  return {
    step: plainStep(op, { ...size, ...zeros, constants: Int32Array.of(multiplier, shift) }),
    input,
    expected: run(meanStep(tensor, [1], from, to, inC), inC, input),
  };
}

const ofImage = (lines: readonly string[]): string[] => lines.filter(line => /^(job|done|fault)/.test(line));

if ((await buildJobsImage('m4')) !== undefined) {
  describe('tuned kernels on emulated cores', () => {
    for (const core of cores) {
      it(`should equal the golden interpreter bit for bit on ${core}, whatever shapes and weights`, async () => {
        const { jobs, runs } = randomJobs(core, 40 + cores.indexOf(core));
        const kernels = allTunedLayouts.filter(layout => layout.core === core).map(({ name }) => name);
        for (const name of kernels) expect(runs.get(name), name).to.be.at.least(100);
        const lines = ofImage(await runJobs(core, (await buildJobsImage(core))!, jobs));
        const described = lines.map(line => {
          const job = jobs[Number(/^job (\d+)/.exec(line)?.[1])];
          return job === undefined ? line : `${line}: ${job.layout.name} ${JSON.stringify(geometryOf(job))}`;
        });
        expect(described).to.deep.equal([`done ${jobs.length}`]);
      }).timeout(600_000);
    }

    for (const core of cores) {
      it(`should equal it in steps without weights on ${core}`, async () => {
        const draw = new CaseMaker(70);
        const jobs = Array.from({ length: 300 }, () => ({
          kernelCase: weightlessCase(draw),
          layout: referenceLayout,
        }));
        const lines = ofImage(await runJobs(core, (await buildJobsImage(core))!, jobs));
        expect(lines).to.deep.equal([`done ${jobs.length}`]);
      }).timeout(600_000);
    }

    it('should be caught by the image when an output differs or a table is cut short', async () => {
      const draw = new CaseMaker(3);
      const kernelCase = draw.make({ ...randomShape(draw), op: 'fullyConnected', inW: 1, inC: 40, outC: 6 });
      const layout = allTunedLayouts.find(({ name }) => name === 'm4-dense')!;
      const expected = Int8Array.from(kernelCase.expected, (value, index) =>
        index === 5 ? value ^ 1 : value,
      );
      const cut = { ...layout, arrange: () => new Uint8Array(64) };
      const jobs = [
        { kernelCase, layout },
        { kernelCase: { ...kernelCase, expected }, layout },
        { kernelCase, layout: cut },
      ];
      const lines = ofImage(await runJobs('m4', (await buildJobsImage('m4'))!, jobs));
      expect(lines).to.deep.equal(['job 1 wrong output', 'job 2 refused', 'done 3']);
    });
  });
}

function geometryOf({ kernelCase: { step } }: Job): Record<string, number | string> {
  const { op, inH, inW, inC, outC, convW, outW, outZero, clampMin, clampMax } = step;
  const { kernelH, kernelW, strideH, strideW, padTop, padLeft } = step;
  const filter = { kernelH, kernelW, strideH, strideW, padTop, padLeft };
  return { op, inH, inW, inC, outC, convW, outW, ...filter, outZero, clampMin, clampMax };
}

describe('planChunks', () => {
  /** Largest and smallest field at the end of each chunk, over all activations, by trying the worst ones. */
  function extremes(weights: readonly number[]): [number, number] {
    let [low, high] = [0x8000, 0x8000 + 127];
    for (const weight of weights) {
      high += Math.max(127 * weight, -128 * weight);
      low += Math.min(127 * weight, -128 * weight);
    }
    return [low, high];
  }

  it('should flush before a 16-bit field of either channel can overflow, and not earlier', () => {
    const draw = new CaseMaker(11);
    for (let round = 0; round < 200; round++) {
      const limit = draw.pick([5, 40, 127, 255]);
      const elements = Array.from({ length: draw.integer(1, 90) }, () =>
        [0, 1].map(() => draw.integer(-limit, limit)),
      );
      let covered = 0;
      let pending: number[][] = [];
      for (const { start, steps, flushBefore } of planChunks(elements)) {
        expect(start).to.equal(covered);
        covered += steps;
        const chunk = elements.slice(start, covered);
        if (flushBefore) {
          const longer = [...pending, chunk[0]];
          const overflow = [0, 1].some(channel => {
            const [low, high] = extremes(longer.map(weights => weights[channel]));
            return low < 0 || high > 65535;
          });
          expect(overflow, 'flush before it is needed').to.equal(true);
          pending = [];
        }
        pending.push(...chunk);
        for (const channel of [0, 1]) {
          const [low, high] = extremes(pending.map(weights => weights[channel]));
          expect(low).to.be.at.least(0);
          expect(high).to.be.at.most(65535);
        }
      }
      expect(covered).to.equal(elements.length);
    }
  });
});
