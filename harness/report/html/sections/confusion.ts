import { count, dash, percent } from '../../../record/format.js';
import type { Block, RunRecord } from '../../../record/run-record.js';
import { seriesOf } from '../../groups.js';
import { type Cell, number, table, words } from '../table.js';
import { type ReportContext, section } from '../template.js';

function cellOf(value: number, rowSum: number, isDiagonal: boolean): Cell {
  const share = rowSum === 0 ? 0 : value / rowSum;
  const hue = isDiagonal ? '58,163,135' : '226,128,58';
  const style = value === 0 ? undefined : `background:rgba(${hue},${(0.12 + 0.36 * share).toFixed(2)})`;
  return { text: count(value), style };
}

/** A label that may break between its words, so that all columns of two matrices fit side by side. */
const headOf = (label: string): string => label.replaceAll('_', ' ').toLowerCase();

function matrixOf(record: RunRecord, label: string, blocks: readonly Block[]): string {
  const [first] = blocks;
  const isSame = blocks.every(block => JSON.stringify(block.confusion) === JSON.stringify(first.confusion));
  const sums = first.confusion.map(row => row.reduce((a, b) => a + b, 0));
  const where = isSame
    ? 'the same at every level, board and chip'
    : `board ${first.board}, level ${first.level.name}; OTHER BLOCKS DIFFER`;
  return table({
    caption: `${label} (${where})`,
    columns: [
      words('true \\ answered'),
      ...record.labels.map(label => number(headOf(label))),
      number('recall, %'),
    ],
    rows: first.confusion.map((row, truth) => [
      headOf(record.labels[truth]),
      ...row.map((value, answer) => cellOf(value, sums[truth], truth === answer)),
      sums[truth] === 0 ? dash : percent(row[truth] / sums[truth], 1),
    ]),
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
    body: `<div class="pair">${matrices.join('')}</div>`,
  });
}
