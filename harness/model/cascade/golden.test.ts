import { expect } from 'chai';
import { messageOf } from '../../testing/failure.js';
import { gates, testBundle } from '../../testing/model/bundle.js';
import type { HoldInput } from '../write.js';
import { argmax, distanceL1, leadOverRunnerUp } from './gates.js';
import { GoldenCascade } from './golden.js';

type Gate = HoldInput['gate'];
type Policy = HoldInput['policy'];

async function cascadeOf(gate: Gate, policy?: Policy, parameter?: number): Promise<GoldenCascade> {
  const bundle = await testBundle([{ kind: 'hold', name: 's', big: 'big', gate, policy }]);
  return new GoldenCascade(bundle, 's', parameter);
}

/** Labels and paths such as `0b 0g 1b`, of windows [a, b, c, d]. */
function answers(cascade: GoldenCascade, windows: number[][]): string {
  return windows
    .map(window => cascade.step(Int8Array.from(window)))
    .map(({ label, path }) => `${label}${path}`)
    .join(' ');
}

/** Windows whose Big label is 0 or 1 and whose one-vs-rest gate keeps (c = 1) or asks (c = 0). */
const A = { keep: [9, 0, 1, 0], ask: [9, 0, 0, 0] };
const B = { keep: [0, 9, 1, 0], ask: [0, 9, 0, 0] };

describe('GoldenCascade: gates', () => {
  it('should run Big on every window without a gate', async () => {
    const cascade = await cascadeOf(gates.none);
    expect(answers(cascade, [A.ask, B.keep, A.keep])).to.equal('0b 1b 0b');
    expect(cascade.step(Int8Array.from(A.keep))).to.deep.equal({
      label: 0,
      path: 'b',
      nets: 1,
      macs: 12,
      big: 1,
    });
  });

  it('should hold the label while the one-vs-rest network keeps it, and pay for both when it asks', async () => {
    const cascade = await cascadeOf(gates.oneVsRest);
    const steps = [A.ask, B.keep, B.ask].map(window => cascade.step(Int8Array.from(window)));
    expect(steps).to.deep.equal([
      { label: 0, path: 'b', nets: 0b01, macs: 12, big: 1 },
      { label: 0, path: 'g', nets: 0b10, macs: 8, big: 0 },
      { label: 1, path: 'b', nets: 0b11, macs: 20, big: 1 },
    ]);
  });

  it('should give a pair network the previous window, whatever ran on it', async () => {
    const cascade = await cascadeOf(gates.pair);
    expect(
      answers(cascade, [
        [5, 0, 0, 0],
        [6, 0, 0, 0],
        [6, 9, 0, 0],
        [5, 9, 0, 0],
      ]),
    ).to.equal('0b 0g 0g 1b');
  });

  it('should compare the distance on the named channels with the threshold, which it must exceed', async () => {
    const windows = [
      [1, 0, 9, 0],
      [1, 5, 99, 5],
      [1, 10, 0, 11],
      [9, -5, 0, 10],
    ];
    expect(answers(await cascadeOf(gates.distance), windows)).to.equal('0b 0g 1b 0b');
    expect(answers(await cascadeOf(gates.distance, undefined, 16), windows)).to.equal('0b 0g 0g 0g');
    const cascade = await cascadeOf(gates.distance);
    cascade.step(Int8Array.from(windows[0]));
    expect(cascade.step(Int8Array.from(windows[1]))).to.deep.equal({
      label: 0,
      path: 'g',
      nets: 0,
      macs: 2,
      big: 0,
    });
  });

  it('should ask when a confident Little disagrees or an agreeing one is not sure', async () => {
    const windows = [
      [9, 0, 0, 0],
      [0, 9, 6, 1],
      [0, 9, 6, 2],
      [0, 9, 1, 6],
      [9, 0, 7, 1],
    ];
    expect(answers(await cascadeOf(gates.confidence), windows)).to.equal('0b 0g 1b 1g 0b');
    expect(answers(await cascadeOf(gates.confidence, undefined, 0), windows)).to.equal('0b 0g 0g 1b 0b');
  });

  it('should let the first index win a tie', () => {
    expect(argmax([3, 5, 5])).to.equal(1);
    expect(leadOverRunnerUp([5, 3, 5])).to.equal(0);
    expect(leadOverRunnerUp([-7, 2, -9])).to.equal(9);
    expect(distanceL1([1, 2, 3, 4], [0, 5, 3, -4], [1], 2)).to.equal(11);
  });
});

