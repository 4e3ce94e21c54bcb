import { expect } from 'chai';
import fc from 'fast-check';
import { DirectMeter } from '../../emulator/instruments/direct.js';
import type { WaveformSegment } from '../../machine/waveform.js';
import { ruleLimits } from '../limits.js';
import type { SampleChunk } from '../meter/meter.js';
import { Segmenter } from './segment.js';
import type { WindowEnergy } from './windows.js';

type Step = [amps: number, marker: 0 | 1 | 2 | 3, microseconds: number];

/** Samples a waveform with the ideal meter. */
async function sample(steps: Step[], sampleRateHz = 1e5, exactEdges = false): Promise<SampleChunk[]> {
  let listener: ((segments: readonly WaveformSegment[]) => void) | undefined;
  const meter = new DirectMeter({
    source: {
      nowNs: 0,
      onSegments: receiver => {
        listener = receiver;
        return () => {};
      },
    },
    settle: async () => {},
    exactEdges,
  });
  await meter.configure({ supplyMillivolts: 1000, sampleRateHz });
  const chunks: SampleChunk[] = [];
  await meter.start(chunk => chunks.push(chunk));
  let startNs = 0;
  for (const [amps, logic, microseconds] of steps) {
    const endNs = startNs + microseconds * 1e3;
    listener?.([{ startNs, endNs, amps, logic }]);
    startNs = endNs;
  }
  await meter.stop();
  return chunks;
}

function segment(chunks: SampleChunk[]) {
  const windows: WindowEnergy[] = [];
  const segmenter = new Segmenter({ supplyVolts: 1, onWindow: window => windows.push(window) });
  for (const chunk of chunks) segmenter.push(chunk);
  return { windows, result: segmenter.finish() };
}

/** Cuts chunks into single samples or other pieces. */
function recut(chunks: SampleChunk[], size: number): SampleChunk[] {
  return chunks.flatMap(chunk => {
    const pieces: SampleChunk[] = [];
    for (let i = 0; i < chunk.current.length; i += size) {
      pieces.push({
        ...chunk,
        startNs: chunk.startNs + i * chunk.periodNs,
        current: chunk.current.slice(i, i + size),
        logic: chunk.logic.slice(i, i + size),
      });
    }
    return pieces;
  });
}

const idle = 1e-5;
const window = fc.record({
  gateUs: fc.double({ min: 35, max: 900, noNaN: true }),
  bigUs: fc.option(fc.double({ min: 35, max: 3000, noNaN: true }), { nil: 0 }),
  gateAmps: fc.double({ min: 1e-3, max: 0.1, noNaN: true }),
  bigAmps: fc.double({ min: 1e-3, max: 0.1, noNaN: true }),
  gapUs: fc.double({ min: 130, max: 2000, noNaN: true }),
});

function stepsOf(
  windows: { gateUs: number; bigUs: number; gateAmps: number; bigAmps: number; gapUs: number }[],
) {
  const steps: Step[] = [[idle, 0, 1000]];
  for (const { gateUs, bigUs, gateAmps, bigAmps, gapUs } of windows) {
    steps.push([gateAmps, 1, gateUs]);
    if (bigUs > 0) steps.push([bigAmps, 2, bigUs]);
    steps.push([idle, 0, gapUs]);
  }
  steps.push([idle, 0, 1000]);
  return steps;
}

