import { expect } from 'chai';
import { convert } from 'xmlbuilder2';
import type { RunRecord } from '../../record/run-record.js';
import { junitXml, type TestResult } from './junit.js';

interface Element {
  name: string;
  attributes: Record<string, string>;
  children: Element[];
  text: string;
}

/** The elements in what xmlbuilder2 makes of a document: lists by name, `@` before attributes, `#` for text. */
function read(parent: Record<string, unknown>): Element[] {
  return Object.entries(parent)
    .filter(([name]) => !/^[@#!?]/.test(name))
    .flatMap(([name, list]) =>
      [list].flat().map((one): Element => {
        const node = (typeof one === 'string' ? { '#': one } : one) as Record<string, unknown>;
        const attributes = Object.entries(node).filter(([key]) => key.startsWith('@'));
        return {
          name,
          attributes: Object.fromEntries(attributes.map(([key, value]) => [key.slice(1), String(value)])),
          children: read(node),
          text: String(node['#'] ?? ''),
        };
      }),
    );
}

const all = (element: Element): Element[] => [element, ...element.children.flatMap(all)];

/** junit-10.xsd of Jenkins' xunit-plugin, in our words: attributes (`!`: required), and elements that may stand inside. */
const schema: Record<string, { attributes: string[]; children: string[] }> = {
  testsuites: { attributes: ['name', 'time', 'tests', 'failures', 'errors'], children: ['testsuite'] },
  testsuite: {
    attributes: [
      ...['!name', '!tests', '!failures', '!errors', 'group', 'time', 'skipped', 'timestamp'],
      ...['hostname', 'id', 'package', 'file', 'log', 'url'],
    ],
    children: ['testsuite', 'properties', 'testcase', 'system-out', 'system-err'],
  },
  properties: { attributes: [], children: ['property'] },
  property: { attributes: ['!name', '!value'], children: [] },
  testcase: {
    attributes: ['!name', 'time', 'classname', 'group'],
    children: ['skipped', 'error', 'failure', 'system-out', 'system-err'],
  },
  failure: { attributes: ['type', 'message'], children: [] },
  error: { attributes: ['type', 'message'], children: [] },
  skipped: { attributes: ['type', 'message'], children: [] },
  'system-out': { attributes: [], children: [] },
};
/** Its type of times. */
const time = /^(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?$/;

const record = {
  id: '20260101-000000-bench-abcd',
  startedAt: '2026-01-01T00:00:00.000Z',
  outcome: 'error',
  provenance: {
    energy: 'modelled',
    harness: { version: '1.0.0', commit: 'c0ffee', dirty: true },
    firmwares: [{ board: 'rp2040', sha256: 'aa', compiler: 'gcc' }],
    chips: [{ name: 'rp2040', sha256: 'bb' }],
    models: [{ bundle: 'paper', name: 'big', sha256: 'cc', macs: 1, bytes: 1 }],
    dataset: { name: 'synthetic', split: 'test', order: 'published', windows: 24, sha256: 'dd' },
    meter: { driver: 'ppk2', model: 'PPK2 <emulated> & "quoted"', emulated: true },
    host: { platform: 'linux', node: 'v20', cpu: 'one' },
  },
} as unknown as RunRecord;

const missed = 'rp2040/1B6S: energy saving 71.2 % ± 0.4 % (95 %) is below the limit of 75 %';
const results: TestResult[] = [
  { group: 'target <a> & "b"', title: 'holds', verdict: 'pass', message: '', seconds: 0 },
  { group: 'target <a> & "b"', title: 'is met', verdict: 'fail', message: missed, seconds: 1234.5678 },
  {
    group: 'rp2040/big-only',
    title: 'is known',
    verdict: 'inconclusive',
    message: 'too few windows',
    seconds: 0.1,
  },
  {
    group: 'rp2040/big-only',
    title: 'answers',
    verdict: 'error',
    message: 'LF_LINK_LOST: gone\u0000\u001b[31m',
    seconds: 0,
  },
  {
    group: 'rp2040/big-only',
    title: 'is allowed',
    verdict: 'fail',
    message: 'missed',
    seconds: 0,
    isAllowed: true,
  },
];

describe('junit.xml as Jenkins, GitLab and GitHub read it', () => {
  const xml = junitXml(record, results, 'reports/latest/report.html');
  const [root] = read(convert(xml, { format: 'object', verbose: true }) as Record<string, unknown>);
  const elements = all(root);
  const cases = elements.filter(({ name }) => name === 'testcase');

  it('holds the elements and attributes of the schema only, and all that it requires', () => {
    expect(root.name).to.equal('testsuites');
    for (const { name, attributes, children } of elements) {
      const known = schema[name];
      expect(known, name).to.not.equal(undefined);
      const names = known.attributes.map(attribute => attribute.replace('!', ''));
      expect(names, name).to.include.members(Object.keys(attributes));
      for (const wanted of known.attributes.filter(attribute => attribute.startsWith('!')))
        expect(attributes, name).to.have.property(wanted.slice(1));
      expect(known.children, name).to.include.members(children.map(child => child.name));
      if (attributes['time'] !== undefined) expect(attributes['time']).to.match(time);
    }
  });

  it('counts what it holds', () => {
    const count = (of: Element, name: string) => String(all(of).filter(one => one.name === name).length);
    for (const suite of elements.filter(({ name }) => name === 'testsuites' || name === 'testsuite')) {
      expect(suite.attributes['tests']).to.equal(count(suite, 'testcase'));
      expect(suite.attributes['failures']).to.equal(count(suite, 'failure'));
      expect(suite.attributes['errors']).to.equal(count(suite, 'error'));
      if (suite.name === 'testsuite') expect(suite.attributes['skipped']).to.equal(count(suite, 'skipped'));
    }
    expect(root.attributes).to.include({ tests: '5', failures: '2', errors: '1' });
  });

  it('gives each test a name of its own, by which GitLab knows it', () => {
    const names = cases.map(({ attributes }) => `${attributes['classname']}\n${attributes['name']}`);
    expect(new Set(names).size).to.equal(results.length);
  });

  it('says what happened as text, as attribute, and by the right element', () => {
    const told = cases.map(({ children }) => children.find(({ name }) => name !== 'system-out'));
    expect(told.map(one => one?.name)).to.deep.equal([undefined, 'failure', 'failure', 'error', 'skipped']);
    expect(told.map(one => one?.attributes['type'])).to.deep.equal([
      ...[undefined, 'fail', 'inconclusive', 'error', 'fail'],
    ]);
    for (const one of told.slice(1)) expect(one?.text.trim()).to.equal(one?.attributes['message']);
    expect(told[1]?.text).to.contain(missed);
    expect(told[4]?.text).to.contain('allowed');
  });

  it('links the report, as a property of each suite and as an attachment of what did not pass', () => {
    for (const suite of root.children) {
      const properties = suite.children.filter(({ name }) => name === 'properties');
      expect(properties).to.have.length(1);
      const report = properties[0].children.find(({ attributes }) => attributes['name'] === 'report');
      expect(report?.attributes['value']).to.equal('reports/latest/report.html');
    }
    for (const { children } of cases.slice(1))
      expect(children.find(({ name }) => name === 'system-out')?.text).to.match(
        /\[\[ATTACHMENT\|reports\/latest\/report\.html\]\]/,
      );
  });

  it('holds no character that XML forbids', () => {
    expect([...xml].every(c => c >= ' ' || c === '\n')).to.equal(true);
  });
});
