import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { convert } from 'xmlbuilder2';
import type { BlockEndRecord, JournalRecord } from '../record/journal/records.js';
import { metricUnits, type Target, targetSchema } from '../record/targets.js';
import { writeReports } from '../report/write.js';
import { firstOf, testJournal, testLevels, writeTestRun } from '../testing/record/run.js';
import { combineVerdicts } from './evaluation/judge.js';
import { evaluateRun } from './open-run.js';
import { runSuite } from './suite/suite.js';

const metrics = [
  'accuracy',
  'accuracy-vs-big-only',
  'golden-mismatches',
  'mac-saving',
  'macs-per-window',
] as const;
const targets: Target[] = [
  ...metrics.map(metric => ({
    name: metric,
    metric,
    strategies: ['1B6S'],
    atMost: metricUnits[metric] === 'share' ? 1 : 1e9,
  })),
  { name: 'latency', metric: 'latency-max' as const, strategies: ['1B6S'], atMost: 1280 },
  { name: 'energy', metric: 'energy-per-window' as const, strategies: ['1B6S'], atMost: 1e9 },
  { name: 'saving', metric: 'energy-saving' as const, strategies: ['1B6S'], atLeast: 0 },
].map(target => targetSchema.parse(target));

/** Journal of big-only (block 0) and 1B6S (block 1) at one level; a block's end is changed. */
function journal(block: number, end: Partial<BlockEndRecord>): JournalRecord[] {
  const records = testJournal({ windows: 20, levels: testLevels.slice(0, 1), targets });
  for (const record of records)
    if (record.kind === 'block-end' && record.block === block) Object.assign(record, end);
  return records;
}

const verdictsOf = (records: JournalRecord[]) =>
  Object.fromEntries(evaluateRun(records).record.verdicts.map(({ target, verdict }) => [target, verdict]));

const others = Object.fromEntries([...metrics, 'latency'].map(name => [name, 'pass']));

describe('outcomes', () => {
  it('lets an energy that a rule of the method forbids leave open only what is of energy', () => {
    const records = journal(1, { valid: 'charge: 0.135 % apart', invalidity: 'method' });
    expect(verdictsOf(records)).to.deep.equal({ ...others, energy: 'inconclusive', saving: 'inconclusive' });
    const { record } = evaluateRun(records);
    expect(record.outcome).to.equal('inconclusive');
    expect(record.blocks[1]).to.include({ latencyFrom: 'cycles', energyPerWindow_uJ: null, windows: 20 });
    expect(record.blocks[0]).to.include({ latencyFrom: 'meter' });
    const bothLatencies = record.blocks.map(block => block.latencyMs?.max ?? 0);
    expect(bothLatencies[0]).to.be.closeTo(bothLatencies[1], 0.1 * bothLatencies[0]);
  });

  it('leaves open the saving of a block whose baseline has no valid energy', () => {
    const records = journal(0, { valid: 'clock: 2 % apart', invalidity: 'method' });
    expect(verdictsOf(records)).to.deep.equal({ ...others, energy: 'pass', saving: 'inconclusive' });
  });

  it('calls a block that bench, DUT or meter broke an error, and all that is about it', () => {
    const records = journal(1, { valid: 'LF_DUT_TIMEOUT in "stream": silence', invalidity: 'broken' });
    const all = Object.fromEntries(
      Object.keys({ ...others, energy: 0, saving: 0 }).map(name => [name, 'error']),
    );
    expect(verdictsOf(records)).to.deep.equal(all);
    expect(evaluateRun(records).record.outcome).to.equal('error');
  });

  it('calls comparisons with a broken baseline errors, and keeps the rest', () => {
    const records = journal(0, { valid: 'LF_LINK_LOST in "stream": gone', invalidity: 'broken' });
    expect(verdictsOf(records)).to.deep.equal({
      ...others,
      energy: 'pass',
      saving: 'error',
      'mac-saving': 'error',
      'accuracy-vs-big-only': 'error',
    });
  });

  it('calls energies of a meter that read a known load wrongly errors, and keeps the answers', () => {
    const records = journal(9, {});
    records.splice(-1, 0, {
      kind: 'known-load',
      t: '2026-01-01T00:04:00.000Z',
      when: 'end',
      blocks: [0, 1],
      ohms: 330,
      tolerance: 0.001,
      expectedAmps: 0.01,
      measuredAmps: 0.009,
      u95Amps: 1e-5,
      samples: 1000,
      valid: 'known-load: 10 % low',
    });
    expect(verdictsOf(records)).to.deep.equal({ ...others, energy: 'error', saving: 'error' });
  });

  it('is the worst of its verdicts', () => {
    expect(combineVerdicts([])).to.equal('pass');
    expect(combineVerdicts(['pass', 'inconclusive'])).to.equal('inconclusive');
    expect(combineVerdicts(['inconclusive', 'fail', 'pass'])).to.equal('fail');
    expect(combineVerdicts(['fail', 'error', 'pass'])).to.equal('error');
  });
});

