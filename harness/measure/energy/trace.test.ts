import { expect } from 'chai';
import { TraceRecorder } from './trace.js';

describe('the trace of a block', () => {
  it('should keep the charge when it has more samples than it may keep', () => {
    const recorder = new TraceRecorder(100);
    const samples = 1000;
    const periodNs = 1000;
    const current = Float64Array.from({ length: samples }, (_, i) => 1e-3 * (1 + ((i * 7) % 11)));
    const logic = Uint8Array.from({ length: samples }, (_, i) => (i < 300 ? 1 : 2));
    recorder.push({ startNs: 0, periodNs, current, logic });
    const { seconds, amperes, marker, volts } = recorder.result(3.3);
    expect(seconds.length).to.be.at.most(101);
    expect(volts).to.equal(3.3);
    let charge = 0;
    for (let i = 0; i + 1 < seconds.length; i += 1) charge += amperes[i] * (seconds[i + 1] - seconds[i]);
    const own = current.slice(0, -1).reduce((sum, amps) => sum + amps * periodNs * 1e-9, 0);
    expect(charge).to.be.closeTo(own, own * 1e-9);
    expect(seconds[marker.indexOf(2)]).to.be.closeTo(300e-6, 1e-12);
  });
});
