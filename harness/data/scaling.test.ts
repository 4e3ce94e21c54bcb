import { expect } from 'chai';
import type { WindowFormat } from '../model/bundle/schema.js';
import { failure } from '../testing/failure.js';
import { checkScaled, fitMinMax, scaleWindows } from './scaling.js';
import type { WindowSet } from './types.js';
import { sealWindowSet } from './window-set.js';

/** 192 rows; channel c of row r is (r + c) / 1024; two overlapping windows. */
function ramp(): WindowSet {
  return sealWindowSet({
    name: 'synthetic',
    split: 'train',
    order: 'published',
    samples: Float64Array.from({ length: 192 * 9 }, (_, i) => (Math.floor(i / 9) + (i % 9)) / 1024),
    starts: Uint32Array.of(0, 64),
    labels: Uint8Array.of(0, 0),
    subjects: Uint8Array.of(1, 1),
    resets: Uint32Array.of(0),
  });
}

function format(part: Partial<WindowFormat>): WindowFormat {
  return {
    samples: 128,
    channels: ['total_acc_x', 'body_acc_x'],
    dtype: 'uint8',
    stride: 64,
    sampleRateHz: 50,
    scaling: { method: 'minmax', fittedOn: 'constants', min: [0, 0], max: [0.1, 0.1] },
    ...part,
  };
}

describe('Input scaling', () => {
  it('truncates between min and max, clamps beyond, in the bundle’s channel order', () => {
    const scaled = scaleWindows(ramp(), format({}));
    expect(scaled.count).to.equal(2);
    const window = scaled.window(0);
    expect(window).to.be.instanceOf(Uint8Array).with.lengthOf(256);
    expect(window[0]).to.equal(Math.trunc((6 / 1024 / 0.1) * 255));
    expect(window[1]).to.equal(0);
    expect(window[255]).to.equal(255);
    expect(scaled.window(1)[1]).to.equal(Math.trunc((64 / 1024 / 0.1) * 255));
  });

  it('shifts int8 by 128', () => {
    const unsigned = scaleWindows(ramp(), format({})).window(1);
    const signed = scaleWindows(ramp(), format({ dtype: 'int8' })).window(1);
    expect([...signed]).to.deep.equal(Array.from(unsigned, value => value - 128));
  });

  it('rounds counts and saturates them', () => {
    const scaling = { method: 'counts' as const, scale: [2 ** -13, 2 ** -19] };
    const window = scaleWindows(ramp(), format({ dtype: 'int16', scaling })).window(1);
    expect([window[0], window[1]]).to.deep.equal([70 * 8, 32767]);
  });

  it('hands out int16 windows as little-endian bytes', () => {
    const scaling = { method: 'counts' as const, scale: [2 ** -13, 2 ** -13] };
    const bytes = scaleWindows(ramp(), format({ dtype: 'int16', scaling })).bytes(1);
    expect(bytes).to.have.lengthOf(512);
    expect([...bytes.subarray(0, 4)]).to.deep.equal([560 & 255, 560 >> 8, 512 & 255, 512 >> 8]);
  });

  it('finds min and max over the windows only', () => {
    const { min, max } = fitMinMax(ramp());
    expect(min).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8].map(c => c / 1024));
    expect(max).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8].map(c => (191 + c) / 1024));
  });

  it('refuses constants of other units, under which channels saturate or stand still', async () => {
    const check = (scaling: WindowFormat['scaling']) => () =>
      checkScaled(scaleWindows(ramp(), format({ scaling })), format({ scaling }));
    const minmax = (max: number) => ({
      method: 'minmax' as const,
      fittedOn: 'train' as const,
      min: [0, 0],
      max: [max, max],
    });
    expect(check(minmax(0.2))).to.not.throw();
    await failure(check(minmax(0.02)), 'LF_BUNDLE_INVALID');
    await failure(check(minmax(200)), 'LF_BUNDLE_INVALID');
  });

  const misfits: [string, Partial<WindowFormat>][] = [
    ['an unknown channel', { channels: ['total_acc_x', 'heart_rate'] }],
    ['another window length', { samples: 100 }],
    ['another rate', { sampleRateHz: 20 }],
    ['another stride', { stride: 32 }],
    ['a channel twice', { channels: ['total_acc_x', 'total_acc_x'] }],
    ['too few constants', { scaling: { method: 'counts', scale: [1] } }],
    ['an empty range', { scaling: { method: 'minmax', fittedOn: 'train', min: [0, 1], max: [1, 1] } }],
  ];
  for (const [misfit, part] of misfits) {
    it(`refuses ${misfit}`, () => failure(() => scaleWindows(ramp(), format(part)), 'LF_BUNDLE_INVALID'));
  }
});
