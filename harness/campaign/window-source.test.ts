import { expect } from 'chai';
import { windowSource } from './window-source.js';

/** Windows of 4 samples of 2 bytes at these rows. */
function windowsAt(rows: readonly number[]) {
  const data = Uint8Array.from({ length: 64 }, (_, i) => i);
  return { bytes: (i: number) => data.subarray(rows[i] * 2, (rows[i] + 4) * 2) };
}

describe('window source', () => {
  it('should give only the new samples of a window that follows the one before it', () => {
    const windows = windowsAt([0, 2, 4, 10, 12, 13, 11]);
    const { tail, payload, count, windowBytes } = windowSource(windows, { samples: 4, stride: 2 }, 0, 7);
    expect([count, windowBytes, tail?.bytes]).to.deep.equal([7, 8, 4]);
    const follows = [1, 2, 3, 4, 5, 6].map(i => tail?.of(i) !== undefined);
    expect(follows).to.deep.equal([true, true, false, true, false, false]);
    expect([...(tail?.of(1) ?? [])]).to.deep.equal([8, 9, 10, 11]);
    expect([...payload(1)]).to.deep.equal([4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('should count windows from its own first one', () => {
    const { tail, payload, count } = windowSource(windowsAt([0, 8, 10]), { samples: 4, stride: 2 }, 1, 3);
    expect(count).to.equal(2);
    expect(payload(0)[0]).to.equal(16);
    expect([...(tail?.of(1) ?? [])]).to.deep.equal([24, 25, 26, 27]);
  });

  it('should know no tails where windows do not overlap', () => {
    expect(windowSource(windowsAt([0, 4]), { samples: 4, stride: 4 }, 0, 2).tail).to.equal(undefined);
  });
});
