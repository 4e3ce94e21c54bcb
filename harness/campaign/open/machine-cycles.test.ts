import { expect } from 'chai';
import { markers, type PowerEvent } from '../../machine/machine.js';
import { MachineCycles } from './machine-cycles.js';

describe('cycles of a window as the machine counts them', () => {
  const marker = (value: number, cycles: number, cyclesEarly?: number): PowerEvent => ({
    timeNs: cycles,
    cycles,
    cyclesEarly,
    kind: 'marker',
    value,
  });

  it('should give each stage its cycles and what operands leave open of them', () => {
    const counted = new MachineCycles();
    counted.push([
      marker(markers.transfer, 100, 10),
      marker(markers.gate, 150, 11),
      marker(markers.big, 250, 15),
      marker(markers.idle, 1250, 95),
      marker(markers.gate, 2000, 200),
      marker(markers.idle, 2030, 203),
    ]);
    expect(counted.windows).to.deep.equal([
      { other: 50, gate: 100, big: 1000, early: { other: 1, gate: 4, big: 80 } },
      { other: 0, gate: 30, big: 0, early: { other: 0, gate: 3, big: 0 } },
    ]);
  });

  it('should leave nothing open where the machine tells no range', () => {
    const counted = new MachineCycles();
    counted.push([marker(markers.big, 10), marker(markers.idle, 60)]);
    expect(counted.windows).to.deep.equal([
      { other: 0, gate: 0, big: 50, early: { other: 0, gate: 0, big: 0 } },
    ]);
  });
});
