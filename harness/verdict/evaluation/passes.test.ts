import { expect } from 'chai';
import { mergePassTerms } from '../../measure/energy/uncertainty-passes.js';
import type { JournalRecord } from '../../record/journal/records.js';
import { firstOf, testJournal } from '../../testing/record/run.js';
import { evaluate } from './evaluate.js';

/** A journal whose every block is measured twice; `change` sees the records of each second pass. */
function twoPasses(change: (record: JournalRecord) => void = () => {}): JournalRecord[] {
  const records = testJournal({ levels: [{ name: '24MHz', mV: 850, Hz: 24e6 }], windows: 60 });
  firstOf(records, 'campaign').passes = 2;
  const ofBlocks = records.filter(record => 'block' in record && record.kind !== 'fault');
  const second = structuredClone(ofBlocks);
  for (const record of second) {
    if (record.kind === 'block-start' || record.kind === 'block-end') record.pass = 2;
    change(record);
  }
  return [...records.slice(0, -1), ...second, ...records.slice(-1)];
}

const evaluated = (change?: (record: JournalRecord) => void) => evaluate(twoPasses(change)).blocks;

describe('merged passes', () => {
  const single = evaluate(testJournal({ levels: [{ name: '24MHz', mV: 850, Hz: 24e6 }], windows: 60 }));

  it('of equal energies are the block itself, with smaller repeatability and no drift', () => {
    const blocks = evaluated();
    expect(blocks.length).to.equal(single.blocks.length);
    for (const [i, block] of blocks.entries()) {
      const once = single.blocks[i];
      expect(block.energyPerWindow_uJ!.value).to.be.closeTo(once.energyPerWindow_uJ!.value, 1e-9);
      expect(block.savingVsBigOnly!.energy).to.be.closeTo(once.savingVsBigOnly!.energy!, 1e-12);
      expect([block.correct, block.cyclesPerWindow]).to.deep.equal([once.correct, once.cyclesPerWindow]);
      const terms = Object.fromEntries(block.uncertainty.map(({ term, microjoules }) => [term, microjoules]));
      expect(terms.gain).to.be.closeTo(0.4, 1e-12);
      expect(terms.repeatability).to.be.closeTo(0.05 / Math.sqrt(2), 1e-12);
      expect(terms['drift between passes']).to.be.closeTo(0, 1e-9);
    }
  });

  it('that all gained the same share have the mean energy, and the same saving without a wider interval', () => {
    const blocks = evaluated(record => {
      if (record.kind !== 'energy') return;
      for (const column of [record.gateMicrojoules, record.bigMicrojoules, record.otherMicrojoules])
        for (const w of column.keys()) column[w] *= 1.1;
    });
    for (const [i, block] of blocks.entries()) {
      const once = single.blocks[i];
      expect(block.energyPerWindow_uJ!.value / once.energyPerWindow_uJ!.value).to.be.closeTo(1.05, 1e-9);
      expect(block.energyPerWindow_uJ!.u95).to.be.above(once.energyPerWindow_uJ!.u95);
      expect(block.savingVsBigOnly!.energy).to.be.closeTo(once.savingVsBigOnly!.energy!, 1e-12);
      expect(block.savingVsBigOnly!.u95).to.be.at.most(once.savingVsBigOnly!.u95!);
    }
  });

  it('that answer differently make an invalid block', () => {
    const [first] = evaluated(record => {
      if (record.kind === 'windows') record.labels[3] = (record.labels[3] + 1) % 6;
    });
    expect(first.valid).to.match(/^pass 2 answers 1 windows otherwise than pass 1/);
    expect(first.energyPerWindow_uJ).to.equal(null);
  });

  it('of which one is invalid make an invalid block that names it', () => {
    const [first] = evaluated(record => {
      if (record.kind === 'block-end') record.valid = 'drops: too many';
    });
    expect(first.valid).to.equal('pass 2: drops: too many');
    expect(first.passes?.map(({ valid }) => valid)).to.deep.equal([true, 'drops: too many']);
    expect(first.energyPerWindow_uJ).to.equal(null);
  });

  it('add what is drawn anew in each pass as independent, and all else as the same error', () => {
    const pass = (meanMicrojoules: number, gain: number, edges: number) => ({
      meanMicrojoules,
      terms: [
        { term: 'gain', microjoules: gain, kind: 'B' as const, source: 's' },
        { term: 'edge timing', microjoules: edges, kind: 'B' as const, source: 's' },
      ],
    });
    const terms = mergePassTerms([pass(100, 2, 3), pass(106, 4, 4)]);
    expect(terms.map(({ microjoules }) => microjoules)).to.deep.equal([3, 2.5, 3 / Math.sqrt(3)]);
  });
});
