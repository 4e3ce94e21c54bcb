import { dash, sig } from '../../record/format.js';
import { intervalText } from '../../record/interval.js';
import type { AbAnswer, AbBlock } from '../../verdict/regression/ab.js';
import type { Confirmation } from '../../verdict/regression/confirm.js';
import { type Escape, fittingTable, forCode, forMarkdown, forTerminal } from '../text-table.js';
import { energyWords } from './rows.js';
import { comparisonMarkdown } from './text.js';

/** What a verdict means, in a sentence. */
export const confirmationWords: Record<Confirmation, string> = {
  regressed: 'the second image needs more, or answers worse',
  improved: 'the second image needs less',
  'not regressed': 'any difference is smaller than what matters',
  'cannot tell': 'the runs differ too much among themselves for an answer',
};

/** Blocks that Markdown shows. */
const mostBlocks = 20;

const head = ['verdict', 'block', 'figure', 'A', 'B', 'B against A [95 %]'] as const;

function rowOf(block: AbBlock, words: string): string[] {
  const unit = block.figure === 'energy' ? 'µJ' : 'ms';
  const value = (figure: number) => (block.change === null ? dash : `${sig(figure)} ${unit}`);
  return [
    block.verdict,
    block.name,
    block.figure === 'energy' ? `${words} energy / window` : 'active time, mean',
    value(block.before),
    value(block.after),
    block.change === null ? (block.note ?? dash) : intervalText(block.change, 'share', { isSigned: true }),
  ];
}

function lines({ verdict, rounds, leastEffect, spread, worseAnswers }: AbAnswer): string[] {
  return [
    `${verdict.toUpperCase()}: ${confirmationWords[verdict]}`,
    `A B B A on one bench, ${rounds} ${rounds === 1 ? 'round' : 'rounds'}; below ${sig(leastEffect * 100, 2)} % nothing matters; one run was taken to spread by ${sig(spread * 100, 2)} % beforehand.`,
    ...worseAnswers.map(name => `B answers worse than A: ${name}`),
  ];
}

const table = (answer: AbAnswer, safe: Escape, width: number, most: number): string =>
  fittingTable(
    head,
    answer.blocks.slice(0, most).map(block => rowOf(block, energyWords(answer.comparison))),
    width,
    safe,
  );

/** The answer for a terminal of some width. */
export function abText(answer: AbAnswer, width = Number.POSITIVE_INFINITY): string {
  return [
    ...lines(answer).map(forTerminal),
    '',
    table(answer, forTerminal, width, Number.POSITIVE_INFINITY),
    '',
  ].join('\n');
}

/** The answer as Markdown, fit for a comment on a pull request. @param names of both images, as they were asked for */
export function abMarkdown(answer: AbAnswer, names: readonly [string, string]): string {
  const left = answer.blocks.length - mostBlocks;
  const [first, ...others] = lines(answer);
  return [
    `## littlefirst ab: ${answer.verdict}`,
    '',
    forMarkdown(first),
    '',
    `A is \`${forCode(names[0])}\`, B is \`${forCode(names[1])}\`. ${forMarkdown(others.join(' '))}`,
    '',
    table(answer, forMarkdown, Number.POSITIVE_INFINITY, mostBlocks),
    ...(left > 0 ? ['', `${left} more blocks are not shown.`] : []),
    '',
    '<details><summary>The first run of each, window by window</summary>',
    '',
    comparisonMarkdown(answer.comparison),
    '</details>',
    '',
  ].join('\n');
}
