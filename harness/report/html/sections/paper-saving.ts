import { savingText } from '../../../record/figure-text.js';
import { dash, percent, sig } from '../../../record/format.js';
import type { Block, RunRecord } from '../../../record/run-record.js';
import { baselineOf, baselineStrategy } from '../../../verdict/evaluation/blocks.js';
import { chipGroups, idleShare, seriesLabel } from '../../groups.js';
import { number, table, words } from '../table.js';
import { type ReportContext, section } from '../template.js';

function range(values: readonly (number | null | undefined)[]): string {
  const known = values.filter(value => typeof value === 'number');
  if (known.length === 0) return 'unknown';
  const [low, high] = [Math.min(...known), Math.max(...known)].map(value => sig(value * 100, 3));
  return low === high ? `${low} %` : `${low} to ${high} %`;
}

function paragraph(record: RunRecord, cascades: readonly Block[], word: string): string {
  const { blocks } = record;
  const active = range(cascades.map(block => block.savingVsBigOnly?.energy));
  const whole = range(cascades.map(block => block.savingVsBigOnly?.withSleep?.energy));
  const own = range(cascades.map(idleShare));
  const base = range(blocks.filter(block => block.strategy === baselineStrategy).map(idleShare));
  return `The paper (Shen, Howard, Nunez-Yanez 2022) reports that its best cascade saves 80 % of the energy of running Big on every window. As far as their published measuring code shows, that figure is the active energy of inference: gate and Big, from the start of a window's computation to its end. It does not include the sleep until the next window (${record.periodSeconds} s from window to window here), the sensors, or the radio, none of which a cascade makes cheaper. In this run the cascades save ${active} of the ${word} active energy. Sleep takes ${base} of the ${word} energy of a whole period with big-only, and ${own} with a cascade; with it counted the cascades save ${whole}. Sensors and radio are in neither figure.`;
}

/** The saving as it varies with the choice of windows: no interval of what was measured. */
function spreadText(saving: Block['savingVsBigOnly']): string {
  if (saving === null || saving.energy === null) return dash;
  const { energy, spread95: u95 = null } = saving;
  return u95 === null ? dash : savingText({ energy, u95, u95Meter: null, u95Model: null });
}

/** What a saving of 80 % includes and what it does not, with this run's own sleep shares. */
export function paperSavingSection({ record, word }: ReportContext): string {
  const cascades = record.blocks.filter(
    block => block.strategy !== baselineStrategy && typeof block.savingVsBigOnly?.energy === 'number',
  );
  if (cascades.length === 0) return '';
  const tables = chipGroups(record).map(group =>
    table({
      caption: group.label,
      columns: [
        words('Strategy'),
        words('Level'),
        number(`${word} active energy saved [95 %]`),
        number('MACs saved, %'),
        number(`Sleep share of ${word} energy, big-only, %`),
        number('Sleep share, this strategy, %'),
        number(`${word} energy saved with sleep [95 %]`),
        number('The same active saving [its spread over the choice of windows]'),
      ],
      rows: group.blocks
        .filter(block => cascades.includes(block))
        .map(block => {
          const baseline = baselineOf(block, record.blocks);
          const { savingVsBigOnly: saving } = block;
          return [
            seriesLabel(record, block),
            block.level.name,
            savingText(saving),
            percent(saving?.macs, 1),
            percent(baseline === undefined ? null : idleShare(baseline), 1),
            percent(idleShare(block), 1),
            savingText(saving?.withSleep),
            spreadText(saving),
          ];
        }),
    }),
  );
  return section({
    id: 'saving',
    title: "What the paper's 80 % includes",
    notes: [paragraph(record, cascades, word)],
    body: tables.join(''),
  });
}
