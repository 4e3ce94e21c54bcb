import { sig } from '../../../record/format.js';
import type { Block } from '../../../record/run-record.js';
import { blockName } from '../../../verdict/evaluation/blocks.js';
import { type ChipGroup, chipGroups, seriesLabel } from '../../groups.js';
import { chart, seriesColours } from '../chart.js';
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

function tornado(context: ReportContext, block: Block, label: string): string {
  const rows = listOf(block);
  const saving = (block.savingVsBigOnly?.energy ?? 0) * 100;
  const from = (value: number) => value * 100 - saving;
  return chart({
    title: `${label}, ${block.level.name}, ${seriesLabel(context.record, block)}: ${context.word} saving of ${sig(saving)} %`,
    height: 90 + 24 * rows.length,
    option: {
      grid: { left: 10, right: 30, top: 16, bottom: 40, containLabel: true },
      xAxis: {
        type: 'value',
        name: 'change of the saving, percentage points',
        nameLocation: 'middle',
        nameGap: 28,
      },
      yAxis: { type: 'category', inverse: true, data: rows.map(({ parameter }) => parameter) },
      series: [
        {
          type: 'bar',
          name: 'down',
          stack: 'reach',
          color: seriesColours[0],
          data: rows.map(({ low }) => Math.min(0, from(low))),
        },
        {
          type: 'bar',
          name: 'up',
          stack: 'reach',
          color: seriesColours[1],
          data: rows.map(({ high }) => Math.max(0, from(high))),
        },
      ],
    },
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
