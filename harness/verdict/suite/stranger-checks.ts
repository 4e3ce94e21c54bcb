import * as chai from 'chai';
import type { Block } from '../../record/run-record.js';
import type { BlockData } from '../evaluation/block-data.js';
import { blockName } from '../evaluation/blocks.js';
import type { Run } from '../run.js';
import { type Check, validTitle } from './check.js';
import { Broken, Inconclusive } from './inconclusive.js';

const { expect } = chai;

/** What is asserted on a block of a DUT that is not ours: it can prove nothing, so its answers must at least be whole. */
export function strangerChecks({ record, journal }: Run, block: Block, data: BlockData): Check[] {
  const check = (title: string, verify: () => void): Check => ({ group: blockName(block), title, verify });
  const modes = journal.campaign.bench as { modes?: { mode: string; loops?: number | 'all' }[] };
  const isWhole = modes.modes?.some(
    ({ mode, loops }) => mode === block.strategy && (loops ?? 'all') === 'all',
  );
  return [
    check(validTitle, () => {
      expect(block).to.be.validBlock;
    }),
    check('answered every input', () => {
      if (block.invalidity === 'broken') throw new Broken(`the block is invalid: ${block.valid}`);
      if (block.strategy === 'accuracy' && isWhole)
        expect(block.windows, 'inputs').to.equal(record.provenance.dataset.windows);
      else expect(block.windows, 'inputs').to.be.greaterThan(0);
    }),
    ...(block.mlperf?.goldenChecked === 'label' || block.mlperf?.goldenChecked === 'outputs'
      ? [
          check('answers like the golden interpreter', () => {
            if (block.windows === 0) throw new Inconclusive('the DUT answered no input');
            expect(block).to.have.goldenAnswers;
          }),
        ]
      : []),
    check('gave one output a class, or one score', () => {
      const widths = new Set(data.outputs.map(outputs => outputs.length));
      expect(widths.size, 'different numbers of outputs').to.equal(1);
      const [width] = widths;
      if (width > 1) expect(width, 'outputs').to.equal(record.labels.length);
    }),
  ];
}
