import { create } from 'xmlbuilder2';
import { visible } from '../../visible.js';
import type { Finding } from './finding.js';

const words = { pass: 'pass', fail: 'FAIL', skip: 'skip' } as const;

/** One line a finding, two of a failed one. */
export function findingText({ check, verdict, title, seen, look }: Finding): string {
  const line = `${words[verdict]}  ${check.padEnd(9)} ${title}: ${seen}`;
  return look === undefined ? line : `${line}\n      look at: ${look}`;
}

/** JUnit XML: one testcase a check, as `harness/verdict/suite/junit.ts` writes those of a run. */
export function findingsJunit(board: string, findings: readonly Finding[]): string {
  const of = (verdict: Finding['verdict']) => findings.filter(finding => finding.verdict === verdict).length;
  const counts = { tests: findings.length, failures: of('fail'), errors: 0 };
  const root = create({ version: '1.0', encoding: 'UTF-8' }).ele('testsuites', {
    name: 'littlefirst board check',
    ...counts,
  });
  const suite = root.ele('testsuite', { name: visible(board), ...counts, skipped: of('skip') });
  for (const { check, title, verdict, seen, look } of findings) {
    const test = suite.ele('testcase', { classname: visible(board), name: visible(`${check}: ${title}`) });
    const message = visible(look === undefined ? seen : `${seen}\nlook at: ${look}`);
    if (verdict !== 'pass') test.ele(verdict === 'fail' ? 'failure' : 'skipped', { message }).txt(message);
    else test.ele('system-out').txt(message);
  }
  return `${root.end({ prettyPrint: true })}\n`;
}
