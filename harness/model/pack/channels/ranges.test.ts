import { expect } from 'chai';
import { CaseMaker } from '../../../testing/kernels/cases.js';
import { buildJobsImage, type Job, runJobs } from '../../../testing/kernels/jobs.js';
import { TestNetworkBuilder } from '../../../testing/model/networks.js';
import { GoldenNetwork } from '../../golden/network.js';
import type { Network } from '../../tflite/network.js';
import { flushCounter } from '../layouts/chunks.js';
import { allTunedLayouts } from '../layouts/layouts.js';
import { lowerNetwork } from '../lower.js';
import type { Core, PlannedStep, ValueRange } from '../step.js';
import { pairedOutputs, withPairedChannels } from './pairing.js';
import { withRanges } from './ranges.js';

const rows = 12;
const inputs = 3;

/** Convolutions one behind the other, with depthwise ones and a pool between. */
function chain(seed: number): Network {
  const b = new TestNetworkBuilder('int8', seed);
  let tensor = b.input([1, 1, rows, inputs]);
  for (let layer = 0; layer < 3; layer++) {
    const activation = b.integer(0, 1) === 0 ? 'relu' : 'none';
    tensor = b.conv(tensor, b.integer(2, 6), [1, b.integer(1, 3)], { activation, padding: 'same' });
    if (b.integer(0, 1) === 0) tensor = b.depthwise(tensor, 1, [1, 3], { padding: 'same' });
    if (b.integer(0, 2) === 0) tensor = b.pool('max-pool2d', tensor, [1, 2]);
  }
  return b.build('chain', [b.conv(tensor, 4, [1, 3], { padding: 'same' })]);
}

/** The network up to what an operator reads. */
function before(network: Network, operator: number): GoldenNetwork {
  const outputs = [network.operators[operator].inputs[0]];
  return new GoldenNetwork({ ...network, operators: network.operators.slice(0, operator), outputs });
}

describe('ranges of activations', () => {
  it('should hold whatever comes in, and be reached by a first layer', () => {
    let [narrow, reached, seen] = [0, 0, 0];
    for (let seed = 1; seed <= 60; seed++) {
      const network = chain(seed);
      const draw = new CaseMaker(seed);
      const steps = withRanges(lowerNetwork(network)).nodes.filter(({ step }) => step.op === 'conv');
      const convolutions = network.operators.flatMap(({ kind }, index) => (kind === 'conv2d' ? [index] : []));
      expect(steps.length).to.equal(convolutions.length);
      const { step: first } = steps[0];
      const taps = first.kernelW * inputs;
      /* windows that take a channel's sum in the middle of the row as far as it goes, and random ends */
      const windows = Array.from({ length: 4 * first.outC }, (_, round) => {
        const window = Int8Array.from({ length: rows * inputs }, () => draw.pick([-128, 127]));
        const start = (6 - first.padLeft) * inputs;
        for (let tap = 0; tap < taps; tap++) {
          const weight = first.weights!.values[(round % first.outC) * taps + tap];
          window[start + tap] = weight < 0 === round < 2 * first.outC ? -128 : 127;
        }
        return window;
      });
      convolutions.slice(1).forEach((operator, index) => {
        const { inputRanges, inC } = steps[index + 1].step;
        const golden = before(network, operator);
        const found = inputRanges!.map((): [number, number] => [127, -128]);
        for (const window of windows)
          golden.run([window])[0].forEach((value, at) => {
            const range = found[at % inC];
            range[0] = Math.min(range[0], value);
            range[1] = Math.max(range[1], value);
          });
        found.forEach(([low, high], channel) => {
          const [least, most] = inputRanges![channel];
          expect(low, `seed ${seed}, operator ${operator}, channel ${channel}`).to.be.at.least(least);
          expect(high, `seed ${seed}, operator ${operator}, channel ${channel}`).to.be.at.most(most);
          if (most - least < 255) narrow++;
          const isDirect = operator === convolutions[0] + 1;
          if (!isDirect) return;
          seen++;
          const zero = steps[1].step.inZero;
          if (Math.min(low, zero) === least && Math.max(high, zero) === most) reached++;
        });
      });
    }
    expect(narrow, 'channels with less than all of int8').to.be.at.least(100);
    expect(seen).to.be.at.least(20);
    expect(reached, 'bounds of first layers that a window reaches').to.equal(seen);
  });
});

