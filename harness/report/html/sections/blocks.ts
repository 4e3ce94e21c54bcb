import { figureText, savingText } from '../../../record/figure-text.js';
import { count, dash, percent, sig } from '../../../record/format.js';
import type { Block, RunRecord } from '../../../record/run-record.js';
import { baselineStrategy } from '../../../verdict/evaluation/blocks.js';
import { validityVerdict } from '../../../verdict/evaluation/verdicts.js';
import { chipGroups, seriesLabel } from '../../groups.js';
import { type Cell, number, prose, table, words } from '../table.js';
import { type ReportContext, section } from '../template.js';

function rowOf(record: RunRecord, block: Block): (string | Cell)[] {
  const { energyPerWindow_uJ: energy, savingVsBigOnly: saving, cyclesPerWindow: cycles, latencyMs } = block;
  return [
    seriesLabel(record, block),
    block.level.name,
    block.readBack === null ? dash : `${block.readBack.mV} mV, ${sig(block.readBack.Hz / 1e6)} MHz`,
    count(block.windows),
    `${percent(block.accuracy)} [${percent(block.accuracyCI95[0])}, ${percent(block.accuracyCI95[1])}]`,
    count(block.bigRuns),
    sig(cycles?.mean),
    latencyMs === null ? dash : `${sig(latencyMs.mean, 3)} / ${sig(latencyMs.max, 3)}`,
    figureText(energy),
    sig(energy?.median),
    block.strategy === baselineStrategy ? 'baseline' : savingText(saving),
    block.mlperf?.goldenChecked === 'no'
      ? dash
      : { text: count(block.goldenMismatches), mark: block.goldenMismatches === 0 ? '' : 'fail' },
    block.valid === true
      ? { text: 'yes', mark: 'pass' }
      : { text: block.valid, mark: validityVerdict(block) },
  ];
}

/** One row a block. */
export function blocksSection({ record, word }: ReportContext): string {
  const body = chipGroups(record)
    .map(group =>
      table({
        caption: group.label,
        columns: [
          words('Strategy'),
          words('Level'),
          words('Read back'),
          number('Windows'),
          number('Accuracy [95 %], %'),
          number('Big runs'),
          number('Cycles / window'),
          number('Active time mean / max, ms'),
          number(`${word} energy, µJ / window, mean [95 %]`),
          number('Median, µJ'),
          number(`${word} energy saving vs big-only [95 %]`),
          number('Not golden'),
          prose('Valid'),
        ],
        rows: group.blocks.map(block => rowOf(record, block)),
      }),
    )
    .join('');
  return section({ id: 'blocks', title: 'Blocks', body });
}
