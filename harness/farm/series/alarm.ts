import { create } from 'xmlbuilder2';
import { sig } from '../../record/format.js';
import { intervalText } from '../../record/interval.js';
import { forCode, forMarkdown } from '../../report/text-table.js';
import { visible } from '../../visible.js';
import type { Transaction } from '../store/database.js';

/** A confirmed regression, as it is told to people and programs. */
export interface Alarm {
  id: string;
  series: string;
  /** Board, chip, level, bundle, strategy, and bench. */
  name: string;
  bench: string;
  raised_at: Date;
  /** Relative effect with its 95 % interval, measured by A B B A. */
  effect: number;
  effect_low: number;
  effect_high: number;
  rounds: number;
  twin: string;
  before_run: string;
  before_commit: string;
  after_run: string;
  after_commit: string;
  /** First bad image; null until the search has ended. */
  first_bad_run: string | null;
  first_bad_commit: string | null;
  searched_at: Date | null;
}

const columns = `a.id, s.id as series, concat_ws(' ', s.board, s.chip, s.level, s.bundle, s.strategy) as name, s.bench, a.raised_at,
  x.effect, x.effect_low, x.effect_high, x.rounds, x.twin, x.before_run, b.commit as before_commit, x.after_run, f.commit as after_commit,
  a.first_bad_run, w.commit as first_bad_commit, a.searched_at`;
const joined = `farm.alarms a join farm.suspicions x on x.id = a.suspicion join farm.series s on s.id = x.series
  join farm.runs b on b.id = x.before_run join farm.runs f on f.id = x.after_run left join farm.runs w on w.id = a.first_bad_run`;

/** The newest alarms. */
export const alarms = ({ query }: Transaction, limit: number): Promise<Alarm[]> =>
  query<Alarm>(`select ${columns} from ${joined} order by a.id desc limit $1`, [limit]);

export async function alarmById({ query }: Transaction, id: string | number): Promise<Alarm | undefined> {
  return (await query<Alarm>(`select ${columns} from ${joined} where a.id = $1`, [id]))[0];
}

/** What nobody was told yet: alarms, and searches that have ended since. */
export const untold = ({ query }: Transaction): Promise<(Alarm & { is_new: boolean })[]> =>
  query(
    `select ${columns}, a.told_at is null as is_new from ${joined}
     where a.told_at is null or (a.searched_at is not null and a.search_told_at is null) order by a.id limit 100`,
  );

const change = ({ effect, effect_low, effect_high }: Alarm): string =>
  intervalText({ value: effect, low: effect_low, high: effect_high }, 'share', { isSigned: true });

const twinWords: Record<string, string> = {
  image: "the emulator's cycles changed alike: the image takes longer",
  'not in cycles':
    "the emulator's cycles are the same: what the image draws has changed, not how long it runs",
  'image and more': "the emulator's cycles changed too, by another share",
  unknown: 'no emulated bench has run these images',
};

function sentences(alarm: Alarm): string[] {
  const first =
    alarm.searched_at === null
      ? 'The first bad image is being searched for.'
      : `First bad image: run ${alarm.first_bad_run}, commit ${alarm.first_bad_commit?.slice(0, 12)}.`;
  return [
    `${alarm.name} on ${alarm.bench} needs ${change(alarm)} energy a window, measured A B B A in ${alarm.rounds} ${alarm.rounds === 1 ? 'round' : 'rounds'} on that bench.`,
    `Before: run ${alarm.before_run}, commit ${alarm.before_commit.slice(0, 12)}. After: run ${alarm.after_run}, commit ${alarm.after_commit.slice(0, 12)}.`,
    `Twin: ${twinWords[alarm.twin] ?? alarm.twin}.`,
    first,
  ];
}

/** An alarm as Markdown, for a comment or a message. */
export function alarmMarkdown(alarm: Alarm): string {
  const [what, ...more] = sentences(alarm);
  return [
    `## littlefirst: \`${forCode(alarm.name)}\` needs ${sig(alarm.effect * 100, 2)} % more`,
    '',
    forMarkdown(what),
    '',
    ...more.map(sentence => `- ${forMarkdown(sentence)}`),
    '',
  ].join('\n');
}

/** Alarms as JUnit XML: one failed test each, for what reads that. */
export function alarmsJunit(list: readonly Alarm[]): string {
  const root = create({ version: '1.0', encoding: 'UTF-8' }).ele('testsuites', {
    ...{ name: 'littlefirst series', tests: list.length, failures: list.length, errors: 0 },
  });
  const suite = root.ele('testsuite', {
    ...{ name: 'regressions', tests: list.length, failures: list.length, errors: 0, skipped: 0 },
  });
  for (const alarm of list) {
    const test = suite.ele('testcase', { classname: visible(alarm.bench), name: visible(alarm.name) });
    const text = visible(sentences(alarm).join('\n'));
    test.ele('failure', { type: 'regressed', message: visible(sentences(alarm)[0]) }).txt(text);
  }
  return root.end({ prettyPrint: true });
}
