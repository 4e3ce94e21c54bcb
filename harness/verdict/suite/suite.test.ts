import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as chai from 'chai';
import { convert } from 'xmlbuilder2';
import type { JournalRecord } from '../../record/journal/records.js';
import type { Target } from '../../record/targets.js';
import { writeReports } from '../../report/write.js';
import { firstOf, type TestRunOptions, testJournal, writeTestRun } from '../../testing/record/run.js';
import { evaluateRun } from '../open-run.js';
import { littlefirstAssertions } from './assertions.js';
import { Broken, Inconclusive } from './inconclusive.js';
import { runSuite } from './suite.js';

chai.use(littlefirstAssertions);
const { expect } = chai;

const saving = (atLeast: number): Target => ({
  name: 'saves energy',
  metric: 'energy-saving',
  strategies: ['1B6S'],
  atLeast,
});

async function suiteOf(options: TestRunOptions, change: (records: JournalRecord[]) => void = () => {}) {
  const records = testJournal({ windows: 30, ...options });
  change(records);
  const folder = await writeTestRun(records);
  const { record } = await writeReports(folder);
  return { folder, record, suite: await runSuite(folder, record) };
}

/** Titles of the tests that did not pass, with their class. */
const openOf = ({ suite }: Awaited<ReturnType<typeof suiteOf>>) =>
  suite.results.filter(r => r.verdict !== 'pass').map(r => `${r.verdict}: ${r.title}`);

describe('suite', () => {
  it('should pass on a run that keeps everything', async () => {
    const { suite, record } = await suiteOf({ targets: [saving(0.5)] });
    expect(suite).to.include({ outcome: 'pass', failed: 0, inconclusive: 0 });
    expect(record.outcome).to.equal('pass');
    expect(suite.passed).to.be.greaterThan(record.blocks.length * 7);
  });

  it('should tell fail and inconclusive apart, in the outcome and in junit.xml', async () => {
    const missed = await suiteOf({ targets: [saving(0.99)] });
    expect(missed.suite).to.include({ outcome: 'fail', failed: 3, inconclusive: 0 });
    const open = await suiteOf({ targets: [{ ...saving(0.1), strategies: ['no-such'] }] });
    expect(open.suite).to.include({ outcome: 'inconclusive', failed: 0, inconclusive: 1 });

    const xml = await readFile(join(missed.folder, 'junit.xml'), 'utf8');
    expect(xml.match(/<failure type="fail"/g)).to.have.length(3);
    expect(xml).to.not.contain('type="inconclusive"');
    const { testsuites } = convert(xml, { format: 'object' }) as unknown as {
      testsuites: {
        '@tests': string;
        '@failures': string;
        testsuite: { '@name': string; properties: unknown }[];
      };
    };
    expect(Number(testsuites['@tests'])).to.equal(missed.suite.results.length);
    expect(testsuites['@failures']).to.equal('3');
    expect(JSON.stringify(testsuites.testsuite[0].properties))
      .to.contain('"modelled"')
      .and.to.contain('f'.repeat(64));
    expect(await readFile(join(open.folder, 'junit.xml'), 'utf8')).to.contain('<failure type="inconclusive"');
  });

  it('should fail on another image than the one that was flashed', async () => {
    const result = await suiteOf({}, records => {
      firstOf(records, 'identity').image = '0'.repeat(16);
    });
    expect(openOf(result)).to.deep.equal(['fail: runs the firmware that was flashed']);
    expect(result.record.outcome).to.equal('fail');
  });

  it('should fail on a stale bundle, a repeated nonce, another level', async () => {
    const stale = await suiteOf({}, records => {
      firstOf(records, 'identity').blob = '0'.repeat(16);
    });
    expect(openOf(stale)).to.deep.equal(['fail: holds the bundle that was flashed']);
    const repeated = await suiteOf({}, records => {
      for (const record of records) if (record.kind === 'identity') record.nonce = 'ab';
    });
    expect(repeated.suite.failed).to.equal(6);
    const wrongLevel = await suiteOf({}, records => {
      firstOf(records, 'identity').level.Hz = 12e6;
    });
    expect(openOf(wrongLevel)).to.deep.equal(['fail: runs at the level that was commanded']);
  });

  it('should compare images and blobs even where the journal does not say what was flashed', async () => {
    const result = await suiteOf({}, records => {
      for (const record of records) if (record.kind === 'identity') delete record.flashed;
      firstOf(records, 'identity').blob = '0'.repeat(16);
    });
    expect(new Set(openOf(result))).to.deep.equal(new Set(['fail: holds the bundle that was flashed']));
  });

  it('should fail on one answer that is not the golden one', async () => {
    const result = await suiteOf({}, records => {
      const answered = firstOf(records, 'windows');
      answered.labels = answered.labels.map((label, w) => (w === 4 ? (label + 1) % 6 : label));
    });
    expect(openOf(result)).to.deep.equal(['fail: answers like the golden interpreter']);
    expect(result.record).to.have.property('outcome', 'fail');
    const nets = await suiteOf({}, records => {
      firstOf(records, 'windows').nets[7] = 1;
    });
    expect(openOf(nets)).to.deep.equal(['fail: runs the networks that the golden interpreter runs']);
  });

  it('should leave an invalid block and an unknown identity open, never passed', async () => {
    const invalid = await suiteOf({ targets: [saving(0.5)] }, records => {
      Object.assign(firstOf(records, 'block-end'), { valid: 'clock: 2 % apart', invalidity: 'method' });
    });
    expect(openOf(invalid)).to.include('inconclusive: is valid');
    expect(invalid.suite).to.include({ outcome: 'inconclusive', errors: 0 });
    const silent = await suiteOf({}, records => {
      records.splice(records.indexOf(firstOf(records, 'windows')), 1);
      Object.assign(firstOf(records, 'block-end'), { valid: 'LF_DUT_TIMEOUT', invalidity: 'broken' });
    });
    expect(silent.suite).to.include({ outcome: 'error', failed: 0, inconclusive: 0, errors: 4 });
    const nobody = await suiteOf({}, records => {
      records.splice(records.indexOf(firstOf(records, 'identity')), 1);
      Object.assign(firstOf(records, 'block-end'), { valid: 'LF_DUT_TIMEOUT', invalidity: 'broken' });
    });
    expect(nobody.suite).to.include({ outcome: 'error', failed: 0, inconclusive: 0, errors: 6 });
  });

  it('should call a campaign that was cut off an error', async () => {
    const { suite } = await suiteOf({ isTorn: true });
    expect(suite).to.include({ outcome: 'error', failed: 0, errors: 1 });
  });

  it('should fail on missing provenance', async () => {
    const result = await suiteOf({}, records => {
      const { provenance } = firstOf(records, 'campaign');
      provenance.models = [];
      provenance.dataset.sha256 = '';
    });
    expect(openOf(result)).to.deep.equal([
      'fail: names the data by hash',
      'fail: names the models of paper by hash',
    ]);
  });

  it('should keep characters that XML forbids out of junit.xml', async () => {
    const { folder } = await suiteOf({}, records => {
      Object.assign(firstOf(records, 'block-end'), {
        valid: 'line said "\u0000<&>\u001b[31m"',
        invalidity: 'method',
      });
    });
    const xml = await readFile(join(folder, 'junit.xml'), 'utf8');
    expect(convert(xml, { format: 'object' })).to.have.property('testsuites');
    expect(xml).to.contain('&lt;&amp;');
    expect([...xml].filter(c => c < ' ' && c !== '\n')).to.deep.equal([]);
  });
});

