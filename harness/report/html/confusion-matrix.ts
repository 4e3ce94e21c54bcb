import { count, dash, percent } from '../../record/format.js';
import { type Cell, number, table, words } from './table.js';

export interface ConfusionData {
  caption: string;
  /** Names of the classes. */
  labels: readonly string[];
  /** Windows by true class (row) and answer (column). */
  confusion: readonly (readonly number[])[];
}

/** With more classes than this, columns are headed by the numbers of the rows, and the page's whole width is theirs. */
const mostNamedColumns = 10;
/** Errors that a large matrix is followed by. */
const listedErrors = 12;

/** Whether a matrix wants a row of the page for itself. */
export const isWide = (labels: readonly string[]): boolean => labels.length > mostNamedColumns;

/** A label that may break between its words, so that all columns of two matrices fit side by side. */
const headOf = (label: string): string => label.replaceAll('_', ' ').toLowerCase();

function cellOf(value: number, rowSum: number, isDiagonal: boolean, isZeroShown: boolean): Cell {
  const share = rowSum === 0 ? 0 : value / rowSum;
  const hue = isDiagonal ? '58,163,135' : '226,128,58';
  if (value === 0) return { text: isZeroShown ? count(0) : '' };
  return { text: count(value), style: `background:rgba(${hue},${(0.12 + 0.36 * share).toFixed(2)})` };
}

/** The errors that are made most often, by their share of the true class's windows. */
function errorsOf({ caption, labels, confusion }: ConfusionData, sums: readonly number[]): string {
  const errors = confusion
    .flatMap((row, truth) => row.map((windows, answer) => ({ truth, answer, windows })))
    .filter(({ truth, answer, windows }) => truth !== answer && windows > 0)
    .sort((a, b) => b.windows - a.windows || a.truth - b.truth || a.answer - b.answer);
  if (errors.length === 0) return '';
  const shown = errors.slice(0, listedErrors);
  return table({
    caption: `${caption}: ${shown.length === errors.length ? 'all errors' : `the ${shown.length} most frequent of ${errors.length} kinds of error`}`,
    columns: [words('true'), words('answered'), number('windows'), number('of the class, %')],
    rows: shown.map(({ truth, answer, windows }) => [
      headOf(labels[truth]),
      headOf(labels[answer]),
      count(windows),
      percent(windows / sums[truth], 1),
    ]),
  });
}

/** A confusion matrix with the recall of each class; a large one by numbers, with its most frequent errors in words. */
export function confusionMatrix(data: ConfusionData): string {
  const { caption, labels, confusion } = data;
  const large = isWide(labels);
  const sums = confusion.map(row => row.reduce((a, b) => a + b, 0));
  const matrix = table({
    caption,
    isTight: large,
    columns: [
      words('true \\ answered'),
      ...labels.map((label, c) => number(large ? String(c + 1) : headOf(label))),
      number('recall, %'),
    ],
    rows: confusion.map((row, truth) => [
      large ? `${truth + 1} ${headOf(labels[truth])}` : headOf(labels[truth]),
      ...row.map((value, answer) => cellOf(value, sums[truth], truth === answer, !large)),
      sums[truth] === 0 ? dash : percent(row[truth] / sums[truth], 1),
    ]),
  });
  return large ? `${matrix}${errorsOf(data, sums)}` : matrix;
}
