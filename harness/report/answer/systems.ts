import { figureText, savingText } from '../../record/figure-text.js';
import { dash } from '../../record/format.js';
import { intervalText, savingInterval } from '../../record/interval.js';
import type { Block, RunRecord } from '../../record/run-record.js';
import { baselineStrategy } from '../../verdict/evaluation/blocks.js';
import { type ChipGroup, chipGroups, groupBy, type Series } from '../groups.js';

/** A strategy at the level where it saves least, the baseline where most of them are: every figure of the row is of that one block. */
export interface SystemRow {
  system: string;
  level: string;
  accuracy: string;
  energy: string;
  saving: string;
  savingWithSleep: string;
}

/** The near end of the saving's interval: what is saved at the very least. */
const leastSaving = ({ savingVsBigOnly: saving }: Block): number =>
  typeof saving?.energy === 'number'
    ? (savingInterval(saving)?.low ?? saving.energy)
    : Number.NEGATIVE_INFINITY;

/** The block that a cascade is judged by: the one that saves least; without energies the least accurate. */
function worstOf(blocks: readonly Block[]): Block {
  return [...blocks].sort((a, b) =>
    leastSaving(a) === leastSaving(b) ? a.accuracy - b.accuracy : leastSaving(a) - leastSaving(b),
  )[0];
}

/** One block a series; the baseline's at the level where most cascades are shown, so that their energies can be compared. */
function shownBlocks(group: ChipGroup): Map<Series, Block> {
  const shown = new Map(group.series.map(series => [series, worstOf(series.blocks)]));
  const others = group.series.filter(({ strategy }) => strategy !== baselineStrategy);
  const byLevel = groupBy(others, series => shown.get(series)?.level.name ?? '');
  const [level] = [...byLevel].sort(([, a], [, b]) => b.length - a.length)[0] ?? [];
  for (const series of group.series) {
    const there = series.blocks.find(block => block.level.name === level);
    if (series.strategy === baselineStrategy && there !== undefined) shown.set(series, there);
  }
  return shown;
}

function savingTexts({ strategy, savingVsBigOnly: saving, valid }: Block): [active: string, whole: string] {
  if (strategy === baselineStrategy) return ['baseline', 'baseline'];
  if (saving === null || saving.energy === null)
    return valid === true ? [dash, dash] : ['not valid', 'not valid'];
  const { withSleep } = saving;
  return [
    savingText(saving),
    withSleep === null || withSleep === undefined ? 'sleep not known' : savingText(withSleep),
  ];
}

/** One row a board, chip, bundle and strategy. */
export function systemRows(record: RunRecord): SystemRow[] {
  const groups = chipGroups(record);
  return groups.flatMap(group =>
    [...shownBlocks(group)].map(([series, block]) => {
      const [low, high] = block.accuracyCI95;
      const energy = block.energyPerWindow_uJ;
      const [saving, savingWithSleep] = savingTexts(block);
      return {
        system: groups.length > 1 ? `${group.label} · ${series.label}` : series.label,
        level: block.level.name,
        accuracy:
          block.scored === 0 ? 'not scored' : intervalText({ value: block.accuracy, low, high }, 'share'),
        energy: figureText(energy, 'uJ'),
        saving,
        savingWithSleep,
      };
    }),
  );
}
