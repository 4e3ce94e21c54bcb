import { expect } from 'chai';
import { thrown } from '../../testing/failure.js';
import type { Timing } from './layouts/layout.js';
import { type GridRow, Timeline } from './timeline.js';

interface Setup {
  rateHz?: number;
  timing?: Timing;
  maxGapSeconds?: number;
}

/** A timeline whose rows are kept, recording by recording. */
class Kept {
  readonly recordings: GridRow[][] = [[]];
  readonly timeline: Timeline;
  #line = 0;

  constructor({ rateHz = 50, timing = 'resample', maxGapSeconds = 0.25 }: Setup = {}) {
    this.timeline = new Timeline({
      channels: ['x', 'y'],
      rateHz,
      timing,
      maxGapSeconds,
      onRow: row => this.recordings.at(-1)!.push(row),
      onCut: () => this.recordings.push([]),
    });
  }

  push(seconds: number, value: number, { label = 0, file = 'a.csv', second = -value } = {}): void {
    this.#line += 1;
    this.timeline.push(
      file,
      { line: this.#line, person: '1', activity: '', seconds, values: [value, second] },
      label,
    );
  }

  /** Values of channel x in each recording that has any. */
  ended(): number[][] {
    this.timeline.cut();
    return this.recordings.filter(rows => rows.length > 0).map(rows => rows.map(row => row.values[0]));
  }
}

describe('the timeline of an import', () => {
  it('puts jittered samples of a straight line back onto the line', () => {
    const kept = new Kept();
    for (let i = 0; i < 600; i++) {
      const seconds = 1000 + (i + 0.3 * Math.sin(i * i)) / 50;
      kept.push(seconds, 3 * seconds);
    }
    const [values] = kept.ended();
    expect(values.length).to.be.within(598, 600);
    for (const [i, value] of values.entries()) expect(value).to.be.closeTo(3 * (1000 + i / 50), 1e-3);
  });

  it('interpolates a slower recording', () => {
    const kept = new Kept();
    for (let i = 0; i < 100; i++) kept.push(i / 20, Math.sin(i / 20));
    const [values] = kept.ended();
    expect(values).to.have.length(248);
    for (const [i, value] of values.entries()) expect(value).to.be.closeTo(Math.sin(i / 50), 4e-4);
  });

  it('averages a faster recording over its own period, so that nothing folds down into it', () => {
    const tone = (hertz: number): number[] => {
      const kept = new Kept();
      for (let i = 0; i < 2000; i++) kept.push(i / 200, Math.sin(2 * Math.PI * hertz * (i / 200)));
      return kept.ended()[0];
    };
    const largest = (values: number[]): number => Math.max(...values.map(Math.abs));
    expect(tone(2)).to.have.length(499);
    expect(largest(tone(2))).to.be.closeTo(1, 0.01);
    // 49 Hz would come back as 1 Hz of full height.
    expect(largest(tone(49))).to.be.below(0.05);
    const slope = new Kept();
    for (let i = 0; i < 400; i++) slope.push(i / 100, i / 100);
    for (const [i, value] of slope.ended()[0].entries()) expect(value).to.be.closeTo((i + 0.5) / 50, 1e-9);
  });

  it('interpolates over short gaps and missing values, and cuts at long ones', () => {
    const kept = new Kept({ maxGapSeconds: 0.1 });
    for (let i = 0; i < 300; i++) {
      if (i >= 100 && i < 103) kept.push(i / 50, Number.NaN);
      else if (i < 200 || i >= 210) kept.push(i / 50, i);
    }
    const recordings = kept.ended();
    expect(recordings.map(values => values.length)).to.deep.equal([200, 90]);
    for (const [i, value] of recordings[0].entries()) expect(value).to.be.closeTo(i, 1e-6);
    expect(recordings[1][0]).to.equal(210);
    expect(kept.timeline.treatment).to.deep.equal({ missing: 3, duplicates: 0, gaps: 1, backwards: 0 });
  });

  it('leaves repeated times out, and cuts where the clock goes back and at another file', () => {
    const kept = new Kept();
    for (let i = 0; i < 50; i++) {
      kept.push(i / 50, i);
      kept.push(i / 50, 99);
    }
    for (let i = 0; i < 40; i++) kept.push(i / 50, i);
    for (let i = 0; i < 30; i++) kept.push(i / 50, i, { file: 'b.csv' });
    expect(kept.ended().map(values => values.length)).to.deep.equal([50, 40, 30]);
    expect(kept.timeline.treatment).to.include({ duplicates: 50, backwards: 1 });
  });

  it('gives each row the class of the sample before it', () => {
    const kept = new Kept();
    for (let i = 0; i < 60; i++) kept.push(i / 20, i, { label: i < 30 ? 1 : 2 });
    kept.timeline.cut();
    const labels = kept.recordings[0].map(row => row.label);
    expect(labels.lastIndexOf(1)).to.equal(74);
    expect(labels.indexOf(2)).to.equal(75);
  });

  describe('that refuses irregular times', () => {
    const refuse = (seconds: number, value = 1): string => {
      const kept = new Kept({ timing: 'refuse' });
      for (let i = 0; i < 10; i++) kept.push(i / 50, i);
      return thrown(() => kept.push(seconds, value), 'LF_DATA_CORRUPT').message;
    };

    it('names the line and what is wrong', () => {
      expect(refuse(0.18)).to.match(/a\.csv, line 11: [\s\S]*the same time again/);
      expect(refuse(0.1)).to.match(/line 11: [\s\S]*a time before the last one/);
      expect(refuse(0.3)).to.match(/line 11: [\s\S]*0\.1200 s after/);
      expect(refuse(0.185)).to.match(/expected: a sample every 0\.02 s \(50 Hz\)[\s\S]*--timing resample/);
      expect(refuse(0.2, Number.NaN)).to.match(/line 11: [\s\S]*none of x/);
    });

    it('passes samples on as they are, and refuses another rate', () => {
      const kept = new Kept({ timing: 'refuse' });
      for (let i = 0; i < 300; i++) kept.push(i / 50 + 0.001 * (i % 2), i);
      expect(kept.ended()[0]).to.deep.equal(Array.from({ length: 300 }, (_, i) => i));
      const other = new Kept({ timing: 'refuse' });
      for (let i = 0; i < 300; i++) other.push(i / 47, i);
      expect(thrown(() => other.ended(), 'LF_DATA_CORRUPT').message).to.match(/47\.00 Hz by its own times/);
    });
  });
});
