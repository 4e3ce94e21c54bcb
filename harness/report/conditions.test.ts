import { expect } from 'chai';
import { loadChip } from '../measure/chip/profile.js';
import type { JournalRecord } from '../record/journal/records.js';
import { runRecordSchema } from '../record/run-record.js';
import { firstOf, testJournal } from '../testing/record/run.js';
import { evaluateRun } from '../verdict/open-run.js';
import { energyBudgets, savingBudgets } from './budget.js';
import { conditionRows } from './conditions.js';
import { reportHtml } from './html/page.js';
import { budgetText, summaryMarkdown, summaryText } from './summary.js';

const sha256 = 'a'.repeat(64);
const levels = [{ name: '133MHz', mV: 1100, Hz: 133e6 }];

/** A modelled run of which everything was stated that can be. */
async function stated(): Promise<JournalRecord[]> {
  const records = testJournal({
    levels,
    energy: 'modelled',
    targets: [
      { name: 'saves', metric: 'energy-saving', atLeast: 0.5, strategies: ['1B6S'] },
      { name: 'soon', metric: 'latency-max', atMost: 1e6 },
      { name: 'golden', metric: 'golden-mismatches', atMost: 0 },
    ],
  });
  const campaign = firstOf(records, 'campaign');
  campaign.model = { ambientCelsius: 21.5, chips: [await loadChip('rp2040')] };
  campaign.conditions = {
    benchId: 'lab-2',
    operator: 'N. N.',
    ambientCelsius: 21.5,
    oscillatorPpm: 30,
    meterWarmUpMinutes: 45,
    calibration: { date: '2025-11-01', expires: '2026-10-31', certificate: 'K-17' },
  };
  let block = 0;
  for (const record of records) {
    if (record.kind !== 'block-energy') continue;
    record.temperatureCelsius = 31 + block;
    record.effectiveResolutionAmps = 2e-7;
    record.recording = { name: `recordings/block-${block}-1.lfrec`, bytes: 1234, sha256 };
    block += 1;
  }
  return records;
}

describe('conditions, decision rule and budgets', function () {
  this.timeout(240_000);

  it('should stand in the record, the terminal, Markdown and HTML', async () => {
    const run = evaluateRun(await stated());
    const { record } = run;
    expect(record.conditions).to.include({ benchId: 'lab-2', oscillatorPpm: 30 });
    expect(record.blocks[0]).to.deep.include({
      meterCelsius: [31],
      effectiveResolutionAmps: 2e-7,
      recordings: [{ name: 'recordings/block-0-1.lfrec', bytes: 1234, sha256 }],
    });
    expect(record.decisionRule?.name).to.contain('simple acceptance with guard band');
    expect(record.decisionRule?.source).to.contain('ILAC-G8').and.to.contain('JCGM 106');
    expect(runRecordSchema.parse(JSON.parse(JSON.stringify(record)))).to.deep.equal(record);
    const html = reportHtml(run);
    for (const [where, text] of Object.entries({
      terminal: summaryText(record),
      markdown: summaryMarkdown(record).replaceAll('\\', ''),
      html,
    })) {
      for (const words of ['lab-2', 'N. N.', '21.5 °C', '30 ppm', '2025-11-01, valid to 2026-10-31', 'K-17'])
        expect(text, where).to.contain(words);
      for (const words of ['45 minutes', '31 to 32 °C', '0.2 µA', 'ILAC-G8', 'w = U'])
        expect(text.toLowerCase(), where).to.contain(words.toLowerCase());
    }
    expect(html).to.match(/median/i);
    expect(html).to.contain(sha256).and.to.contain('Cycles of the cortex-m0plus');
  });

  it('should count how many of the checks judge a figure with an interval', async () => {
    const { record } = evaluateRun(await stated());
    const uncertain = record.verdicts.filter(({ target }) => target !== 'golden');
    expect(record.checks?.withInterval).to.equal(uncertain.length);
    expect(record.checks?.total).to.be.above(record.verdicts.length);
    const words = `${record.checks?.withInterval} of ${record.checks?.total} checks`;
    expect(summaryText(record)).to.contain(words);
  });

  it('should say of what nobody stated that it is not stated', () => {
    const { record } = evaluateRun(testJournal({ energy: 'measured' }));
    const rows = new Map(conditionRows(record));
    expect(rows.get('Bench')).to.equal('not stated; operator not stated');
    expect(rows.get('Meter calibrated')).to.equal('not stated');
    expect(rows.get('Ambient temperature')).to.equal('not stated');
    expect(summaryText(record)).to.contain('NO CALIBRATION of the meter is stated');
  });

  it('should print a figure with both parts in one form everywhere', async () => {
    const run = evaluateRun(await stated());
    const { record } = run;
    const form = /\d % (?:± [\d.]+|\\?\[[-\d., ]+\\?\]) \(meter [\d.]+, model [\d.]+\)/;
    const verdict = record.verdicts.find(({ target }) => target === 'saves');
    expect(verdict?.u95Model).to.be.above(0);
    const html = reportHtml(run).replace(/<\/?small>/g, '');
    for (const text of [summaryText(record), summaryMarkdown(record), html, budgetText(record)])
      expect(text).to.match(form);
  });

  it('should list the terms of every saving, the assumptions behind it, and the spread apart', async () => {
    const { record } = evaluateRun(await stated());
    const saving = record.blocks.find(({ strategy }) => strategy === '1B6S')?.savingVsBigOnly;
    const budgets = savingBudgets(record);
    const rows = budgets.flatMap(one => one.rows);
    expect(rows.length).to.equal(record.blocks.filter(({ strategy }) => strategy !== 'big-only').length);
    const [row] = rows;
    for (const { term } of saving?.terms ?? []) expect(row[3]).to.contain(term);
    expect(saving?.terms?.length).to.be.above(0);
    expect(row[4]).to.contain(saving?.sensitivity?.[0].parameter);
    expect(Number(row[5])).to.be.closeTo(100 * (saving?.spread95 ?? 0), 0.05 * 100 * (saving?.spread95 ?? 0));
    expect(energyBudgets(record).flatMap(one => one.rows).length).to.equal(record.blocks.length);
    const text = budgetText(record);
    expect(text).to.contain(budgets[0].head[5]);
    expect(reportHtml(evaluateRun(await stated()))).to.contain(budgets[0].head[5]);
    const markdown = summaryMarkdown(record).replaceAll('\\', '');
    const largest = [...(saving?.terms ?? [])].sort((a, b) => b.share - a.share)[0];
    expect(markdown).to.match(/- Saving of .*meter, k = 1, points: .*; model, one assumption/);
    expect(markdown).to.contain(largest.term).and.to.contain(saving?.sensitivity?.[0].parameter);
  });

  it('should say of a replayed run what it replays', async () => {
    const records = await stated();
    const campaign = firstOf(records, 'campaign');
    campaign.replayOf = { id: 'the-first', energy: 'modelled' };
    campaign.provenance.energy = 'replayed';
    const run = evaluateRun(records);
    expect(summaryText(run.record)).to.contain('REPLAYED from modelled samples of the run the-first');
    expect(summaryMarkdown(run.record)).to.match(/replayed \\?\(modelled\\?\) active energy/);
    expect(reportHtml(run)).to.contain('REPLAYED (MODELLED) ENERGY');
  });
});