describe('GoldenCascade: policies', () => {
  it('should wait for as many asking windows in a row as hysteresis says', async () => {
    const cascade = await cascadeOf(gates.oneVsRest, { hysteresis: 2 });
    expect(answers(cascade, [A.keep, B.ask, B.keep, B.ask, B.ask, A.ask, A.ask])).to.equal(
      '0b 0g 0g 0g 1b 1g 0b',
    );
  });

  it('should refresh on every K-th window after a Big run, without asking the gate', async () => {
    const cascade = await cascadeOf(gates.oneVsRest, { refreshEvery: 3 });
    expect(answers(cascade, [A.keep, B.keep, B.keep, B.keep, B.ask, A.keep, A.keep, A.keep])).to.equal(
      '0b 0g 0g 1b 1b 1g 1g 0b',
    );
    const always = await cascadeOf(gates.oneVsRest, { refreshEvery: 1 });
    always.step(Int8Array.from(A.keep));
    expect(always.step(Int8Array.from(B.keep))).to.include({ label: 1, nets: 1 });
  });

  it('should never run Big more often than the cap allows, and make up for a barred run as soon as it may', async () => {
    const cascade = await cascadeOf(gates.oneVsRest, { bigCap: 2, bigCapWindow: 4 });
    const windows = [A.ask, B.ask, A.ask, A.keep, A.keep, B.keep];
    const steps = windows.map(window => cascade.step(Int8Array.from(window)));
    expect(steps.map(({ label, path, nets }) => `${label}${path}${nets}`)).to.deep.equal([
      '0b1',
      '1b3',
      '1g2',
      '1g0',
      '0b1',
      '0g2',
    ]);
  });

  it('should let at most bigCap runs into any bigCapWindow windows in a row', async () => {
    const cascade = await cascadeOf(gates.none, { bigCap: 3, bigCapWindow: 7 });
    const runs = Array.from({ length: 60 }, () => cascade.step(Int8Array.from(A.keep)).big as number);
    for (let start = 0; start + 7 <= runs.length; start++) {
      expect(runs.slice(start, start + 7).reduce((sum, ran) => sum + ran, 0)).to.equal(3);
    }
  });

  it('should forget everything at a reset', async () => {
    const cascade = await cascadeOf(gates.oneVsRest, { bigCap: 1, bigCapWindow: 100, hysteresis: 2 });
    const windows = [A.keep, B.ask, B.ask, B.ask];
    const first = answers(cascade, windows);
    cascade.reset();
    expect(answers(cascade, windows)).to.equal(first).and.to.equal('0b 0g 0g 0g');
  });
});

describe('GoldenCascade: choosing a strategy', () => {
  it('should name the strategies there are when one is not among them', async () => {
    const bundle = await testBundle([{ kind: 'hold', name: 's', big: 'big', gate: gates.none }]);
    const text = await messageOf(async () => new GoldenCascade(bundle, 'other'));
    expect(text)
      .to.match(/^LF_UNKNOWN_STRATEGY/)
      .and.to.include('expected: one of s');
  });

  it('should refuse a parameter where none is taken or out of range', async () => {
    expect(await messageOf(() => cascadeOf(gates.none, undefined, 1))).to.match(
      /^LF_USAGE.*takes no parameter/,
    );
    expect(await messageOf(() => cascadeOf(gates.confidence, undefined, 256))).to.match(/^LF_USAGE/);
    expect(await messageOf(() => cascadeOf(gates.distance, undefined, 1.5))).to.match(/^LF_USAGE/);
    expect(await messageOf(() => cascadeOf(gates.distance, undefined, 4294967295))).to.equal('none');
  });
});
