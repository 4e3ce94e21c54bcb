import { figureText, savingText } from '../record/figure-text.js';
import { capital, dash, energyWord, sig } from '../record/format.js';
import type { Block, RunRecord } from '../record/run-record.js';
import { baselineStrategy } from '../verdict/evaluation/blocks.js';
import { chipGroups, seriesLabel } from './groups.js';

/** A table of text: head and rows. */
export interface Columns {
  caption: string;
  head: string[];
  rows: string[][];
}

/** Assumptions of the model that are named in a row. */
const namedAssumptions = 3;
/** Terms of the meter that are named in a line. */
const namedTerms = 3;

const points = (share: number): string => `${sig(share * 100, 2)}`;

type Saving = NonNullable<Block['savingVsBigOnly']>;

/** The meter's terms of a saving, farthest first, in percentage points (k = 1). */
function meterTerms({ terms = [] }: Saving): string {
  const sorted = [...terms].sort((a, b) => b.share - a.share);
  return sorted.length === 0
    ? 'none'
    : sorted.map(({ term, share, kind }) => `${term} ${points(share)} ${kind}`).join('; ');
}

/** What the model's part rests on: how far each assumption alone moves the saving, in percentage points. */
function assumptions({ energy, sensitivity = [] }: Saving): string {
  if (sensitivity.length === 0 || energy === null) return 'none';
  return sensitivity
    .slice(0, namedAssumptions)
    .map(({ parameter, low, high }) => `${parameter} ${points(low - energy)} to +${points(high - energy)}`)
    .join('; ');
}

const cascades = (blocks: readonly Block[]): Block[] =>
  blocks.filter(
    ({ strategy, savingVsBigOnly: saving }) =>
      strategy !== baselineStrategy && typeof saving?.energy === 'number',
  );

/** Every saving with the terms that its interval is made of, one table a board and chip. */
export function savingBudgets(record: RunRecord): Columns[] {
  return chipGroups(record).flatMap(group => {
    const rows = cascades(group.blocks).flatMap(block => {
      const { savingVsBigOnly: saving } = block;
      if (saving === null) return [];
      return [
        [
          seriesLabel(record, block),
          block.level.name,
          savingText(saving),
          meterTerms(saving),
          assumptions(saving),
          saving.spread95 === undefined ? dash : points(saving.spread95),
        ],
      ];
    });
    if (rows.length === 0) return [];
    return [
      {
        caption: `${group.label}: what the ${energyWord(record)} saving's interval is made of`,
        head: [
          'strategy',
          'level',
          'saving [95 %]',
          "meter's terms, k = 1, points",
          'model: one assumption alone at ± 2 u, points',
          'spread over windows (95 %, not in the interval), points',
        ],
        rows,
      },
    ];
  });
}

/**
 * What the widest saving of each strategy is made of, a line each, where there is no room for tables: the meter's three largest terms and the model's three
 * largest assumptions.
 * @param most lines at most
 */
export function savingTermLines(record: RunRecord, most: number): string[] {
  const widest = new Map<string, Block>();
  for (const block of cascades(record.blocks)) {
    const key = seriesLabel(record, block);
    const width = ({ savingVsBigOnly: saving }: Block) => saving?.u95 ?? 0;
    const other = widest.get(key);
    if (other === undefined || width(block) > width(other)) widest.set(key, block);
  }
  return [...widest].slice(0, most).flatMap(([label, { chip, level, savingVsBigOnly: saving }]) => {
    if (saving === null) return [];
    const terms = [...(saving.terms ?? [])].sort((a, b) => b.share - a.share).slice(0, namedTerms);
    return [
      `Saving of ${label} on ${chip}, ${level.name}, ${savingText(saving)}; meter, k = 1, points: ${meterTerms({ ...saving, terms })}; model, one assumption at ± 2 u, points: ${assumptions(saving)}.`,
    ];
  });
}

/** Every block's energy with the terms of its interval, one table a board and chip. */
export function energyBudgets(record: RunRecord): Columns[] {
  return chipGroups(record).flatMap(group => {
    const rows = group.blocks.flatMap(block => {
      const { energyPerWindow_uJ: energy, uncertainty } = block;
      if (energy === null) return [];
      const terms = uncertainty
        .filter(({ microjoules }) => microjoules > 0)
        .sort((a, b) => b.microjoules - a.microjoules)
        .map(({ term, microjoules, kind }) => `${term} ${sig(microjoules, 2)} ${kind}`);
      return [
        [
          seriesLabel(record, block),
          block.level.name,
          figureText(energy),
          sig(energy.median),
          terms.length === 0 ? 'none' : terms.join('; '),
        ],
      ];
    });
    if (rows.length === 0) return [];
    return [
      {
        caption: `${group.label}: ${capital(energyWord(record))} energy of a window, µJ`,
        head: ['strategy', 'level', 'mean [95 %]', 'median', "meter's terms, k = 1"],
        rows,
      },
    ];
  });
}
