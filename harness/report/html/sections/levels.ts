import { sleepStates } from '../../../measure/chip/break-even.js';
import { levelsForBoard } from '../../../measure/chip/profile.js';
import type { ChipProfile } from '../../../measure/chip/schema.js';
import { figureText } from '../../../record/figure-text.js';
import { dash, percent, sig } from '../../../record/format.js';
import { intervalText } from '../../../record/interval.js';
import type { Block } from '../../../record/run-record.js';
import { type ChipGroup, chipGroups } from '../../groups.js';
import { minimumPoint, type SeriesStudy, studySeries } from '../../level-study.js';
import { levelPanels } from '../charts/level-panels.js';
import { type Cell, number, prose, table, words } from '../table.js';
import { type ReportContext, section } from '../template.js';

function studyTable(
  { record, word }: ReportContext,
  group: ChipGroup,
  studies: readonly SeriesStudy[],
): string {
  const batteries = [...new Set(group.blocks.flatMap(block => Object.keys(block.batteryDays ?? {})))];
  return table({
    caption: `${group.label}: every strategy at every level, period ${record.periodSeconds} s`,
    columns: [
      words('Strategy'),
      words('Level'),
      number('Core, mV'),
      number('Clock, MHz'),
      number(`${word} active energy, µJ / window`),
      number('Active time, ms'),
      number(`${word} sleep energy, µJ / period`),
      number(`Sleep share of ${word} energy, %`),
      number(`${word} average power with sleep, µW`),
      ...batteries.map(battery => number(`${battery}, days (${word})`)),
      prose('Remark'),
    ],
    rows: studies.flatMap(({ series, study, rows }) =>
      rows.map(({ block, row }): (string | Cell)[] => {
        const remarks = [
          ...(study?.minimumEnergy === block.level.name ? ['least active energy'] : []),
          ...(study?.bestPeriod === block.level.name ? ['least average power'] : []),
          ...(row?.isInTime === false ? ['LATER THAN THE NEXT WINDOW'] : []),
          ...(row === undefined ? ['no energy'] : []),
        ];
        return [
          series.label,
          block.level.name,
          sig(block.level.mV),
          sig(block.level.Hz / 1e6),
          {
            text: sig(row?.activeMicrojoules),
            mark: study?.minimumEnergy === block.level.name ? 'best' : '',
          },
          sig(row === undefined ? null : row.activeSeconds * 1e3),
          sig(row === undefined ? null : row.periodMicrojoules - row.activeMicrojoules),
          percent(row?.idleShare, 1),
          {
            text: sig(row?.averageMicrowatts),
            mark: study?.bestPeriod === block.level.name ? 'best' : '',
          },
          ...batteries.map(battery => figureText(block.batteryDays?.[battery])),
          remarks.join(', '),
        ];
      }),
    ),
  });
}

function raceTable({ word }: ReportContext, studies: readonly SeriesStudy[]): string {
  const rows = studies.flatMap(({ series, study }) => {
    if (study === undefined || study.raceToSleep.level === study.slowAndSteady.level) return [];
    const { raceToSleep: race, slowAndSteady: slow } = study;
    const gain = (race.periodMicrojoules / slow.periodMicrojoules - 1) * 100;
    const winner = gain < 0 ? 'race to sleep' : 'slow and steady';
    return [
      [
        series.label,
        `${race.level}: ${sig(race.periodMicrojoules)}`,
        `${slow.level}: ${sig(slow.periodMicrojoules)}`,
        `${gain > 0 ? '+' : ''}${sig(gain, 3)}`,
        winner,
        study.bestPeriod,
      ],
    ];
  });
  if (rows.length === 0) return '';
  return table({
    caption: `Race to sleep against slow and steady: ${word} energy of a whole period, sleep included`,
    columns: [
      words('Strategy'),
      number('Fastest level, then sleep, µJ'),
      number('Slowest level in time, µJ'),
      number('Fastest against slowest, %'),
      words('Better of the two'),
      words('Best level'),
    ],
    rows,
  });
}

/** Whether a minimum-energy point lies inside the levels, and in what share of the model's draws it does. */
function minimumTable(
  { run, word }: ReportContext,
  group: ChipGroup,
  studies: readonly SeriesStudy[],
): string {
  const rows = studies.flatMap(one => {
    const point = minimumPoint(run, one);
    if (point === undefined) return [];
    const { level, place, shares } = point;
    const sure = shares?.filter(({ share }) => share > 0).sort((a, b) => b.share - a.share);
    return [
      [
        one.series.label,
        level,
        place === 'inside' ? 'inside' : `none inside: ${place} takes least`,
        sure === undefined
          ? 'no model'
          : sure.map(({ level: name, share }) => `${name} ${percent(share, 0)} %`).join(', '),
      ],
    ];
  });
  if (rows.length === 0) return '';
  return table({
    caption: `${group.label}: does a minimum-energy point (${word} active energy) lie inside the levels?`,
    columns: [
      words('Strategy'),
      words(`Level of least ${word} active energy`),
      words('Inside'),
      prose("Best level in the model's draws"),
    ],
    rows,
  });
}

