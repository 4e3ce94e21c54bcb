import { capital, sig } from '../../../record/format.js';
import { intervalText, positiveInterval } from '../../../record/interval.js';
import type { Block } from '../../../record/run-record.js';
import { type ChipGroup, chipGroups, type Series } from '../../groups.js';
import { inlineMark, inlinePart, type PartName, partNames, whiskerAcross } from '../charts/marks.js';
import { axisName, figure, plain, plot, roomFor } from '../charts/plot.js';
import { linearScale, type Scale } from '../charts/scale.js';
import { across, element, textElement } from '../charts/svg.js';
import { type ReportContext, section } from '../template.js';

const rowHeight = 24;
const barHeight = 14;
/** Room for the figure behind the longest bar, pixels. */
const figureRoom = 84;
const parts: readonly PartName[] = ['gate', 'big', 'other'];

type Energy = NonNullable<Block['energyPerWindow_uJ']>;
interface Bar {
  level: string;
  energy: Energy;
}

const barsOf = ({ levels }: ChipGroup, { blocks }: Series): Bar[] =>
  blocks
    .flatMap(({ level, energyPerWindow_uJ: energy }) =>
      energy === null ? [] : [{ level: level.name, energy }],
    )
    .sort((a, b) => levels.indexOf(b.level) - levels.indexOf(a.level));

const highOf = ({ energy }: Bar): number => positiveInterval(energy)!.high;

const energyText = ({ energy }: Bar): string => intervalText(positiveInterval(energy), 'uJ');

function barOf(bar: Bar, row: number, scale: Scale): string[] {
  const y = row * rowHeight + (rowHeight - barHeight) / 2;
  const middle = y + barHeight / 2;
  let from = 0;
  const pieces = parts.flatMap(part => {
    const energy = bar.energy[part];
    if (!(energy > 0)) return [];
    const piece = element('rect', {
      class: `part ${part}`,
      x: across(scale.of(from)),
      width: across(scale.of(energy)),
      y,
      height: barHeight,
    });
    from += energy;
    return [piece];
  });
  const { value, low, high } = positiveInterval(bar.energy)!;
  return [
    ...pieces,
    ...(high > low ? [whiskerAcross(scale.of(low), scale.of(high), middle)] : []),
    textElement(bar.level, { x: -7, y: middle + 4, class: 'end' }),
    textElement(`${sig(value, 3)} µJ`, { x: across(scale.of(high)), y: middle + 4, dx: 8, class: 'figure' }),
  ];
}

function figureOf({ word }: ReportContext, group: ChipGroup): string {
  const all = group.series.map(series => ({ series, bars: barsOf(group, series) }));
  const shown = all.filter(({ bars }) => bars.length > 0);
  if (shown.length === 0) return '';
  const scale = linearScale(0, Math.max(...shown.flatMap(({ bars }) => bars.map(highOf))), { count: 3 });
  const left = roomFor(group.levels, 40);
  return figure({
    title: `${group.label}: ${word} active energy of a window`,
    legend: parts
      .map(part => `<span>${inlinePart(part)} ${plain({ text: partNames[part] })}</span>`)
      .join(' '),
    panels: shown.map(({ series, bars }) => ({
      head: `${inlineMark(group.series.indexOf(series))} ${plain({ text: series.label })}`,
      body:
        plot(
          {
            height: rowHeight * bars.length,
            finding: `${series.label}, ${word} active energy of a window: ${bars.map(bar => `${bar.level} ${energyText(bar)}`).join('; ')}`,
            left,
            right: figureRoom,
            x: scale,
            marks: bars.flatMap((bar, row) => barOf(bar, row, scale)),
          },
          true,
        ) + axisName({ text: `${word} energy, µJ per window` }),
    })),
  });
}

/** Stacked bars: gate, Big and other, one panel a strategy, one bar a level, all of a chip on one scale. */
export function energyBarsSection(context: ReportContext): string {
  const body = chipGroups(context.record)
    .map(group => figureOf(context, group))
    .join('');
  return section({
    id: 'energy',
    title: `${capital(context.word)} energy of a window by level and strategy`,
    notes: [
      `Active energy only: what the gate, Big and everything else draw from the window's start to its end. The sleep until the next window is not in it. Lines are the 95 % interval of the ${context.word} energy; all panels of a chip have one scale.`,
    ],
    body: body || '<p>This run has no energy.</p>',
  });
}
