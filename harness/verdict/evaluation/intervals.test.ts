import { expect } from 'chai';
import { loadChip } from '../../measure/chip/profile.js';
import type { JournalRecord } from '../../record/journal/records.js';
import { reportHtml } from '../../report/html/page.js';
import { summaryMarkdown, summaryText } from '../../report/summary.js';
import { firstOf, testJournal } from '../../testing/record/run.js';
import { evaluateRun } from '../open-run.js';
import { modelOf } from './model-part.js';

const chipName = 'ecm3532';

/** A journal of a near-threshold chip, whose currents are known to a factor only. `meter` multiplies the meter's uncertainty. */
async function wideJournal(meter = 1): Promise<JournalRecord[]> {
  const chip = await loadChip(chipName);
  const levels = chip.levels.map(({ name, millivolts, hertz }) => ({
    name,
    mV: millivolts.value,
    Hz: hertz.value,
  }));
  const targets = [
    { name: 'lasts', metric: 'battery-days' as const, battery: 'CR2032', atLeast: 1, strategies: ['1B6S'] },
    { name: 'little', metric: 'energy-per-window' as const, atMost: 1e6 },
  ];
  const records = testJournal({ chips: [chipName], levels, targets });
  firstOf(records, 'campaign').model = { ambientCelsius: 25, chips: [chip] };
  for (const record of records) {
    if (record.kind !== 'block-energy') continue;
    record.uncertainty = record.uncertainty.map(term => ({ ...term, microjoules: term.microjoules * meter }));
    record.idleMicrowatts = 20;
    record.idle = {
      microwatts: 20,
      beforeMicrowatts: 20,
      afterMicrowatts: 20,
      seconds: 0.15,
      stretches: 4,
      degrees: 40,
      terms: [{ term: 'gain', microwatts: 0.4, kind: 'B', source: 'a test' }],
    };
  }
  return records;
}

const quantile = (sorted: readonly number[], p: number): number =>
  sorted[Math.round(p * (sorted.length - 1))];

describe('intervals that are not symmetric', () => {
  it("should end at the quantiles of the model's draws, apart from the meter's part", async () => {
    const { record, journal } = evaluateRun(await wideJournal());
    const far = record.blocks.map((block, i) => {
      const { value, ci95, u95, u95Meter } = block.energyPerWindow_uJ!;
      const model = modelOf(journal.campaign, journal.blocks[i])!;
      const draws = model.draws.map(draw => value * model.active(draw)).sort((a, b) => a - b);
      const [low, high] = [quantile(draws, 0.025), quantile(draws, 0.975)];
      expect(value - ci95![0]).to.be.closeTo(Math.hypot(u95Meter!, value - low), 0.005 * value);
      expect(ci95![1]! - value).to.be.closeTo(Math.hypot(u95Meter!, high - value), 0.005 * value);
      expect(u95).to.be.closeTo(Math.max(value - ci95![0], ci95![1]! - value), 1e-9);
      return (ci95![1]! - value) / (value - ci95![0]);
    });
    expect(Math.max(...far), 'a factor reaches farther up than down').to.be.above(1.3);
  });

  it('should give lives the ends that the power makes of them', async () => {
    const { record } = evaluateRun(await wideJournal());
    for (const { averagePower_uW: power, batteryDays } of record.blocks) {
      const { value, ci95 } = batteryDays!['CR2032'];
      expect(ci95![0] * power!.ci95![1]!).to.be.closeTo(
        value! * power!.value!,
        1e-6 * value! * power!.value!,
      );
      expect(ci95![1]! * power!.ci95![0]).to.be.closeTo(
        value! * power!.value!,
        1e-6 * value! * power!.value!,
      );
      expect(ci95![1]! - value!).to.be.above(value! - ci95![0]);
    }
    const lasts = record.verdicts.filter(({ target }) => target === 'lasts');
    for (const { ci95, value } of lasts) expect(ci95![1]! - value!).to.be.above(value! - ci95![0]);
  });

  for (const [name, meter] of [
    ['the model', 1],
    ['the meter', 30],
  ] as const)
    it(`should record and print nothing below 0 and no saving above 100 % where ${name} is uncertain`, async () => {
      const run = evaluateRun(await wideJournal(meter));
      let reached = 0;
      for (const { energyPerWindow_uJ: energy, savingVsBigOnly: saving, ...block } of run.record.blocks) {
        const lives = Object.values(block.batteryDays ?? {});
        for (const figure of [energy!, energy!.idle, block.averagePower_uW!, ...lives]) {
          if (figure.value === null) continue;
          expect(figure.ci95![0]).to.be.within(0, figure.value);
          expect(figure.ci95![1] ?? Number.POSITIVE_INFINITY).to.be.at.least(figure.value);
          if (figure.u95 !== null && figure.u95 > figure.value) reached += 1;
        }
        expect(saving!.ci95![1]).to.be.at.most(1);
      }
      expect(reached, 'half widths that a symmetric interval would carry below 0').to.be.above(0);
      const { record } = run;
      for (const verdict of record.verdicts.filter(({ ci95 }) => ci95 !== undefined))
        expect(verdict.ci95![0]).to.be.at.least(0);
      const page = reportHtml(run);
      for (const text of [page, summaryText(record), summaryMarkdown(record)]) {
        expect(text).to.not.match(/\b(µJ|µW|days|ms)\b \[-/);
        expect(text).to.not.match(/\d ± \d|± U95|Infinity|NaN/);
      }
    });
});
