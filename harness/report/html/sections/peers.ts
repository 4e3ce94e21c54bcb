import { cycleUncertainty } from '../../../measure/chip/cycles.js';
import { dash, sig } from '../../../record/format.js';
import { intervalText } from '../../../record/interval.js';
import type { Block } from '../../../record/run-record.js';
import { baselineStrategy } from '../../../verdict/evaluation/blocks.js';
import { bestBlocks, type ChipGroup, chipGroups, seriesLabel } from '../../groups.js';
import { peerFactor, peerRuntimes, publishedBigMacs } from '../../peers.js';
import { number, table, words } from '../table.js';
import { type ReportContext, section } from '../template.js';

const isPublishedBig = (block: Block): boolean =>
  block.strategy === baselineStrategy && block.macsPerWindow === publishedBigMacs;

function tableOf({ run, record }: ReportContext, group: ChipGroup): string {
  const core = run.journal.campaign.model?.chips.find(({ name }) => name === group.blocks[0].chip)?.core;
  const peers = peerRuntimes.filter(({ cycles }) => core !== undefined && core in cycles);
  const { blocks } = bestBlocks(group);
  const ownBig = blocks.find(isPublishedBig);
  if (core === undefined || peers.length === 0 || ownBig === undefined) return '';
  const { u } = cycleUncertainty(core);
  return table({
    caption: `${group.label}, ${core}`,
    columns: [
      words('Bundle · strategy'),
      words('Level, or gate+Big'),
      number('Cycles / window'),
      number("Times fewer than this run's own Big"),
      ...peers.map(({ name }) => number(`Times fewer than Big in ${name} [95 %]`)),
    ],
    rows: blocks.map(block => {
      const cycles = block.cyclesPerWindow?.mean;
      const own = ownBig.cyclesPerWindow?.mean;
      return [
        seriesLabel(record, block),
        block.level.name,
        sig(cycles),
        cycles === undefined || own === undefined ? dash : sig(own / cycles, 3),
        ...peers.map(peer =>
          cycles === undefined ? dash : intervalText(peerFactor(peer.cycles[core], cycles, u), ''),
        ),
      ];
    }),
  });
}

/** Cycles of each strategy against the published Big in other runtimes, where the run holds that Big and its core was studied. */
export function peersSection(context: ReportContext): string {
  const body = chipGroups(context.record)
    .map(group => tableOf(context, group))
    .join('');
  if (body === '') return '';
  return section({
    id: 'peers',
    title: 'Against other runtimes',
    notes: [
      `The savings above are against this project's own Big, whose kernels are fast: what was saved there is not counted twice. Here each strategy, at its best level or pair of levels as in the table side by side, stands beside what the published Big takes for every window in other runtimes: ${peerRuntimes.map(({ name, what }) => `${name} (${what})`).join('; ')}. Their cycles are modelled: an earlier study on a timing model of the same rules, one inference at zero wait states. Ours are those of the marked window: features, gate, filter and Big, with the level's wait states; receiving and answering are in neither. The peers were not run here. Cycles, not energy: other code draws another current.`,
    ],
    body,
  });
}