/** What Jenkins' junit-10.xsd, GitLab and the actions of GitHub read: elements with their attributes, children in this order. */
const shapes: Record<string, { attributes: string[]; children: string[] }> = {
  testsuites: {
    attributes: ['name', 'tests', 'failures', 'errors', 'skipped', 'time'],
    children: ['testsuite'],
  },
  testsuite: {
    attributes: ['name', 'tests', 'failures', 'errors', 'skipped', 'time', 'timestamp'],
    children: ['properties', 'testcase'],
  },
  properties: { attributes: [], children: ['property'] },
  property: { attributes: ['name', 'value'], children: [] },
  testcase: {
    attributes: ['classname', 'name', 'time'],
    children: ['skipped', 'error', 'failure', 'system-out'],
  },
  skipped: { attributes: ['message'], children: [] },
  error: { attributes: ['type', 'message'], children: [] },
  failure: { attributes: ['type', 'message'], children: [] },
  'system-out': { attributes: [], children: [] },
};

interface Element {
  name: string;
  attributes: Record<string, string>;
  children: Element[];
  text: string;
}

/** An element of xmlbuilder2's verbose object form, checked against `shapes`. */
function elementOf(name: string, value: unknown): Element {
  const shape = shapes[name];
  expect(shape, `element ${name}`).to.be.an('object');
  const element: Element = { name, attributes: {}, children: [], text: '' };
  const entries = typeof value === 'string' ? [['#', value]] : Object.entries(value as object);
  for (const [key, content] of entries) {
    if (key.startsWith('@')) element.attributes[key.slice(1)] = String(content);
    else if (key.startsWith('#')) element.text += String(content);
    else
      for (const child of Array.isArray(content) ? content : [content])
        element.children.push(elementOf(key, child));
  }
  expect(shape.attributes, `attributes of ${name}`).to.include.members(Object.keys(element.attributes));
  const order = element.children.map(child => shape.children.indexOf(child.name));
  expect(order, `children of ${name}`).to.deep.equal([...order].sort((a, b) => a - b));
  expect(order, `children of ${name}`).to.not.include(-1);
  return element;
}

const under = (element: Element, name: string): Element[] => [
  ...element.children.filter(child => child.name === name),
  ...element.children.flatMap(child => under(child, name)),
];

describe('junit.xml', () => {
  let root: Element;
  before(async () => {
    const missed = targetSchema.parse({
      name: 'saves nearly all',
      metric: 'energy-saving',
      strategies: ['1B6S'],
      atLeast: 0.99,
    });
    const records = testJournal({ windows: 20, levels: testLevels, targets: [...targets, missed] });
    const ends = records.filter(record => record.kind === 'block-end');
    Object.assign(ends[3], { valid: 'LF_DUT_TIMEOUT in "stream": silence', invalidity: 'broken' });
    Object.assign(ends[5], { valid: 'clock: 2 % apart', invalidity: 'method' });
    firstOf(records, 'campaign').id = 'run <1> & "co"';
    const folder = await writeTestRun(records);
    await runSuite(folder, (await writeReports(folder)).record, { allow: ['accuracy'] });
    const xml = await readFile(join(folder, 'junit.xml'), 'utf8');
    root = elementOf(
      'testsuites',
      (convert(xml, { format: 'object' }) as Record<string, unknown>).testsuites,
    );
  });

  it('has the elements, order and attributes that its readers document', () => {
    for (const suite of [root, ...under(root, 'testsuite')]) {
      const cases = under(suite, 'testcase');
      const number = (name: string) => cases.filter(one => one.children[0]?.name === name).length;
      expect(suite.attributes).to.include({
        tests: String(cases.length),
        errors: String(number('error')),
        failures: String(number('failure')),
        ...(suite === root ? {} : { skipped: String(number('skipped')) }),
      });
      expect(Number(suite.attributes.time)).to.be.at.least(0);
    }
    const names = under(root, 'testcase').map(
      ({ attributes }) => `${attributes.classname}: ${attributes.name}`,
    );
    expect(new Set(names).size, 'names that tell test cases apart').to.equal(names.length);
  });

  it('tells errors, failures and what is open apart', () => {
    const types = new Set(
      ['error', 'failure'].flatMap(name => under(root, name).map(one => `${name} ${one.attributes.type}`)),
    );
    expect(types).to.deep.equal(new Set(['error error', 'failure fail', 'failure inconclusive']));
  });

  it('gives the measured value, the interval and the limit of a missed target, and the way to the report', () => {
    const failure = under(root, 'failure').find(one => one.attributes.type === 'fail');
    expect(failure?.attributes.message).to.match(/^\d+\.\d+ % \[\d+\.\d+, \d+\.\d+\], wanted at least 99 %$/);
    expect(failure?.text).to.contain(failure?.attributes.message);
    for (const out of under(root, 'system-out'))
      expect(out.text).to.match(/^report: \S+report\.html\n\[\[ATTACHMENT\|\S+report\.html\]\]\n$/);
    expect(under(root, 'system-out').length).to.equal(
      under(root, 'failure').length + under(root, 'error').length,
    );
  });
});
