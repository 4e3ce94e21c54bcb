import { sig } from '../../../record/format.js';
import type { Block } from '../../../record/run-record.js';
import { blockName } from '../../../verdict/evaluation/blocks.js';
import { type ChipGroup, chipGroups, seriesLabel } from '../../groups.js';
import { axisName, figure, plot } from '../charts/plot.js';
import { linearScale } from '../charts/scale.js';
import { across, element, textElement } from '../charts/svg.js';
import { number, prose, table, words } from '../table.js';
import { type ReportContext, section } from '../template.js';

const listOf = (block: Block) => block.savingVsBigOnly?.sensitivity ?? [];

/** The cascade of a chip whose verdict an assumption could move most: one that is open, else the one with the widest model's part. */
function mostOpen({ record }: ReportContext, group: ChipGroup): Block | undefined {
  const judged = new Set(
    record.verdicts.filter(({ verdict }) => verdict === 'inconclusive').map(({ block }) => block),
  );
  const width = (block: Block) => block.savingVsBigOnly?.u95Model ?? 0;
  const candidates = group.blocks.filter(block => listOf(block).length > 0);
  const open = candidates.filter(block => judged.has(blockName(block)));
  return [...(open.length > 0 ? open : candidates)].sort((a, b) => width(b) - width(a))[0];
}

const rowHeight = 40;
const barHeight = 12;
/** Room for a figure beside the longest bar, pixels. */
const figureRoom = 50;

const signed = (points: number): string => `${points > 0 ? '+' : ''}${sig(points, 2)}`;

function tornado(context: ReportContext, block: Block, label: string): string {
  const saving = (block.savingVsBigOnly?.energy ?? 0) * 100;
  const rows = listOf(block).map(({ parameter, low, high }) => {
    const [a, b] = [low * 100 - saving, high * 100 - saving];
    return { parameter, down: Math.min(0, a, b), up: Math.max(0, a, b) };
  });
  const reach = Math.max(...rows.flatMap(({ down, up }) => [-down, up]));
  const scale = linearScale(-reach, reach, { count: 4 });
  const zero = scale.of(0);
  const marks = rows.flatMap(({ parameter, down, up }, row) => {
    const y = row * rowHeight + 20;
    const bar = (from: number, to: number, part: string) =>
      element('rect', {
        class: `part ${part}`,
        x: across(scale.of(from)),
        width: across(scale.of(to) - scale.of(from)),
        y,
        height: barHeight,
      });
    const figure = (points: number, side: string) =>
      textElement(signed(points), {
        class: `figure${side === 'end' ? ' end' : ''}`,
        x: across(scale.of(points)),
        dx: side === 'end' ? -5 : 5,
        y: y + barHeight - 2,
      });
    return [
      textElement(parameter, { class: 'mid', x: across(zero), y: y - 5 }),
      ...(down < 0 ? [bar(down, 0, 'gate'), figure(down, 'end')] : []),
      ...(up > 0 ? [bar(0, up, 'big'), figure(up, '')] : []),
    ];
  });
  const axis = element('line', {
    class: 'zero',
    x1: across(zero),
    x2: across(zero),
    y1: 0,
    y2: rowHeight * rows.length,
  });
  return figure({
    title: `${label}, ${block.level.name}, ${seriesLabel(context.record, block)}: ${context.word} saving of ${sig(saving)} %`,
    isWide: true,
    panels: [
      {
        head: '',
        body:
          plot(
            {
              height: rowHeight * rows.length,
              finding: `What moves the ${context.word} saving of ${sig(saving)} %, in points: ${rows.map(({ parameter, down, up }) => `${parameter} ${signed(down)} to ${signed(up)}`).join('; ')}`,
              left: figureRoom,
              right: figureRoom,
              x: scale,
              marks: [axis, ...marks],
            },
            true,
          ) + axisName({ text: 'change of the saving, percentage points' }),
      },
    ],
  });
}

/** Which assumption of the model moves the saving most, one chart a chip; empty where silicon was measured. */
export function sensitivitySection(context: ReportContext): string {
  const { record, word } = context;
  const shown = chipGroups(record).flatMap(group => {
    const block = mostOpen(context, group);
    return block === undefined ? [] : [{ group, block }];
  });
  if (shown.length === 0) return '';
  const body = shown.map(({ group, block }) => {
    const rows = listOf(block).map(({ parameter, kind, low, high, source }) => [
      parameter,
      kind,
      sig(low * 100),
      sig(high * 100),
      source,
    ]);
    return (
      tornado(context, block, group.label) +
      table({
        caption: `${group.label}: the same in figures`,
        columns: [
          words('Assumption'),
          words('Kind'),
          number('Saving at one end, %'),
          number('at the other, %'),
          prose('Source'),
        ],
        rows,
      })
    );
  });
  return section({
    id: 'sensitivity',
    title: `What the ${word} saving rests on`,
    notes: [
      `Each assumption alone moved down and up by two standard uncertainties, the farthest-reaching first. ${record.model?.parameters ?? 0} numbers of the profiles are uncertain; all together, drawn ${record.model?.draws ?? 0} times, make the model's part of every interval (JCGM 101). What moves both strategies alike cancels in a saving.`,
    ],
    body: body.join(''),
  });
}
