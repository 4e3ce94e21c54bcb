import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { loadChip } from '../../measure/chip/profile.js';
import { firstOf, type TestRunOptions, testJournal, testLevels } from '../../testing/record/run.js';
import { evaluateRun } from '../../verdict/open-run.js';
import { reportHtml } from './page.js';

const reportOf = (options: TestRunOptions = {}) => reportHtml(evaluateRun(testJournal(options)));
const textOf = (html: string) =>
  html
    .replace(/<(style|script)[\s\S]*?<\/\1>/g, '')
    .replace(/ <\/?small>|<\/?small>/g, ' ')
    .replace(/<[^>]+>/g, '\n');

/** The text around every mention of energy, power and current, which must say whose it is. */
const headsOf = (html: string) =>
  [
    ...html.matchAll(/<(th scope="col"|figcaption|h2|caption|p class="axis")[^>]*>([^<]*)</g),
    ...html.matchAll(/<(text)[^>]*>([^<]*)</g),
  ]
    .map(([, , text]) => text)
    .filter(text => /energy|power|current|days|saving,/i.test(text));

describe('report.html', () => {
  it('should say whose energy it is in every heading, column and axis', () => {
    for (const energy of ['modelled', 'measured', 'replayed'] as const) {
      const heads = headsOf(reportOf({ energy, bundles: ['paper', 'other'] }));
      expect(heads.length).to.be.greaterThan(20);
      for (const head of heads) expect(head.toLowerCase(), head).to.contain(energy);
    }
  });

  it('should never call modelled energy measured', () => {
    const text = textOf(reportOf({ energy: 'modelled' }));
    expect(text).to.contain('MODELLED ENERGY');
    expect(text.match(/measured/g)).to.deep.equal(['measured']);
    expect(text).to.contain('No silicon was measured');
  });

  it('should warn loudly of synthetic data, and only then', () => {
    expect(reportOf({ dataset: { name: 'synthetic' } })).to.contain('SYNTHETIC DATA');
    expect(reportOf()).to.not.contain('SYNTHETIC DATA');
    expect(reportOf({ dataset: { caution: 'no SHA-256 known' } })).to.contain('no SHA-256 known');
  });

  it('should show outcome, verdicts with value, limit and reason, and the provenance', () => {
    const target = { name: 'saves', metric: 'energy-saving', strategies: ['1B6S'], atLeast: 0.99 } as const;
    const text = textOf(reportOf({ targets: [{ ...target, strategies: ['1B6S'] }] }));
    expect(text).to.contain('FAIL').and.to.contain('99 %').and.to.contain('wanted at least 99 %');
    expect(text).to.contain('f'.repeat(64)).and.to.contain('d'.repeat(64));
    expect(text).to.contain('littlefirst check RUN-FOLDER');
  });

  it('should mark the minimum-energy point and judge race-to-sleep', () => {
    const text = textOf(reportOf());
    expect(text).to.contain('least active energy').and.to.contain('slow and steady');
  });

  it('should say whether a minimum-energy point lies inside the levels, and in how many draws', async function () {
    this.timeout(240_000);
    const records = testJournal({ energy: 'modelled' });
    const none = textOf(reportHtml(evaluateRun(records)));
    expect(none).to.contain('does a minimum-energy point').and.to.contain('no model');
    firstOf(records, 'campaign').model = { ambientCelsius: 25, chips: [await loadChip('rp2040')] };
    const text = textOf(reportHtml(evaluateRun(records)));
    expect(text).to.match(
      /(none inside: the (slowest|fastest) level takes least|inside)\s+(24|48|133)MHz \d+ %/,
    );
  });

  it('should hold each strategy against the published Big in other runtimes, on cores that were studied alone', async () => {
    const records = testJournal({ energy: 'modelled' });
    const chip = await loadChip('rp2040');
    const tableOn = (core: string): string => {
      firstOf(records, 'campaign').model = { ambientCelsius: 25, chips: [{ ...chip, core }] };
      const page = reportHtml(evaluateRun(records));
      return textOf(/<section id="peers">[\s\S]*?<\/section>/.exec(page)?.[0] ?? '');
    };
    expect(tableOn('cortex-m0plus')).to.equal('');
    const { record } = evaluateRun(records);
    const cycles = record.blocks.find(block => block.strategy === 'big-only')!.cyclesPerWindow!.mean;
    const nnom = (2_479_245 / cycles).toPrecision(2);
    expect(tableOn('cortex-m4f'))
      .to.contain('NNoM 0.4.3')
      .and.to.match(new RegExp(`big-only[\\s\\S]*?\\b1\\s[\\s\\S]*?${nnom}\\d* \\[`));
  });

  it('should hold every strategy at its own best level, or pair of levels, side by side and against other runtimes', async () => {
    const pair = { name: '24MHz+133MHz', mV: 850, Hz: 24e6 };
    const records = testJournal({ energy: 'modelled', levels: [...testLevels, pair] });
    firstOf(records, 'campaign').model = {
      ambientCelsius: 25,
      chips: [{ ...(await loadChip('rp2040')), core: 'cortex-m4f' }],
    };
    const keys = records.flatMap(record => (record.kind === 'block-start' ? [record.key] : []));
    for (const record of records) {
      if (record.kind !== 'energy' || keys[record.block].level.name !== pair.name) continue;
      const times = keys[record.block].strategy === 'big-only' ? 8 : 1 / 8;
      record.gateMicrojoules = record.gateMicrojoules.map(value => value * times);
      record.bigMicrojoules = record.bigMicrojoules.map(value => value * times);
    }
    const run = evaluateRun(records);
    const { blocks } = run.record;
    const page = reportHtml(run);
    const rowsOf = (id: string) =>
      [
        ...(new RegExp(`<section id="${id}">[\\s\\S]*?</section>`).exec(page)?.[0] ?? '').matchAll(
          /<tr>(?=<td|\s*<td|<th scope="row")[\s\S]*?<\/tr>/g,
        ),
      ]
        .map(([row]) =>
          textOf(row)
            .split('\n')
            .map(text => text.trim())
            .filter(text => text !== ''),
        )
        .map(([name, level]) => `${name} ${level}`);
    const wanted = [...new Set(blocks.map(block => block.strategy))].map(strategy => {
      const own = blocks.filter(block => block.strategy === strategy);
      const powers = own.map(block => block.averagePower_uW?.value ?? Number.NaN);
      return `${strategy} ${own[powers.indexOf(Math.min(...powers))].level.name}`;
    });
    expect(
      wanted.some(row => row.endsWith('24MHz+133MHz')),
      'a pair is the best of a strategy',
    ).to.equal(true);
    expect(
      wanted.some(row => !row.includes('+')),
      'and not of all',
    ).to.equal(true);
    expect(rowsOf('side-by-side')).to.deep.equal(wanted);
    expect(rowsOf('peers')).to.deep.equal(wanted);
  });

  it('should take the lower voltage of two levels with one clock as the end of the levels', () => {
    const levels = [
      { name: 'high', mV: 1200, Hz: 24e6 },
      { name: 'low', mV: 1000, Hz: 24e6 },
      { name: 'fast', mV: 1200, Hz: 80e6 },
    ];
    const records = testJournal({ levels });
    const low = new Set(
      records.flatMap(record =>
        record.kind === 'block-start' && record.key.level.name === 'low' ? [record.block] : [],
      ),
    );
    for (const record of records) {
      if (record.kind !== 'energy' || !low.has(record.block)) continue;
      record.gateMicrojoules = record.gateMicrojoules.map(value => value / 2);
      record.bigMicrojoules = record.bigMicrojoules.map(value => value / 2);
    }
    const text = textOf(reportHtml(evaluateRun(records)));
    expect(text).to.match(/low\s+none inside: the slowest level takes least/);
  });

  it('should state the sleep share beside what the 80 % of the paper includes', () => {
    const run = evaluateRun(testJournal());
    const html = reportHtml(run);
    const cascades = run.record.blocks.filter(block => block.strategy !== 'big-only');
    const shares = cascades.map(({ energyPerWindow_uJ: e }) =>
      e === null ? 0 : (e.idle.value ?? 0) / (e.value + (e.idle.value ?? 0)),
    );
    const range = [Math.min(...shares), Math.max(...shares)].map(share => (share * 100).toPrecision(3));
    expect(textOf(html)).to.contain(`and ${range.join(' to ')} % with a cascade`);
  });

  it('should cut the transfer before the first window off a trace', () => {
    const records = testJournal({ levels: [{ name: 'one', mV: 900, Hz: 24e6 }] });
    const axisOf = () =>
      reportHtml(evaluateRun(records))
        .match(/<figure class="trace" data-trace[\s\S]*?<\/figure>/)?.[0]
        .match(/>time, (s|ms|µs)</)?.[1];
    const trace = firstOf(records, 'trace');
    for (const record of records) {
      if (record.kind !== 'trace') continue;
      record.seconds = [0, 9, 9, 9.0004, 9.0004, 9.0005];
      record.amperes = [4e-3, 4e-3, 5e-3, 5e-3, 1e-4, 1e-4];
      record.marker = [3, 3, 1, 1, 0, 0];
    }
    expect(axisOf()).to.equal('µs');
    trace.marker = [3, 3, 3, 3, 0, 0];
    expect(axisOf()).to.equal('s');
  });

  it('should ask the network for nothing, and hold one script, which its policy names', () => {
    const html = reportOf({ bundles: ['paper', 'other'] });
    expect(html).to.not.match(/<link[^>]+href="(?!data:)|\ssrc=|url\((?!#)|@import/);
    const scripts = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)];
    expect(html.match(/<script/g)).to.have.length(1);
    const hash = createHash('sha256').update(scripts[0][1]).digest('base64');
    expect(html).to.contain(`default-src 'none'; style-src 'unsafe-inline'; img-src data:;`);
    expect(html).to.contain(`script-src 'sha256-${hash}'">`);
    expect(html.match(/<svg class="plot"/g)?.length).to.be.at.least(7);
    expect(html.match(/<section id=/g)).to.have.length(14);
  });

  it('should escape names that come from files', () => {
    const html = reportOf({ bundles: ['<img src=x onerror=alert(1)>'] });
    expect(html).to.not.contain('<img');
    expect(html).to.contain('&lt;img');
  });

  it('should let the heads of confusion matrices break between their words, so that no column is cut off', () => {
    const records = testJournal({});
    const campaign = firstOf(records, 'campaign');
    campaign.labels = campaign.labels.map(label => (label === 'downstairs' ? 'WALKING_DOWNSTAIRS' : label));
    const html = reportHtml(evaluateRun(records));
    const section = html.slice(html.indexOf('<section id="confusion">'));
    const heads = [...section.matchAll(/<th[^>]*>([^<]*)</g)].map(([, text]) => text);
    expect(heads).to.include.members(['laying', 'walking downstairs']);
    for (const head of heads) expect(head).to.not.contain('_');
  });

  /** A run with so many classes, of which the DUT takes every eleventh window for the next one. */
  function reportOfClasses(classes: number): string {
    const records = testJournal({ levels: testLevels.slice(0, 1), windows: 400 });
    const campaign = firstOf(records, 'campaign');
    campaign.labels = Array.from({ length: classes }, (_, c) => `ACTIVITY_WITH_A_LONG_NAME_${c}`);
    campaign.truth = campaign.truth.map((_, w) => w % classes);
    for (const record of records)
      if (record.kind === 'windows')
        record.labels = record.labels.map((_, w) => ((w % classes) + (w % 11 === 0 ? 1 : 0)) % classes);
    return reportHtml(evaluateRun(records));
  }

  it('should show a confusion matrix of any number of classes, large ones by number and with their errors in words', () => {
    for (const classes of [2, 10, 11, 40]) {
      const html = reportOfClasses(classes);
      const from = html.indexOf('<section id="confusion">');
      const section = html.slice(from, html.indexOf('</section>', from));
      const [matrix] = section.split('</table>');
      const heads = [...matrix.matchAll(/<th scope="col"[^>]*>([^<]*)</g)].map(([, text]) => text);
      expect(heads, String(classes)).to.have.length(classes + 2);
      const isLarge = classes > 10;
      expect(heads[classes]).to.equal(isLarge ? String(classes) : `activity with a long name ${classes - 1}`);
      expect(matrix.includes('class="tight"')).to.equal(isLarge);
      expect(section.includes('class="pair"')).to.equal(!isLarge);
      expect([...matrix.matchAll(/<tr>/g)]).to.have.length(classes + 1);
      if (!isLarge) continue;
      expect(matrix).to.contain(`>${classes} activity with a long name ${classes - 1}<`);
      expect(section).to.match(/most frequent of \d+ kinds of error|all errors/);
      expect(section).to.match(/>activity with a long name 0<\/th><td>activity with a long name 1</);
    }
  });

  it('should show the accuracy of each person by the name that the data have for them, and escape it', () => {
    const records = testJournal({ levels: testLevels.slice(0, 1) });
    const campaign = firstOf(records, 'campaign');
    campaign.people = campaign.subjects.map((_, i) => (i === 1 ? '<b>Ada</b>' : `wearer ${i + 1}`));
    const run = evaluateRun(records);
    const [block] = run.record.blocks;
    expect(block.people).to.have.length(9);
    expect(block.people?.reduce((sum, { windows }) => sum + windows, 0)).to.equal(block.scored);
    expect(block.people?.reduce((sum, { correct }) => sum + correct, 0)).to.equal(block.correct);
    const html = reportHtml(run);
    const from = html.indexOf('<section id="people">');
    const section = html.slice(from, html.indexOf('</section>', from));
    expect(section).to.contain('&lt;b&gt;Ada&lt;/b&gt;').and.to.contain('wearer 9');
    const [first] = block.people ?? [];
    expect(section).to.contain(((100 * first.correct) / first.windows).toFixed(1));
    campaign.subjects.fill(1);
    expect(reportHtml(evaluateRun(records))).to.not.contain('<section id="people">');
  });

  it('should report the transitions of a stream apart from its scored windows, and only then', () => {
    const records = testJournal({ levels: testLevels.slice(0, 1) });
    const campaign = firstOf(records, 'campaign');
    for (const w of [9, 10, 11, 12]) campaign.truth[w] = 255;
    campaign.transitions = [10, 11];
    const html = reportHtml(evaluateRun(records));
    const section = html.slice(
      html.indexOf('<section id="kinds">'),
      html.indexOf('<section id="confusion">'),
    );
    const rows = [...section.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row]) => textOf(row).split(/\s*\n\s*/));
    expect(rows.flat()).to.include.members(['scored', 'transition', 'unlabelled or mixed', '116']);
    expect(rows.filter(row => row.includes('transition'))).to.have.lengthOf(2);
    for (const head of headsOf(html)) expect(head.toLowerCase(), head).to.contain('modelled');
    expect(reportOf()).to.not.contain('<section id="kinds">');
  });

  it('should make a page of a run without energy, without trace, without score', () => {
    const records = testJournal().filter(r => !['energy', 'block-energy', 'trace'].includes(r.kind));
    firstOf(records, 'campaign').truth.fill(255);
    const text = textOf(reportHtml(evaluateRun(records)));
    expect(text).to.contain('NO ENERGY').and.to.not.contain('MODELLED ENERGY');
    expect(text).to.contain('This run has no energy.').and.to.contain('This run has no traces.');
    expect(text).to.not.match(/NaN|undefined|Infinity/);
  });

  it('should make a page of a campaign that was cut off before its first block', () => {
    const records = testJournal().slice(0, 1);
    expect(textOf(reportHtml(evaluateRun(records)))).to.contain('the campaign was not collected to its end');
  });

  it('should stay below 3 MB for four strategies at fourteen levels with long traces', () => {
    const levels = Array.from({ length: 14 }, (_, i) => ({
      name: `${i + 1}0MHz`,
      mV: 850,
      Hz: (i + 1) * 1e7,
    }));
    const records = testJournal({ levels, strategies: ['big-only', '1B6S', '1B1D', '1BDD'], windows: 30 });
    for (const record of records) {
      if (record.kind !== 'trace') continue;
      record.seconds = Array.from({ length: 4000 }, (_, i) => i * 1e-6);
      record.amperes = record.seconds.map((_, i) => 1e-3 * (1 + (i % 7)));
      record.marker = record.seconds.map((_, i) => Math.floor(i / 100) % 4);
    }
    const run = evaluateRun(records);
    expect(run.record.blocks).to.have.length(56);
    expect(Buffer.byteLength(reportHtml(run))).to.be.lessThan(3e6);
  });
});
