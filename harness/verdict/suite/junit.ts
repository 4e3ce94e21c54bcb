import { create } from 'xmlbuilder2';
import type { RunRecord, Verdict } from '../../record/run-record.js';

/** What became of one test of the suite. */
export interface TestResult {
  group: string;
  title: string;
  verdict: Verdict;
  message: string;
  seconds: number;
}

/** XML 1.0 allows no control characters but tab, line feed and carriage return. */
const xmlText = (text: string): string =>
  text.replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '?');

function propertiesOf({ id, outcome, provenance }: RunRecord): [string, string][] {
  const { harness, dataset, meter, host } = provenance;
  return [
    ['run', id],
    ['outcome', outcome],
    ['energy', provenance.energy],
    ['harness.version', harness.version],
    ['harness.commit', harness.dirty ? `${harness.commit} with local changes` : harness.commit],
    ...provenance.firmwares.map(one => [`firmware.${one.board}`, one.sha256] as [string, string]),
    ...provenance.chips.map(one => [`chip.${one.name}`, one.sha256] as [string, string]),
    ...provenance.models.map(one => [`model.${one.bundle}.${one.name}`, one.sha256] as [string, string]),
    ['dataset', `${dataset.name} ${dataset.split}, ${dataset.order} order, ${dataset.windows} windows`],
    ['dataset.sha256', dataset.sha256],
    ['meter', `${meter.driver}: ${meter.model}${meter.emulated ? ' (emulated)' : ''}`],
    ['host', `${host.platform}, node ${host.node}, ${host.cpu}`],
  ];
}

const count = (results: readonly TestResult[]) => ({
  tests: results.length,
  failures: results.filter(result => result.verdict !== 'pass').length,
  errors: 0,
  skipped: 0,
  time: results.reduce((sum, result) => sum + result.seconds, 0).toFixed(3),
});

/**
 * JUnit XML of the suite's results: one testsuite a group, the provenance as properties of each. A missed target is
 * `<failure type="fail">`, an open one `<failure type="inconclusive">`.
 */
export function junitXml(record: RunRecord, results: readonly TestResult[]): string {
  const groups = new Set(results.map(result => result.group));
  const root = create({ version: '1.0', encoding: 'UTF-8' }).ele('testsuites', {
    name: xmlText(`littlefirst ${record.id}`),
    ...count(results),
  });
  for (const group of groups) {
    const members = results.filter(result => result.group === group);
    const suite = root.ele('testsuite', {
      name: xmlText(group),
      timestamp: record.startedAt,
      ...count(members),
    });
    const properties = suite.ele('properties');
    for (const [name, value] of propertiesOf(record)) {
      properties.ele('property', { name: xmlText(name), value: xmlText(value) });
    }
    for (const { title, verdict, message, seconds } of members) {
      const test = suite.ele('testcase', {
        classname: xmlText(group),
        name: xmlText(title),
        time: seconds.toFixed(3),
      });
      if (verdict !== 'pass')
        test.ele('failure', { type: verdict, message: xmlText(message) }).txt(xmlText(message));
    }
  }
  return `${root.end({ prettyPrint: true })}\n`;
}