describe('chai assertions', () => {
  const run = evaluateRun(testJournal());
  const cascade = run.record.blocks.find(block => block.strategy === '1B6S');

  it('should judge a target on a run and on one block of it', () => {
    expect(run).to.meetTarget(saving(0.5));
    expect(cascade).to.meetTarget(saving(0.5), run);
    expect(run).to.not.meetTarget(saving(0.99));
    expect(() => expect(cascade).to.meetTarget(saving(0.99), run)).to.throw(
      chai.AssertionError,
      /wanted at least/,
    );
  });

  it('should throw Inconclusive where the run cannot decide', () => {
    const none = { ...saving(0.5), strategies: ['no-such'] };
    expect(() => expect(run).to.meetTarget(none)).to.throw(Inconclusive);
    expect(() => expect(run).to.not.meetTarget(none)).to.throw(Inconclusive);
    expect(() => expect(cascade).to.meetTarget(none, run)).to.throw(Inconclusive);
    const lossy = { ...cascade, valid: 'lost samples', invalidity: 'method' };
    expect(() => expect(lossy).to.be.validBlock).to.throw(Inconclusive, /lost samples/);
    const dead = { ...cascade, valid: 'no answer', invalidity: 'broken' };
    expect(() => expect(dead).to.be.validBlock).to.throw(Broken, /no answer/);
  });

  it('should ask for the run that a block is of', () => {
    expect(() => expect(cascade).to.meetTarget(saving(0.5))).to.throw('needs the run');
  });

  it('should compare answers with the golden interpreter', () => {
    expect(cascade).to.have.goldenAnswers;
    expect(() => expect({ ...cascade, goldenMismatches: 2 }).to.have.goldenAnswers).to.throw(
      '2 of 120 windows differ',
    );
  });
});
