import { expect } from 'chai';
import type { PowerEvent } from '../../machine/machine.js';
import { lineUseOf, windowTimes } from './line-use.js';

const marker = (timeNs: number, value: number): PowerEvent => ({ kind: 'marker', timeNs, cycles: 0, value });

/** Three windows, one millisecond apart: gate alone, gate and Big, Big alone. */
const trace: PowerEvent[] = [
  marker(0, 3),
  marker(1e6, 1),
  marker(1.25e6, 3),
  marker(2e6, 1),
  marker(2.25e6, 2),
  marker(2.75e6, 3),
  marker(3e6, 2),
  marker(3.5e6, 0),
];

describe('line use', () => {
  it('should begin a window where work begins, and count gate and Big as one', () => {
    expect(windowTimes(trace)).to.deep.equal({ startsNs: [1e6, 2e6, 3e6], workNs: [0.25e6, 0.75e6] });
  });

  it('should share line and core over the time from the first start to the last', () => {
    const use = lineUseOf(windowTimes(trace), [90, 90, 80], { baudRate: 1e6, windowBytes: 75 });
    expect(use.windowsPerSecond).to.be.closeTo(1000, 1e-9);
    expect(use.lineUse).to.be.closeTo(170 / 200, 1e-12);
    expect(use.payloadUse).to.be.closeTo(150 / 200, 1e-12);
    expect(use.coreUse).to.be.closeTo(0.5, 1e-12);
  });

  it('should refuse markers that do not fit the frames', () => {
    expect(() => lineUseOf(windowTimes(trace), [90, 90], { baudRate: 1e6, windowBytes: 75 })).to.throw(
      RangeError,
    );
  });
});