/** Flushes of a convolution's pairs as they stand. */
function flushesOf(step: PlannedStep): number {
  const { flushes } = flushCounter(step);
  const firsts = Array.from({ length: step.outC >> 1 }, (_, pair) => 2 * pair);
  return firsts.reduce((sum, channel) => sum + flushes(channel, channel + 1), 0);
}

describe('pairs of output channels', () => {
  it('should need fewer flushes where weights are large', () => {
    let [before, after] = [0, 0];
    for (let seed = 1; seed <= 10; seed++) {
      const { step } = new CaseMaker(seed).make({
        ...{ op: 'conv', inW: 12, inC: 16, outC: 16, kernelW: 3, strideW: 1, padding: 'same', pool: 2 },
        ...{ weights: 'gauss', relu: true },
      });
      const taps = step.weights!.values.length / step.outC;
      step.weights!.values.forEach((weight, index, all) => {
        all[index] = Math.round(weight * (0.3 + ((Math.floor(index / taps) * 7) % 16) / 24));
      });
      const order = pairedOutputs(step);
      expect([...order].sort((a, b) => a - b)).to.deep.equal(order.map((_, channel) => channel));
      const values = order.flatMap(o => [...step.weights!.values.subarray(o * taps, (o + 1) * taps)]);
      const paired = flushesOf({ ...step, weights: { ...step.weights!, values: Int16Array.from(values) } });
      expect(paired).to.be.at.most(flushesOf(step));
      before += flushesOf(step);
      after += paired;
    }
    expect(after).to.be.below(0.85 * before);
  });

  it('should be as they were but for their order, and outputs of the network in their own', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const plan = withRanges(lowerNetwork(chain(seed)));
      const paired = withPairedChannels(plan);
      paired.nodes.forEach(({ step, output }, index) => {
        const { step: old } = plan.nodes[index];
        if (step.op !== 'conv') return;
        expect([...step.weights!.bias].sort()).to.deep.equal([...old.weights!.bias].sort());
        expect([...step.weights!.values].sort()).to.deep.equal([...old.weights!.values].sort());
        if (output === paired.output) expect([...step.weights!.bias]).to.deep.equal([...old.weights!.bias]);
      });
    }
  });
});

const cores: readonly Core[] = ['m0p', 'm3'];

/** Steps whose inputs lie at the ends of what the packer was told, or, `beyond`, some counts further. */
function extremeJobs(core: Core, beyond: number): Job[] {
  const draw = new CaseMaker(5);
  const packed = allTunedLayouts.filter(
    layout => layout.core === core && /packed|stacked|taps/.test(layout.name),
  );
  const jobs: Job[] = [];
  for (let index = 0; index < 120; index++) {
    const inC = draw.integer(2, 24);
    const kernelW = draw.integer(1, 4);
    const inputRanges = Array.from({ length: inC }, (): ValueRange => {
      const low = draw.integer(-128, 40);
      return [low, draw.integer(low, 127 - beyond)];
    });
    const kernelCase = draw.make({
      ...{ op: 'conv', inW: kernelW * draw.integer(2, 12), inC, outC: draw.integer(1, 6), kernelW },
      ...{ strideW: kernelW, padding: 'valid', pool: draw.pick([1, 2]), relu: draw.pick([true, false]) },
      weights: draw.pick(['small', 'gauss', 'extreme']),
      inputRanges: inputRanges.map(([low, high]): ValueRange => [low, high + beyond]),
    });
    if (kernelCase.expected.length === 0) continue;
    const { step } = kernelCase;
    kernelCase.step.inputRanges = step.inputRanges!.map(([low, high]): ValueRange => [low, high - beyond]);
    for (const layout of packed.filter(one => one.supports(step))) jobs.push({ kernelCase, layout });
  }
  return jobs;
}

if ((await buildJobsImage('m3')) !== undefined)
  describe('kernels of two positions a word', () => {
    for (const core of cores)
      it(`should equal the golden interpreter at the ends of the ranges on ${core}, and not beyond`, async function () {
        this.timeout(600_000);
        const image = (await buildJobsImage(core))!;
        const sound = extremeJobs(core, 0);
        const told = (await runJobs(core, image, sound)).filter(line => /^(job|done|fault)/.test(line));
        expect(told).to.deep.equal([`done ${sound.length}`]);
        const planted = await runJobs(core, image, extremeJobs(core, 6));
        const wrong = planted.filter(line => line.includes('wrong output')).length;
        expect(wrong, 'steps whose bounds are too narrow').to.be.at.least(5);
      });
  });
