import { count, percent, sig } from '../../../record/format.js';
import type { Block, WindowKind } from '../../../record/run-record.js';
import { chipGroups, seriesLabel } from '../../groups.js';
import { number, table, words } from '../table.js';
import { type ReportContext, section } from '../template.js';

const kindText: Record<WindowKind['kind'], string> = {
  scored: 'scored',
  transition: 'transition',
  unlabelled: 'unlabelled or mixed',
};

const shareOf = (runs: number, windows: number): string => percent(windows === 0 ? null : runs / windows, 1);

/** Continuous streams: what the windows cost that are not scored, transitions apart from the rest. */
export function windowKindsSection({ record, word }: ReportContext): string {
  const apart = (block: Block) => block.windowKinds !== undefined;
  if (!record.blocks.some(apart)) return '';
  const tables = chipGroups(record).map(group =>
    table({
      caption: group.label,
      columns: [
        words('Strategy'),
        words('Level'),
        words('Windows that are'),
        number('Windows'),
        number('Big runs'),
        number('Big in, %'),
        number('Gate runs'),
        number('MACs / window'),
        number(`${word} active energy, µJ / window`),
      ],
      rows: group.blocks
        .filter(apart)
        .flatMap(block =>
          (block.windowKinds ?? []).map(kind => [
            seriesLabel(record, block),
            block.level.name,
            kindText[kind.kind],
            count(kind.windows),
            count(kind.bigRuns),
            shareOf(kind.bigRuns, kind.windows),
            count(kind.gateRuns),
            sig(kind.macsPerWindow, 6),
            sig(kind.energyPerWindow_uJ),
          ]),
        ),
    }),
  );
  return section({
    id: 'kinds',
    title: 'Transitions of the continuous stream',
    notes: [
      'Windows of a continuous stream that do not lie within one labelled activity are fed to the cascade and paid for, but not scored. Transitions overlap a labelled change of posture; the rest overlap unlabelled stretches or two activities. Energy, MACs and power everywhere else in this report are over all windows.',
    ],
    body: tables.join(''),
  });
}
