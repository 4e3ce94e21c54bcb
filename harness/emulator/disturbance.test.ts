import { expect } from 'chai';
import { ScriptedSource, type WaveformPiece, type WaveformSegment } from '../machine/waveform.js';
import { type Disturbance, DisturbedSource } from './disturbance.js';

const script: WaveformPiece[] = [
  { amps: 1e-6, marker: 0, seconds: 0.01 },
  { amps: 0.01, marker: 1, seconds: 0.002 },
  { amps: 1e-6, marker: 0, seconds: 0.02 },
];

function play(disturbance: Disturbance): WaveformSegment[] {
  const source = new ScriptedSource();
  const segments: WaveformSegment[] = [];
  new DisturbedSource(source, { volts: 3, ...disturbance }).onSegments(list => segments.push(...list));
  source.play(script);
  return segments;
}

const charge = (
  segments: readonly WaveformSegment[],
  which: (segment: WaveformSegment) => boolean = () => true,
) =>
  segments.filter(which).reduce((sum, { amps, startNs, endNs }) => sum + amps * (endNs - startNs) * 1e-9, 0);
const active = ({ logic }: WaveformSegment) => logic === 1;
const truth = charge(play({}));

describe('faults of a bench between chip and meter', () => {
  it('should leave a waveform alone, without gaps, where there are none', () => {
    const segments = play({});
    expect(charge(segments, active)).to.be.closeTo(2e-5, 1e-12);
    for (const [i, { startNs }] of segments.slice(1).entries()) expect(startNs).to.equal(segments[i].endNs);
    expect(segments.at(-1)?.endNs).to.be.closeTo(32e6, 1e-3);
  });

  it('should move charge by a capacitor out of the window, and create none', () => {
    const segments = play({ rcSeconds: 200e-6 });
    expect(charge(segments)).to.be.closeTo(truth, 1e-6 * truth);
    expect(charge(segments, active) / 2e-5).to.be.closeTo(1 - 200e-6 / 2e-3, 1e-3);
  });

  it('should delay the lines, not the current', () => {
    const segments = play({ latencySeconds: 50e-6 });
    expect(charge(segments)).to.be.closeTo(truth, 1e-9 * truth);
    expect(charge(segments, active) / 2e-5).to.be.closeTo(1 - 50e-6 / 2e-3, 1e-4);
    expect(segments.find(active)?.startNs).to.be.closeTo(10.05e6, 1);
  });

  it('should sag, feed backwards, rush in, hum and wander as told', () => {
    expect(charge(play({ sagOhms: 5 }), active) / 2e-5).to.be.closeTo(
      (3 - Math.sqrt(9 - 4 * 5 * 0.01 * 3)) / 0.1,
      1e-6,
    );
    expect(charge(play({ backPowerAmps: 1e-3 }), active) / 2e-5).to.be.closeTo(0.9, 1e-6);
    const rush = play({ inrush: { amps: 0.02, seconds: 1e-4 } });
    expect(charge(rush, active)).to.be.closeTo(2e-5 + 2e-6, 1e-9);
    const hum = charge(play({ humAmps: 1e-3 })) - truth;
    expect(hum).to.be.closeTo(((1 - Math.cos(2 * Math.PI * 50 * 0.032)) * 1e-3) / (2 * Math.PI * 50), 1e-9);
    const quiet = play({ slowNoise: { amps: 1e-4, seconds: 1e-3 } }).filter(({ logic }) => logic === 0);
    const spread = Math.sqrt(quiet.reduce((sum, { amps }) => sum + amps ** 2, 0) / quiet.length);
    expect(spread).to.be.within(5e-5, 2e-4);
  });

  it('should bend, drift, hold, lag and run fast as told', () => {
    const bent = play({ nonLinearity: { share: 0.01, phase: 0 } }).find(active)!;
    expect(bent.amps / 0.01 - 1).to.be.closeTo(0.01 * Math.sin(2 * Math.PI * 1.5 * -2), 1e-9);
    expect(play({ gainPerSecond: 1 }).find(active)!.amps).to.be.closeTo(0.01 * 1.01, 1e-6);
    expect(play({ offsetAmpsPerSecond: 1e-3 }).find(active)!.amps).to.be.closeTo(0.01 + 1e-5, 1e-8);
    const held = play({ holdSeconds: 3e-3 });
    expect(charge(held, ({ amps }) => amps > 1e-3)).to.be.closeTo(0, 1e-12);
    const late = play({ lagSeconds: 1e-4 });
    expect(charge(late, active) / 2e-5).to.be.closeTo(0.95, 1e-4);
    expect(play({ clockRelative: 0.01 }).at(-1)?.endNs).to.be.closeTo(32e6 * 1.01, 1);
  });

  it('should let a resistor draw less over a resistance, and nothing feed it', () => {
    const source = new ScriptedSource();
    const segments: WaveformSegment[] = [];
    const disturbed = new DisturbedSource(source, { volts: 3, sagOhms: 30, backPowerAmps: 1e-3 });
    disturbed.isOnResistor = true;
    disturbed.onSegments(list => segments.push(...list));
    source.play(script);
    expect(segments.find(active)!.amps).to.be.closeTo(3 / (300 + 30), 1e-9);
  });
});
