import { expect } from 'chai';
import { noticesOf } from '../report/notices.js';
import { firstOf, testJournal, testLevels } from '../testing/record/run.js';
import { evaluate } from '../verdict/evaluation/evaluate.js';
import { type MeterChoice, meterSchema } from './bench/meter-schema.js';
import { energyKind, waivedRules } from './energy-kind.js';

const ppk2 = { driver: 'ppk2', model: 'PPK2', emulated: false };
const none = { driver: 'none', model: 'no meter', emulated: false };

const calibration = { date: '2025-03-01', expires: '2026-03-01', certificate: 'K-17' };

describe('what energies are called', () => {
  it('is measured only with a real board, a real meter and no rule waived', () => {
    expect(energyKind(true, ppk2, [])).to.equal('measured');
    expect(energyKind(true, ppk2, ['a rule'])).to.equal('indicative');
    expect(energyKind(true, { ...ppk2, emulated: true }, [])).to.equal('modelled');
    expect(energyKind(false, ppk2, [])).to.equal('modelled');
    expect(energyKind(true, none, [])).to.equal('none');
    expect(energyKind(false, none, [])).to.equal('none');
  });

  it('says which rules a bench waives', () => {
    const bench = (meter: Partial<MeterChoice> & { driver: MeterChoice['driver'] }, more = {}) =>
      waivedRules({
        link: 'serial:/dev/ttyACM0',
        passes: 2,
        warmUpWindows: 2,
        meter: meterSchema.parse(meter),
        ...more,
      });
    const real = { driver: 'ppk2' as const, link: 'serial:/dev/ttyACM1' };
    expect(bench(real)).to.deep.equal([]);
    expect(bench(real, { passes: 1 })[0]).to.match(/passes: 1/);
    expect(bench({ ...real, record: false })[0]).to.match(/record: false/);
    expect(bench(real, { warmUpWindows: 0 })[0]).to.match(/warmUpWindows: 0/);
    expect(bench(real, { passes: 1, warmUpWindows: 0, link: 'emulated:' })).to.deep.equal([]);
    expect(bench({ driver: 'none' }, { passes: 1 })).to.deep.equal([]);
  });

  it('is not measured by a meter whose calibration has expired, from the day after its last', () => {
    const rulesAt = (at: string, link = 'serial:/dev/ttyACM0') =>
      waivedRules(
        { link, passes: 2, warmUpWindows: 2, meter: meterSchema.parse({ driver: 'ppk2', calibration }) },
        new Date(at),
      );
    expect(rulesAt('2026-03-01T23:59:59Z')).to.deep.equal([]);
    const [expired] = rulesAt('2026-03-02T00:00:00Z');
    expect(expired).to.match(/calibration of the meter, of 2025-03-01, has expired on 2026-03-01/);
    expect(energyKind(true, ppk2, [expired])).to.equal('indicative');
    expect(rulesAt('2026-03-02T00:00:00Z', 'emulated:'), 'emulated boards are modelled anyway').to.deep.equal(
      [],
    );
    for (const wrong of [
      { ...calibration, expires: '2025-02-28' },
      { ...calibration, date: '2025-02-30' },
      { date: '2025-03-01' },
      { ...calibration, by: 'us' },
    ])
      expect(meterSchema.safeParse({ driver: 'ppk2', calibration: wrong }).success).to.equal(false);
  });

  it('is said before any figure, with what was waived, left out or not checked', () => {
    const notices = (energy: 'none' | 'measured' | 'modelled' | 'indicative' | 'replayed', more = {}) => {
      const records = testJournal({ windows: 6, levels: testLevels.slice(0, 1), energy });
      Object.assign(firstOf(records, 'campaign'), more);
      return noticesOf(evaluate(records)).join('\n');
    };
    expect(notices('measured')).to.match(/^NO KNOWN LOAD/);
    expect(notices('indicative', { waived: ['passes: 1'] })).to.match(
      /INDICATIVE[\s\S]*WAIVED: passes: 1[\s\S]*NO KNOWN LOAD/,
    );
    const checked = (...ohms: number[]) => {
      const record = evaluate(
        testJournal({ windows: 6, levels: testLevels.slice(0, 1), energy: 'measured' }),
      );
      const load = { when: 'start' as const, tolerance: 0.001, expectedAmps: 0.01, measuredAmps: 0.01 };
      const knownLoads = ohms.map(one => ({
        ...load,
        ohms: one,
        u95Amps: 1e-4,
        samples: 9,
        valid: true as const,
      }));
      return noticesOf({ ...record, knownLoads, conditions: { ...record.conditions, calibration } }).join(
        '\n',
      );
    };
    expect(checked(330, 330)).to.match(/^ONE KNOWN LOAD only/);
    expect(checked(330, 330_000)).to.equal('');
    expect(notices('none')).to.match(/^NO ENERGY/);
    expect(notices('modelled')).to.match(/^All energy is MODELLED, none of it is measured\.$/);
    expect(notices('replayed', { replayOf: { id: 'x', energy: 'measured' } })).to.match(
      /REPLAYED from measured[\s\S]*NO KNOWN LOAD/,
    );
    expect(notices('modelled', { schema: 'littlefirst.journal/1' })).to.match(/UNPROTECTED JOURNAL/);
    expect(notices('modelled', { leftOut: ['saves'] })).to.match(/NOT ASSERTED[^\n]*saves/);
  });
});
