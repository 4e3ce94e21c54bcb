import { expect } from 'chai';
import { markers } from '../../machine/machine.js';
import type { WaveformSegment } from '../../machine/waveform.js';
import { ScriptedSource } from '../../machine/waveform.js';
import { LoadSwitch } from './load-switch.js';

describe('switch between board and resistor', () => {
  it('should hide the board while the resistor is on, and let time go on without a gap', () => {
    const board = new ScriptedSource();
    const loadSwitch = new LoadSwitch(board);
    const seen: WaveformSegment[] = [];
    loadSwitch.onSegments(segments => seen.push(...segments));
    board.play([{ amps: 0.02, marker: markers.gate, seconds: 1 }]);
    loadSwitch.connect(0.01);
    expect(loadSwitch.isOnResistor).to.equal(true);
    loadSwitch.pass(1);
    loadSwitch.power(false);
    loadSwitch.pass(1);
    loadSwitch.power(true);
    loadSwitch.pass(2);
    board.play([{ amps: 0.02, marker: markers.gate, seconds: 1 }]);
    loadSwitch.connect(undefined);
    board.play([{ amps: 0.03, marker: markers.big, seconds: 1 }]);
    expect(seen.map(({ amps, logic }) => [amps, logic])).to.deep.equal([
      [0.02, 1],
      [0.01, 0],
      [0, 0],
      [0.01, 0],
      [0.01, 0],
      [0.03, 2],
    ]);
    seen.slice(1).forEach(({ startNs }, i) => {
      expect(startNs).to.equal(seen[i].endNs);
    });
    expect(loadSwitch.nowNs).to.equal(7e9);
  });
});
