import { expect } from 'chai';
import { firstOf, type TestRunOptions, testJournal } from '../../testing/record/run.js';
import { blockName } from '../../verdict/evaluation/blocks.js';
import { evaluateRun } from '../../verdict/open-run.js';
import { labelBlock, labelFacts } from './facts.js';
import { labelShapes, page, wrapped } from './layout.js';
import { labelPdf, pdfString } from './pdf.js';
import { labelSvg } from './svg.js';

function factsOf(options: TestRunOptions = {}, change?: (records: ReturnType<typeof testJournal>) => void) {
  const records = testJournal({ windows: 30, ...options });
  change?.(records);
  const { record } = evaluateRun(records);
  return { record, facts: labelFacts(record, labelBlock(record)) };
}

const textsOf = (shapes: ReturnType<typeof labelShapes>) =>
  shapes.flatMap(shape => (shape.kind === 'text' ? [shape.text] : [])).join('\n');

describe('the energy label', () => {
  it('should show accuracy, energy, savings, battery life with intervals, and whose energy it is', () => {
    const { facts } = factsOf();
    const text = textsOf(labelShapes(facts));
    for (const words of ['MODELLED ENERGY', 'No silicon was measured', '1B6S', 'Accuracy', 'sleep included'])
      expect(text).to.contain(words);
    expect(text).to.match(/Battery life, CR2032, modelled\n[\d.]+ days/);
    expect(text).to.match(/Saved against big-only, active, modelled\n[\d.]+ %/);
    expect(text).to.match(/Accuracy, uci-har\n[\d.]+ % \[[\d.]+, [\d.]+\]/);
    expect(text).to.not.match(/± 0\b|NaN|undefined|Infinity/);
    for (const { name } of facts.figures)
      if (/energy|saved|power|battery/i.test(name)) expect(name).to.contain('modelled');
  });

  it('should call measured only what was', () => {
    for (const energy of ['modelled', 'replayed', 'indicative', 'none'] as const) {
      const text = textsOf(labelShapes(factsOf({ energy }).facts));
      expect(
        text.replace('No silicon was measured', '').replace('not called measured', ''),
        energy,
      ).to.not.match(/(?<!un)measured/i);
    }
    expect(textsOf(labelShapes(factsOf({ energy: 'measured' }).facts))).to.contain('MEASURED ENERGY');
  });

  it('should give battery life the interval of the record, which is not symmetric', () => {
    const { record } = factsOf();
    const block = labelBlock(record);
    const life = (u95: number | null, ci95: [number, number | null]) => {
      const days = { value: 1000, u95, u95Meter: u95, u95Model: 0, ci95 };
      const facts = labelFacts(record, { ...block, batteryDays: { CR2032: days } });
      return facts.figures.find(({ name }) => name.startsWith('Battery life'))?.value;
    };
    expect(life(1000, [666.7, 2000])).to.equal('1,000 days [667, 2,000]');
    expect(life(null, [454.5, null])).to.equal('at least 450 days');
  });

  it('should be of the block that saves least, or of the one that is named', () => {
    const { record } = factsOf();
    const near = (block: (typeof record.blocks)[number]) =>
      (block.savingVsBigOnly?.energy ?? 1) - (block.savingVsBigOnly?.u95 ?? 0);
    const cascades = record.blocks.filter(({ strategy }) => strategy !== 'big-only');
    expect(near(labelBlock(record))).to.equal(Math.min(...cascades.map(near)));
    const named = record.blocks[0];
    expect(labelBlock(record, blockName(named))).to.equal(named);
    expect(() => labelBlock(record, 'no/such/block')).to.throw('no such block');
  });

  it('should stay on its page, whatever it is called', () => {
    const long = `a-${'very-'.repeat(30)}long name of a bundle`;
    const { facts } = factsOf({ bundles: [long, 'other'] }, records => {
      firstOf(records, 'campaign').waived = ['rule '.repeat(80)];
      firstOf(records, 'campaign').batteries?.push({ name: 'LiPo', joules: 2000, source: 'a test' });
    });
    for (const shape of labelShapes(facts)) {
      expect(shape.y).to.be.at.most(page.height - 12);
      if (shape.kind === 'text') expect(shape.text.length * shape.size * 0.5).to.be.at.most(page.width - 40);
    }
    expect(wrapped('one two three', 40, 8, false, 2)).to.deep.equal(['one two', 'three']);
    expect(wrapped('x'.repeat(30), 40, 8, false, 2)).to.deep.equal(['xxxxxxxx', 'xxxxx...']);
  });

  it('should be an SVG that lets no name act', () => {
    const svg = labelSvg(factsOf({ bundles: ['<script>alert(1)</script>', 'other'] }).facts);
    expect(svg).to.not.contain('<script');
    expect(svg).to.match(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"[^>]* role="img"/);
    expect(svg).to.not.match(/href|url\(|@import/);
  });

  it('should be a PDF whose table of objects is right, and whose strings are closed', () => {
    const { facts } = factsOf({ bundles: ['a) Tj (b\\', 'other'] });
    const file = labelPdf(facts).toString('latin1');
    expect(labelPdf(facts).toString('latin1')).to.equal(file);
    expect(file)
      .to.match(/^%PDF-1\.4\n/)
      .and.to.match(/%%EOF\n$/);
    const start = Number(/startxref\n(\d+)\n/.exec(file)?.[1]);
    expect(file.slice(start, start + 5)).to.equal('xref\n');
    const offsets = [...file.slice(start).matchAll(/^(\d{10}) 00000 n $/gm)].map(([, offset]) =>
      Number(offset),
    );
    expect(offsets).to.have.length(7);
    offsets.forEach((offset, i) => {
      expect(file.slice(offset).startsWith(`${i + 1} 0 obj\n`)).to.equal(true);
    });
    const [, length, rest] = /\/Length (\d+) >>\nstream\n([\s\S]*)/.exec(file) ?? [];
    expect(rest.slice(Number(length)).startsWith('\nendstream')).to.equal(true);
    expect(file).to.contain('(MODELLED ENERGY)');
    expect(pdfString('µ ± (1) \\ – 好')).to.equal('(\\265 \\261 \\(1\\) \\\\ \\226 ?)');
  });
});