/** What each state of the chip's sleep draws and costs at the levels of the run, and the idle from which it pays. */
function sleepTable(group: ChipGroup, chip: ChipProfile | undefined): string {
  if (chip?.sleep.states === undefined) return '';
  const { board } = group.blocks[0];
  const used = new Set(group.blocks.map(block => block.level.name));
  const levels = levelsForBoard(chip, board).filter(({ name }) => used.has(name));
  return table({
    caption: `${group.label}: states of sleep by the chip's profile`,
    columns: [
      words('Level'),
      words('State'),
      number('Power there, µW (modelled) [95 %]'),
      number('Going and coming back, µJ'),
      number('The same, µs'),
      number('Pays from an idle of, ms'),
      prose('What goes on'),
    ],
    rows: levels.flatMap(level =>
      sleepStates(chip, level).map(state => [
        level.name,
        state.name,
        intervalText(
          { value: state.microwatts, low: state.microwattsCI95[0], high: state.microwattsCI95[1] },
          '',
        ),
        sig(state.microjoules),
        sig(state.microseconds),
        state.breakEvenMicroseconds === undefined
          ? 'always'
          : Number.isFinite(state.breakEvenMicroseconds)
            ? sig(state.breakEvenMicroseconds / 1e3)
            : 'never',
        state.keeps,
      ]),
    ),
  });
}

/** The profile that a modelled run was made with. */
function chipOf({ run }: ReportContext, group: ChipGroup): ChipProfile | undefined {
  return run.journal.campaign.model?.chips.find(({ name }) => name === group.blocks[0].chip);
}

/** How many times as long a battery lasts; the interval is that of the saving with sleep, which blocks of different levels do not have. */
function lifeText(block: Block, baseline: Block): string {
  const [own, others] = [block.averagePower_uW?.value, baseline.averagePower_uW?.value];
  if (own == null || others == null) return dash;
  const times = others / own;
  const saving = block.savingVsBigOnly?.withSleep;
  const ends = saving?.ci95;
  const isSameBaseline = saving != null && Math.abs((1 - saving.energy) * times - 1) < 1e-6;
  if (block.level.name !== baseline.level.name || !isSameBaseline || ends?.[0] == null || ends[1] == null)
    return `${sig(times)} times (interval not stated)`;
  return intervalText({ value: times, low: 1 / (1 - ends[0]), high: 1 / (1 - ends[1]) }, 'times');
}

/** Each strategy at its own best level, and how much longer a battery lasts than with Big alone at the best level of that. */
function bestTable({ word }: ReportContext, studies: readonly SeriesStudy[]): string {
  const best = studies.flatMap(({ series, study, rows }) => {
    const row = rows.find(({ block }) => block.level.name === study?.bestPeriod);
    return row === undefined ? [] : [{ series, block: row.block }];
  });
  const batteries = [...new Set(best.flatMap(({ block }) => Object.keys(block.batteryDays ?? {})))];
  return table({
    caption: `Every strategy at the level of its least ${word} average power`,
    columns: [
      words('Strategy'),
      words('Level'),
      number(`${word} active energy, µJ / window`),
      number(`${word} average power, µW`),
      ...batteries.map(battery => number(`${battery}, days (${word})`)),
      number('Battery life against Big alone at its best level'),
    ],
    rows: best.map(({ series, block }) => {
      const big = best.find(
        ({ block: other }) => other.strategy === 'big-only' && other.bundle === block.bundle,
      );
      const baseline = big ?? best.find(({ block: other }) => other.strategy === 'big-only');
      return [
        series.label,
        block.level.name,
        figureText(block.energyPerWindow_uJ),
        figureText(block.averagePower_uW),
        ...batteries.map(battery => figureText(block.batteryDays?.[battery])),
        baseline === undefined
          ? 'no Big alone in this run'
          : baseline.block === block
            ? 'baseline'
            : lifeText(block, baseline.block),
      ];
    }),
  });
}

/** Energy, power and battery life at every level, the minimum-energy point, race-to-sleep against slow-and-steady. */
export function levelsSection(context: ReportContext): string {
  const body = chipGroups(context.record).map(group => {
    const studies = group.series.map(series => studySeries(context.run, series));
    return [
      levelPanels(context.word, group, studies, context.record.periodSeconds),
      studyTable(context, group, studies),
      minimumTable(context, group, studies),
      raceTable(context, studies),
      bestTable(context, studies),
      sleepTable(group, chipOf(context, group)),
    ].join('');
  });
  return section({
    id: 'levels',
    title: `Level study (${context.word} energy)`,
    notes: [
      'Where a window costs least, and where a whole period does: a fast level is soon asleep, a slow one draws less while awake. Battery life is nominal battery energy over average power, sleep included; self-discharge and pulse load are not in it.',
    ],
    body: body.join(''),
  });
}
