import { count, percent } from '../../../record/format.js';
import type { Block, RunRecord } from '../../../record/run-record.js';
import { seriesOf } from '../../groups.js';
import { confusionMatrix, isWide } from '../confusion-matrix.js';
import { type ReportContext, section } from '../template.js';

function matrixOf(record: RunRecord, label: string, blocks: readonly Block[]): string {
  const [first] = blocks;
  const isSame = blocks.every(block => JSON.stringify(block.confusion) === JSON.stringify(first.confusion));
  const where = isSame
    ? 'the same at every level, board and chip'
    : `board ${first.board}, level ${first.level.name}; OTHER BLOCKS DIFFER`;
  return confusionMatrix({
    caption: `${label} (${where})`,
    labels: record.labels,
    confusion: first.confusion,
  });
}

/** The reject rate of a block. */
function unknownNote({ bundle, strategy, board, level, windows, unknown }: Block): string[] {
  if (unknown === undefined) return [];
  const where = `${bundle} ${strategy} on ${board} at ${level.name}`;
  return [
    `${where}: ${count(unknown)} of ${count(windows)} windows (${percent(unknown / windows, 1)} %) answered "unknown".`,
  ];
}

/** One confusion matrix a bundle and strategy. */
export function confusionSection({ record }: ReportContext): string {
  const matrices = seriesOf(record, record.blocks).map(({ label, blocks }) =>
    matrixOf(record, label, blocks),
  );
  return section({
    id: 'confusion',
    title: 'Confusion matrices',
    notes: [
      'Scored windows; rows are the true activity, columns what the DUT answered.',
      ...record.blocks.flatMap(unknownNote),
    ],
    body: isWide(record.labels) ? matrices.join('') : `<div class="pair">${matrices.join('')}</div>`,
  });
}
