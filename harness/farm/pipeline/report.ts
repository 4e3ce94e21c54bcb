import { create } from 'xmlbuilder2';
import type { Verdict } from '../../record/run-record.js';
import { forMarkdown } from '../../report/text-table.js';
import { visible } from '../../visible.js';
import type { JobResult, JobRow } from './result.js';

/** Rows of a table on a job page: beyond, a page is not read. */
const mostRows = 60;

const reportAddress = (server: string, run: string): string =>
  `${server}/runs/${encodeURIComponent(run)}/report.html`;

const words: Readonly<Record<JobResult, string>> = {
  pass: 'pass',
  fail: 'fail',
  inconclusive: 'inconclusive',
  bench: 'error',
  usage: 'error of the job',
};

/** The element of a test case that did not pass. */
const elementOf = (verdict: Verdict): 'failure' | 'error' => (verdict === 'error' ? 'error' : 'failure');

interface Case {
  name: string;
  verdict: Verdict;
  message: string;
  seconds: number;
}

function casesOf({ result, reason, job }: JobRow): Case[] {
  const verdict = result === 'bench' || result === 'usage' ? 'error' : result;
  const runs: Case = {
    ...{ name: 'runs', verdict: reason === '' ? 'pass' : verdict, message: reason },
    seconds: job?.seconds ?? 0,
  };
  return [
    runs,
    ...(job?.verdicts ?? []).map(({ target, block, verdict, reason }) => ({
      ...{ name: `${target}: ${block}`, verdict, message: reason, seconds: 0 },
    })),
  ];
}

const countsOf = (cases: readonly Case[]) => ({
  tests: cases.length,
  failures: cases.filter(({ verdict }) => verdict === 'fail' || verdict === 'inconclusive').length,
  errors: cases.filter(({ verdict }) => verdict === 'error').length,
  time: cases.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(3),
});

/** JUnit XML: a testsuite a job, a test case that it ran, and one a verdict of its run. Elements and attributes as in a run's own `junit.xml`. */
export function jobsJunit(rows: readonly JobRow[], server: string): string {
  const root = create({ version: '1.0', encoding: 'UTF-8' }).ele('testsuites', {
    name: 'littlefirst farm',
    ...countsOf(rows.flatMap(casesOf)),
  });
  for (const row of rows) {
    const cases = casesOf(row);
    const suite = root.ele('testsuite', { name: visible(row.name), ...countsOf(cases), skipped: 0 });
    const { job } = row;
    const properties: [string, string | null | undefined][] = [
      ['job', `${server}/jobs/${row.id}`],
      ['bench', job?.bench],
      ['device', job?.device],
      ['attempts', job === undefined ? undefined : String(job.attempts)],
      ['run', job?.run],
      ['report', job?.run ? reportAddress(server, job.run) : undefined],
    ];
    const element = suite.ele('properties');
    for (const [name, value] of properties)
      if (value !== null && value !== undefined) element.ele('property', { name, value: visible(value) });
    for (const { name, verdict, message, seconds } of cases) {
      const test = suite.ele('testcase', {
        classname: visible(row.name),
        name: visible(name),
        time: seconds.toFixed(3),
      });
      if (verdict === 'pass') continue;
      const told = visible(message);
      test.ele(elementOf(verdict), { type: verdict, message: told }).txt(`${told}\n`);
    }
  }
  return `${root.end({ prettyPrint: true })}\n`;
}

const cell = (text: string): string => forMarkdown(text).replaceAll('|', '\\|');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const shown = rows.slice(0, mostRows);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(head),
    line(head.map(() => '---')),
    ...shown.map(line),
    ...(rows.length > shown.length ? ['', `and ${rows.length - shown.length} more`] : []),
    '',
  ];
}

/** How many jobs ended how, e.g. `12 jobs: 10 pass, 2 fail`. */
export function countText(rows: readonly JobRow[]): string {
  const counts = (Object.keys(words) as JobResult[]).flatMap(result => {
    const count = rows.filter(row => row.result === result).length;
    return count === 0 ? [] : [`${count} ${words[result]}`];
  });
  return `${rows.length} ${rows.length === 1 ? 'job' : 'jobs'}: ${counts.join(', ')}`;
}

/** The answer for a job page: what did not pass comes first, with links to the farm's pages. */
export function jobsMarkdown(rows: readonly JobRow[], result: JobResult, server: string): string {
  const sorted = [...rows.filter(row => row.result !== 'pass'), ...rows.filter(row => row.result === 'pass')];
  const missed = rows.flatMap(row => [
    ...(row.reason === '' ? [] : [{ row, what: 'runs', verdict: words[row.result], why: row.reason }]),
    ...(row.job?.verdicts ?? [])
      .filter(({ verdict }) => verdict !== 'pass')
      .map(({ target, block, verdict, reason }) => ({
        row,
        what: `${target}: ${block}`,
        verdict,
        why: reason,
      })),
  ]);
  return [
    `## littlefirst farm: ${words[result]}`,
    '',
    countText(rows),
    '',
    ...table(
      ['job', 'result', 'bench', 'attempts', 'report'],
      sorted.map(({ id, name, result, job }) => [
        `[${cell(name)}](${server}/jobs/${id})`,
        words[result],
        job?.bench ? cell(`${job.bench}/${job.device}`) : '-',
        String(job?.attempts ?? '-'),
        job?.run ? `[report](${reportAddress(server, job.run)})` : '-',
      ]),
    ),
    ...(missed.length === 0
      ? []
      : [
          '### What did not pass',
          '',
          ...table(
            ['job', 'target', 'verdict', 'why'],
            missed.map(({ row, what, verdict, why }) => [
              cell(row.name),
              cell(what),
              verdict,
              cell(why.split('\n').join(' ').slice(0, 300)),
            ]),
          ),
        ]),
  ].join('\n');
}

/** The answer for a terminal: one line a job that did not pass, and how many there were. */
export function jobsLines(rows: readonly JobRow[], result: JobResult): string[] {
  return [
    ...rows
      .filter(row => row.result !== 'pass')
      .map(({ name, result, reason, job }) => {
        const missed = (job?.verdicts ?? []).filter(({ verdict }) => verdict !== 'pass');
        const why =
          reason === '' ? missed.map(({ target, block }) => `${target} (${block})`).join(', ') : reason;
        return `${words[result].toUpperCase()}  ${name}: ${why.split('\n')[0]}`;
      }),
    `${words[result].toUpperCase()}  ${countText(rows)}`,
  ];
}
