import { sig } from '../../../record/format.js';
import type { Difference, ScheduleSearch, Trial } from '../../../record/schedule-search.js';
import { number, table, words } from '../table.js';
import { type ReportContext, section } from '../template.js';

const between = (ends: readonly [number, number] | null, digits = 3): string =>
  ends === null ? '' : ` [${sig(ends[0], digits)}, ${sig(ends[1], digits)}]`;

const differenceText = ({ value, ci95 }: Difference): string => `${sig(value, 3)}${between(ci95)}`;

function roleOf(search: ScheduleSearch, { level, isInTime, isTied, invalid }: Trial): string {
  const roles = [
    ...(level.name === search.chosen ? ['chosen'] : []),
    ...(level.name === search.least ? ['least'] : []),
    ...(level.name === search.bestSingle ? ['best single level'] : []),
    ...(level.name === search.bestPair ? ['best pair'] : []),
    ...(isTied && level.name !== search.least ? ['tied with the least'] : []),
    ...(isInTime ? [] : ['too slow']),
    ...(invalid === undefined ? [] : ['invalid']),
  ];
  return roles.join(', ');
}

/** Energy against schedule, of strategies whose levels were searched. */
export function schedulesSection({ record, word }: ReportContext): string {
  const { searches = [] } = record;
  if (searches.length === 0) return '';
  const tables = searches.map(search => {
    const trials = [...search.trials].sort(
      (a, b) =>
        (a.averagePower_uW?.value ?? Number.POSITIVE_INFINITY) -
        (b.averagePower_uW?.value ?? Number.POSITIVE_INFINITY),
    );
    return table({
      caption: `${search.bundle}, ${search.strategy} on ${search.board}, chip ${search.chip}`,
      columns: [
        words('Level, or gate+Big'),
        number(`${word} average power, µW [95 %]`),
        number('Above the least, µW [95 %]'),
        number('Active energy, µJ / window'),
        number('Big with its changes, µJ / run'),
        number('Longest window, ms'),
        words(''),
      ],
      rows: trials.map(trial => [
        trial.level.name,
        trial.averagePower_uW === null
          ? '–'
          : `${sig(trial.averagePower_uW.value, 5)}${between(trial.averagePower_uW.ci95)}`,
        trial.aboveLeast_uW === null ? '–' : differenceText(trial.aboveLeast_uW),
        sig(trial.activeEnergy_uJ),
        sig(trial.bigEnergy_uJ),
        sig(trial.latencyMax_ms),
        roleOf(search, trial),
      ]),
    });
  });
  const notes = searches.map(search => {
    const { data, gain_uW: gain, bestPair } = search;
    const found =
      gain === null || bestPair === undefined
        ? ''
        : ` The best pair, ${bestPair}, against the best single level, ${search.bestSingle}: ${differenceText(gain)} µW gained.`;
    return `${search.bundle}, ${search.strategy}, ${search.chip}: measured on ${data.windows} windows of ${data.name} ${data.split}, Big in ${data.bigRuns} of them; at most ${sig(search.latencyLimit_ms)} ms a window (${search.latencyFrom}).${found} ${search.reason}`;
  });
  return section({
    id: 'schedules',
    title: 'Schedules of levels',
    notes: [`Found before this run, on blocks of their own. ${searches[0].rule}`, ...notes],
    body: tables.join(''),
  });
}