describe('segmentation', () => {
  it('should find every window, its energy to the sleeping current times a sample, and lose no joule', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(window, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 50 }),
        async (list, size) => {
          const chunks = recut(await sample(stepsOf(list)), size);
          const { windows, result } = segment(chunks);
          expect(windows.length).to.equal(list.length);
          expect(result.windows).to.equal(list.length);
          list.forEach((truth, i) => {
            const { gate, big, other } = windows[i];
            const joules = truth.gateAmps * truth.gateUs * 1e-6 + truth.bigAmps * truth.bigUs * 1e-6;
            const seconds = (truth.gateUs + truth.bigUs) * 1e-6;
            expect(gate.joules + big.joules + other.joules).to.be.closeTo(
              joules,
              1e-9 * joules + idle * 1e-5,
            );
            expect(gate.seconds + big.seconds + other.seconds).to.be.closeTo(seconds, 1.001e-5);
            expect(big.seconds > 0).to.equal(truth.bigUs > 0);
          });
        },
      ),
      { numRuns: 150, seed: 11 },
    );
  });

  it('should find the exact time and energy of every part where samples end at the edges', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(window, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 50 }),
        async (list, size) => {
          const steps: Step[] = stepsOf(list).map(([, marker, microseconds]) => [0.02, marker, microseconds]);
          const { windows } = segment(recut(await sample(steps, 1e5, true), size));
          expect(windows.length).to.equal(list.length);
          list.forEach((truth, i) => {
            const { gate, big, energyVariance, timeVariance } = windows[i];
            expect(gate.seconds).to.be.closeTo(truth.gateUs * 1e-6, 1e-12);
            expect(big.seconds).to.be.closeTo(truth.bigUs * 1e-6, 1e-12);
            expect(gate.joules).to.be.closeTo(0.02 * truth.gateUs * 1e-6, 1e-13);
            expect(energyVariance + timeVariance).to.equal(0);
          });
        },
      ),
      { numRuns: 100, seed: 12 },
    );
  });

  it('should measure idle power and its time between exact edges, however short the cut samples are', async () => {
    const { result } = segment(
      await sample(
        [
          [1e-5, 0, 1000.001],
          [0.02, 1, 200.001],
          [2e-5, 0, 150.001],
          [0.02, 1, 0.5],
          [3e-5, 0, 5000],
        ],
        1e5,
        true,
      ),
    );
    expect(result.idleBefore.watts).to.be.closeTo(1e-5, 1e-15);
    expect(result.idleBetween.watts).to.be.closeTo(2e-5, 1e-15);
    expect(result.idleAfter.watts).to.be.closeTo(3e-5, 1e-15);
    expect(result.idleAfter.seconds).to.be.above(4.9e-3);
    expect(result.totalSeconds).to.be.closeTo(6.350503e-3, 1e-11);
  });

  it('should not depend on how the samples are cut into chunks', async () => {
    const chunks = await sample(
      stepsOf([{ gateUs: 77.7, bigUs: 1234.5, gateAmps: 0.02, bigAmps: 0.03, gapUs: 500 }]),
    );
    expect(segment(recut(chunks, 1)).windows).to.deep.equal(segment(chunks).windows);
  });

  it('should resolve an edge inside a sample by the current step', async () => {
    const { windows } = segment(
      await sample([
        [idle, 0, 1003.7],
        [0.02, 1, 500],
        [idle, 0, 1000],
      ]),
    );
    expect(windows[0].gate.seconds).to.be.closeTo(500e-6, 1e-9);
    expect(windows[0].startNs).to.be.closeTo(1003.7e3, 1);
    expect(windows[0].timeVariance).to.be.below(1e-18);
  });

  it('should say T/sqrt(12) for an edge without a current step', async () => {
    const { windows } = segment(
      await sample([
        [0.02, 0, 1003.7],
        [0.02, 1, 500],
        [0.02, 0, 1000],
      ]),
    );
    expect(Math.sqrt(windows[0].timeVariance / 2)).to.be.closeTo(1e-5 / Math.sqrt(12), 1e-12);
    expect(windows[0].gate.joules).to.be.closeTo(0.02 * 500e-6, 0.02 * 1e-5);
  });

  it('should not take transfers, or a glitch beside one, for windows', async () => {
    const { windows, result } = segment(
      await sample([
        [idle, 0, 1000],
        [0.02, 1, 4],
        [0.02, 3, 700],
        [0.02, 2, 5],
        [idle, 0, 300],
        [0.02, 1, 200],
        [idle, 0, 300],
      ]),
    );
    expect(windows.length).to.equal(1);
    expect(windows[0].gate.joules).to.be.closeTo(0.02 * 200e-6, 1e-9);
    expect(result.glitches).to.be.at.most(2);
  });

  it('should join a window over a short idle glitch between gate and Big', async () => {
    const { windows, result } = segment(
      await sample([
        [idle, 0, 1000],
        [0.02, 1, 200],
        [0.02, 0, 12],
        [0.02, 2, 900],
        [idle, 0, 300],
      ]),
    );
    expect(windows.length).to.equal(1);
    expect(result.glitches).to.equal(1);
    expect(windows[0].gate.joules + windows[0].big.joules).to.be.closeTo(0.02 * 1112e-6, 1e-9);
  });

  it('should not count a window whose beginning or end was not seen', async () => {
    const { windows } = segment(
      await sample([
        [0.02, 2, 400],
        [idle, 0, 300],
        [0.02, 1, 200],
        [idle, 0, 300],
        [0.02, 1, 200],
      ]),
    );
    expect(windows.length).to.equal(1);
  });

  it('should bridge lost and bad samples and say how much', async () => {
    const chunks = recut(
      await sample([
        [idle, 0, 1000],
        [0.02, 1, 600],
        [idle, 0, 1000],
      ]),
      1,
    );
    const inWindow = chunks.findIndex(chunk => chunk.logic[0] === 1) + 5;
    chunks[inWindow].current[0] = Number.NaN;
    chunks.splice(inWindow + 20, 3);
    const { windows, result } = segment(chunks);
    expect(result.badSamples).to.equal(1);
    expect(result.bridgedSeconds).to.be.closeTo(4e-5, 1e-12);
    expect(result.bridgedInWindows).to.be.closeTo(4e-5, 1e-12);
    expect(windows[0].gate.joules).to.be.closeTo(0.02 * 600e-6, 1e-9);
  });

  it('should measure idle power before, between and after', async () => {
    const { result } = segment(
      await sample([
        [1e-5, 0, 1000],
        [0.02, 1, 200],
        [2e-5, 0, 1000],
        [0.02, 1, 200],
        [3e-5, 0, 1000],
      ]),
    );
    expect(result.idleBefore.watts).to.be.closeTo(1e-5, 1e-15);
    expect(result.idleBetween.watts).to.be.closeTo(2e-5, 1e-15);
    expect(result.idleAfter.watts).to.be.closeTo(3e-5, 1e-15);
  });

  it('should find an idle baseline in the shortest guard of the firmware', async () => {
    const { result } = segment(
      await sample([
        [0.02, 3, 500],
        [1e-5, 0, 100],
        [0.02, 1, 200],
        [1e-5, 0, 100],
        [0.02, 3, 500],
      ]),
    );
    expect(result.idleBefore.seconds).to.be.at.least(ruleLimits.idleSeconds);
    expect(result.idleAfter.seconds).to.be.at.least(ruleLimits.idleSeconds);
    expect(result.idleBefore.watts).to.be.closeTo(1e-5, 1e-12);
  });

  it('should refuse time that runs backwards and samples after the end', async () => {
    const chunks = await sample([[idle, 0, 1000]]);
    const segmenter = new Segmenter({ supplyVolts: 1 });
    segmenter.push(chunks[0]);
    expect(() => segmenter.push(chunks[0])).to.throw('backwards');
    segmenter.finish();
    expect(() => segmenter.push(chunks[0])).to.throw('after the end');
  });
});
