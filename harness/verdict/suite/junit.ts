import { create } from 'xmlbuilder2';
import { sampleRateText } from '../../record/meter-text.js';
import type { RunRecord, Verdict } from '../../record/run-record.js';
import { visible } from '../../visible.js';

/** What became of one test of the suite. */
export interface TestResult {
  group: string;
  title: string;
  verdict: Verdict;
  message: string;
  seconds: number;
  /** The user accepts that this one did not pass: it is reported as skipped. */
  isAllowed?: boolean;
}

function propertiesOf({ id, outcome, provenance, waived = [] }: RunRecord): [string, string][] {
  const { harness, dataset, meter, host } = provenance;
  return [
    ['run', id],
    ['outcome', outcome],
    ['energy', provenance.energy],
    ...waived.map(rule => ['waived', rule] as [string, string]),
    ['harness.version', harness.version],
    ['harness.commit', harness.dirty ? `${harness.commit} with local changes` : harness.commit],
    ...provenance.firmwares.map(one => [`firmware.${one.board}`, one.sha256] as [string, string]),
    ...provenance.chips.map(one => [`chip.${one.name}`, one.sha256] as [string, string]),
    ...provenance.models.map(one => [`model.${one.bundle}.${one.name}`, one.sha256] as [string, string]),
    ['dataset', `${dataset.name} ${dataset.split}, ${dataset.order} order, ${dataset.windows} windows`],
    ['dataset.sha256', dataset.sha256],
    ['meter', `${meter.driver}: ${meter.model}${meter.emulated ? ' (emulated)' : ''}`],
    ['meter.sampleRate', sampleRateText(meter) ?? 'not stated'],
    ['host', `${host.platform}, node ${host.node}, ${host.cpu}`],
  ];
}

/** The element of a test case that did not pass. */
const elementOf = ({ verdict, isAllowed }: TestResult): 'error' | 'failure' | 'skipped' | undefined => {
  if (verdict === 'pass') return undefined;
  if (verdict === 'error') return 'error';
  return isAllowed ? 'skipped' : 'failure';
};

function countsOf(results: readonly TestResult[]) {
  const of = (wanted: ReturnType<typeof elementOf>) =>
    results.filter(result => elementOf(result) === wanted).length;
  return {
    tests: results.length,
    failures: of('failure'),
    errors: of('error'),
    skipped: of('skipped'),
    time: results.reduce((sum, result) => sum + result.seconds, 0).toFixed(3),
  };
}

/**
 * JUnit XML of the suite's results: one testsuite a group, the provenance as properties of each. A missed target is `<failure type="fail">`, an
 * open one `<failure type="inconclusive">`, what bench, DUT or meter broke `<error type="error">`, and what the user allows `<skipped>`.
 *
 * Elements and attributes are those of Jenkins' junit-10.xsd (xunit-plugin, src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd), whose
 * `testsuites` counts no skipped tests. GitLab (docs.gitlab.com/ci/testing/unit_test_reports; lib/gitlab/ci/parsers/test/junit.rb) knows a test by `classname` and
 * `name`, takes the text of `failure`, `error` or `skipped`, not their `message`, and the file that `[[ATTACHMENT|path]]` in `system-out` names.
 * dorny/test-reporter's parser of Java's JUnit reads the same text and sorts by the suite's name. Others may read the attribute: each says the whole
 * message, as attribute and as text.
 * @param report path of `report.html`, as the reader of the file can follow it
 */
export function junitXml(record: RunRecord, results: readonly TestResult[], report: string): string {
  const groups = new Set(results.map(result => result.group));
  const { skipped: _, ...counts } = countsOf(results);
  const root = create({ version: '1.0', encoding: 'UTF-8' }).ele('testsuites', {
    name: visible(`littlefirst ${record.id}`),
    ...counts,
  });
  for (const group of groups) {
    const members = results.filter(result => result.group === group);
    const suite = root.ele('testsuite', {
      name: visible(group),
      timestamp: record.startedAt,
      ...countsOf(members),
    });
    const properties = suite.ele('properties');
    for (const [name, value] of [...propertiesOf(record), ['report', report]])
      properties.ele('property', { name: visible(name), value: visible(value) });
    for (const result of members) {
      const { title, verdict, seconds } = result;
      const test = suite.ele('testcase', {
        classname: visible(group),
        name: visible(title),
        time: seconds.toFixed(3),
      });
      const element = elementOf(result);
      if (element === undefined) continue;
      const message = visible(result.message);
      const told = element === 'skipped' ? `${verdict}, allowed: ${message}` : message;
      test.ele(element, { type: verdict, message: told }).txt(`${told}\n`);
      test.ele('system-out').txt(visible(`report: ${report}\n[[ATTACHMENT|${report}]]\n`));
    }
  }
  return `${root.end({ prettyPrint: true })}\n`;
}
